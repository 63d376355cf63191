import type { ReactNode } from 'react'
import { cx } from './cx.ts'
import { Markdown } from './markdown.tsx'

export interface ChatMessage {
  /** 'system', 'user' or 'assistant'. */
  role: string
  content: string
}

const roleWords: Record<string, string> = { system: 'System', user: 'User', assistant: 'Assistant' }

/** A conversation, whole: nothing is cut off. */
export function Conversation({ messages }: { messages: ChatMessage[] }) {
  return (
    <ol className="flex flex-col gap-3">
      {messages.map((message, index) => (
        <Turn key={index} message={message} />
      ))}
    </ol>
  )
}

/** One message and who says it; drawn by `children` where something else than Markdown is wanted. */
export function Turn({
  message: { role, content },
  children,
}: {
  message: ChatMessage
  children?: ReactNode
}) {
  return (
    <li className="grid gap-x-4 sm:grid-cols-[5rem_minmax(0,1fr)]">
      <span className={cx('text-13 leading-6 text-ink-3', role === 'user' && 'font-medium text-ink-2!')}>
        {roleWords[role] ?? role}
      </span>
      <div className={cx('min-w-0 text-16', role !== 'user' && 'text-ink-2')}>
        {children || <Markdown>{content}</Markdown>}
      </div>
    </li>
  )
}
