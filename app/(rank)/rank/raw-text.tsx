import { memo } from 'react'

/** A text as it was written: every space kept, tabs and spaces at the end of a line shown. */
export const RawText = memo(function RawText({ text }: { text: string }) {
  return (
    <pre
      dir="auto"
      className="raw-text font-mono text-14 whitespace-pre-wrap [overflow-wrap:anywhere] [tab-size:4]"
    >
      {text.split(/(\t+|(?<! ) +$)/m).map((piece, index) => {
        const sign = index % 2 === 0 ? null : piece.startsWith('\t') ? '→' : '·'.repeat(piece.length)
        return sign ? (
          <span key={index} data-space={sign}>
            {piece}
          </span>
        ) : (
          piece
        )
      })}
    </pre>
  )
})
