'use client'

import { Kbd } from '../../ui/kbd.tsx'
import { type Bound, keyLabel } from './bindings.ts'
import { useBindings } from './use-bindings.ts'

/** A key beside a control; not where there is no keyboard, and not read out. */
export function KeyHint({ children }: { children: string }) {
  return (
    <span aria-hidden className="inline-flex max-sm:hidden pointer-coarse:hidden">
      <Kbd>{children}</Kbd>
    </span>
  )
}

/** The key that a command has in this browser. */
export function HintOf({ command }: { command: Bound }) {
  const [bindings] = useBindings()
  return <KeyHint>{keyLabel(bindings[command])}</KeyHint>
}
