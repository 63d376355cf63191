'use client'

import { useEffect, useState } from 'react'

/** True once it has been so for this many milliseconds: what is over sooner need not be told. */
export function useLasting(is: boolean, milliseconds: number): boolean {
  const [lasting, setLasting] = useState(false)
  useEffect(() => {
    if (!is) return setLasting(false)
    const timer = setTimeout(() => setLasting(true), milliseconds)
    return () => clearTimeout(timer)
  }, [is, milliseconds])
  return lasting
}
