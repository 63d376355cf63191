import { Kbd } from '../../ui/kbd.tsx'

/** The key beside a control; not where there is no keyboard, and not read out. */
export function KeyHint({ children }: { children: string }) {
  return (
    <span aria-hidden className="inline-flex max-sm:hidden pointer-coarse:hidden">
      <Kbd>{children}</Kbd>
    </span>
  )
}
