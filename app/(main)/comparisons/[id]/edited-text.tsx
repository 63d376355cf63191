import { diffWordsWithSpace } from 'diff'

/** A text with what was added and taken out of the original marked word by word, in the text and for readers of the page. */
export function EditedText({ text, original }: { text: string; original: string }) {
  const parts = diffWordsWithSpace(original, text)
  return (
    <p className="mt-1 whitespace-pre-wrap text-14 text-ink [overflow-wrap:anywhere]">
      {parts.map(({ value, added, removed }, key) => {
        if (added)
          return (
            <ins key={key} className="rounded-sm bg-reward/15 decoration-reward underline-offset-2">
              {value}
            </ins>
          )
        if (removed)
          return (
            <del key={key} className="text-ink-3">
              {value}
            </del>
          )
        return <span key={key}>{value}</span>
      })}
    </p>
  )
}
