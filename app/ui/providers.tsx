'use client'

import { useRouter } from 'next/navigation'
import type { ReactNode } from 'react'
import { I18nProvider, RouterProvider } from 'react-aria-components'
import { Toasts } from './toast.tsx'

/** React Aria's links go through Next's router; the language is fixed so that server and browser agree. */
export function Providers({ children }: { children: ReactNode }) {
  const router = useRouter()
  return (
    <I18nProvider locale="en">
      <RouterProvider navigate={(href) => router.push(href)}>
        {children}
        <Toasts />
      </RouterProvider>
    </I18nProvider>
  )
}
