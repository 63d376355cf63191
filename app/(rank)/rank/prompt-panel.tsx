'use client'

import type { ReactNode } from 'react'
import { useEffect, useRef } from 'react'
import type { Assignment } from './assignment.ts'

const words = { system: 'System', user: 'User', assistant: 'Assistant' }

/** The conversation so far, always in view; scrolls within itself when long, from its last turn. */
export function PromptPanel({
  messages,
  actions,
}: {
  messages: Assignment['prompt']['messages']
  actions: ReactNode
}) {
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => {
    box.current?.scrollTo({ top: box.current.scrollHeight })
  }, [])
  return (
    <section
      aria-label="Prompt"
      className="flex items-start gap-2 border-b border-line bg-canvas pr-3 sm:pr-4"
    >
      <div
        ref={box}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
        tabIndex={0}
        className="max-h-[26dvh] min-w-0 flex-1 overflow-y-auto px-3 py-3 -outline-offset-2 sm:px-4"
      >
        <ol className="flex max-w-4xl flex-col gap-2">
          {messages.map(({ role, content }, index) => (
            <li key={index} className="grid gap-x-4 sm:grid-cols-[5rem_1fr]">
              <span className="text-13 leading-6 font-medium text-ink-3">{words[role]}</span>
              <p
                className={`whitespace-pre-wrap text-16 [overflow-wrap:anywhere] ${role === 'user' ? '' : 'text-ink-2'}`}
              >
                {content}
              </p>
            </li>
          ))}
        </ol>
      </div>
      <div className="pt-2">{actions}</div>
    </section>
  )
}
