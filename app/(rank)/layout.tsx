import type { ReactNode } from 'react'

/** No rail: the queue fills the window, and scrolls within itself. */
export default function RankLayout({ children }: { children: ReactNode }) {
  return (
    <>
      <style>{'html { scrollbar-gutter: auto }'}</style>
      {children}
    </>
  )
}
