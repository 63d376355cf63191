'use client'

import { ChevronDown, ChevronUp } from 'lucide-react'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import { Button } from '../../ui/button.tsx'
import { Turn } from '../../ui/conversation.tsx'
import { cx } from '../../ui/cx.ts'
import type { Assignment } from './assignment.ts'
import { HintOf } from './key-hint.tsx'
import { RawText } from './raw-text.tsx'
import { earlierTurns } from './turns.ts'

/** The conversation so far, always in view; its earlier turns fold away, and it opens to its whole length. */
export function PromptPanel({
  messages,
  raw,
  whole,
  onToggle,
  flagged,
  actions,
}: {
  messages: Assignment['prompt']['messages']
  raw: boolean
  /** All turns, as tall as they need. */
  whole: boolean
  onToggle: () => void
  /** The flags of the prompt in words. */
  flagged: ReactNode
  actions: ReactNode
}) {
  const box = useRef<HTMLDivElement>(null)
  const [cut, setCut] = useState(false)
  const earlier = earlierTurns(messages)
  const shown = whole ? messages : messages.slice(earlier)
  useEffect(() => {
    const element = box.current
    if (!element) return
    const observer = new ResizeObserver(() => setCut(element.scrollHeight > element.clientHeight + 1))
    observer.observe(element)
    if (element.firstElementChild) observer.observe(element.firstElementChild)
    return () => observer.disconnect()
  }, [])
  return (
    <section
      aria-label="Prompt"
      className="flex items-start gap-2 border-b border-line bg-canvas pr-2 sm:pr-4"
    >
      <h2 className="sr-only">Prompt</h2>
      <div
        ref={box}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
        tabIndex={0}
        className={cx(
          'min-w-0 flex-1 overflow-y-auto px-3 py-2 -outline-offset-2 sm:px-4 sm:py-3',
          whole
            ? 'max-h-[70dvh]'
            : // With the header and the answer it takes no more than two fifths of the window.
              'max-h-[max(4rem,calc(40dvh-13.25rem))] md:max-h-[max(4rem,calc(40dvh-9.75rem))] [@media(max-height:38rem)]:max-h-none',
        )}
      >
        <ol
          className={cx(
            'flex max-w-4xl flex-col gap-2',
            // Who speaks is plain where only the user does.
            shown.length === 1 && '[&>li>span]:max-sm:sr-only',
          )}
        >
          {shown.map((message, index) => (
            <PromptTurn key={index} message={message} raw={raw} />
          ))}
        </ol>
        <div className="mt-1 empty:hidden">{flagged}</div>
      </div>
      <div className="flex flex-col items-end pt-1.5 sm:flex-row">
        {actions}
        {(whole || earlier > 0 || cut) && (
          <Button
            kind="quiet"
            size="small"
            preventFocusOnPress
            aria-expanded={whole}
            className="px-1.5! pointer-coarse:h-11 pointer-coarse:min-w-11"
            onPress={onToggle}
          >
            {whole ? <ChevronUp aria-hidden /> : <ChevronDown aria-hidden />}
            <span className="max-lg:sr-only">
              {whole ? 'Less' : earlier > 0 ? `${earlier} earlier` : 'Whole'}
              <span className="sr-only"> of the prompt</span>
            </span>
            <HintOf command="prompt" />
          </Button>
        )}
      </div>
    </section>
  )
}

function PromptTurn({ message, raw }: { message: Assignment['prompt']['messages'][number]; raw: boolean }) {
  return <Turn message={message}>{raw && <RawText text={message.content} />}</Turn>
}
