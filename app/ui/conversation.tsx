import { cx } from './cx.ts'

export interface ChatMessage {
  /** 'system', 'user' or 'assistant'. */
  role: string
  content: string
}

const words: Record<string, string> = { system: 'System', user: 'User', assistant: 'Assistant' }

/** A conversation, whole: nothing is cut off. */
export function Conversation({ messages }: { messages: ChatMessage[] }) {
  return (
    <ol className="flex flex-col gap-3">
      {messages.map((message, index) => (
        <li key={index} className="grid gap-x-4 sm:grid-cols-[5rem_1fr]">
          <span className="text-13 leading-6 text-ink-3">{words[message.role] ?? message.role}</span>
          <p
            className={cx(
              'whitespace-pre-wrap text-16 [overflow-wrap:anywhere]',
              message.role === 'system' && 'text-ink-2',
            )}
          >
            {message.content}
          </p>
        </li>
      ))}
    </ol>
  )
}
