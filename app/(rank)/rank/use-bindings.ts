'use client'

import { useMemo } from 'react'
import { type Bindings, changesOf, readBindings } from './bindings.ts'
import { useRemembered } from './use-remembered.ts'

/** The keys of this browser, and how to change them; every tab follows. */
export function useBindings(): [Bindings, (bindings: Bindings) => void] {
  const [stored, store] = useRemembered<string>('keys', '{}')
  const bindings = useMemo(() => readBindings(stored), [stored])
  return [bindings, (next) => store(changesOf(next))]
}
