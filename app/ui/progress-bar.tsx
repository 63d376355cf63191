'use client'

import { ProgressBar as Base, Label } from 'react-aria-components'

/** A share 0…1 of something under way or done; `label` names it, `value` says it in words at the right. */
export function ProgressBar({ label, share, value }: { label: string; share: number; value?: string }) {
  return (
    <Base value={share * 100} valueLabel={value} className="flex flex-col gap-1">
      {({ percentage, valueText }) => (
        <>
          <span className="flex justify-between gap-3 text-13">
            <Label className="text-ink-2">{label}</Label>
            <span>{valueText}</span>
          </span>
          <Track share={(percentage ?? 0) / 100} />
        </>
      )}
    </Base>
  )
}

/** Only the bar, for a table cell that says the numbers itself. */
export function Track({ share }: { share: number }) {
  return (
    <span aria-hidden className="block h-1 overflow-hidden rounded-full bg-line">
      <span
        className="block h-full rounded-full bg-ink-2 transition-[width]"
        style={{ width: `${Math.min(1, share) * 100}%` }}
      />
    </span>
  )
}
