'use client'

import { Button } from '../../ui/button.tsx'
import { Markdown } from '../../ui/markdown.tsx'
import { type Edit, letter } from './ranking-state.ts'
import { RawText } from './raw-text.tsx'

/** The annotator's own version of a response; it stands before all others. */
export function EditedCard({
  edit: { card, text },
  raw,
  onChange,
  onRemove,
}: {
  edit: Edit
  raw: boolean
  onChange: (card: number) => void
  onRemove: () => void
}) {
  return (
    <article
      aria-label={`Your version of response ${letter(card)}, before all others`}
      className="mb-2 rounded-md border border-line-strong bg-surface sm:mb-3"
    >
      <header className="flex flex-wrap items-center gap-x-2 gap-y-1 px-3 py-1.5 sm:px-4">
        <h2 className="text-14 font-semibold">{letter(card)}′</h2>
        <span className="text-13 text-ink-2">your version of {letter(card)}, before all others</span>
        <span className="ml-auto flex gap-1">
          <Button size="small" className="pointer-coarse:min-h-11" onPress={() => onChange(card)}>
            Change
          </Button>
          <Button kind="quiet" size="small" className="pointer-coarse:min-h-11" onPress={onRemove}>
            Remove
          </Button>
        </span>
      </header>
      <div className="px-3 pt-1 pb-4 text-16 sm:px-4">
        {raw ? <RawText text={text} /> : <Markdown>{text}</Markdown>}
      </div>
    </article>
  )
}
