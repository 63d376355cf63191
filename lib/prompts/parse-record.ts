import { z } from 'zod'
import { unstorableText } from '../unstorable-text.ts'
import { type Message, promptInput, refusalOf } from './messages.ts'

export const tagInput = z.string().trim().min(1).max(60)

const record = z.strictObject({
  prompt: promptInput,
  completions: z
    .array(z.string().refine((text) => text.trim() !== '', 'is empty'))
    .max(100)
    .default([]),
  tags: z.array(tagInput).max(20).default([]),
  split: z.enum(['TRAIN', 'EVAL']).optional(),
})

export interface PromptRecord {
  messages: Message[]
  completions: string[]
  tags: string[]
  split: 'TRAIN' | 'EVAL' | undefined
}

/** One line of a prompt file as a record, or the reason why it is not one. */
export function parseRecord(text: string): PromptRecord | { refusal: string } {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    return { refusal: jsonRefusal(text, (error as Error).message) }
  }
  const unstorable = unstorableText(value)
  if (unstorable !== null) {
    return { refusal: `${unstorable || 'the text'} contains a NUL character or half of a surrogate pair` }
  }
  const parsed = record.safeParse(value)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    return { refusal: [issue!.path.map(String).join('.'), issue!.message].filter(Boolean).join(': ') }
  }
  const { prompt: messages, ...rest } = parsed.data
  const refusal = refusalOf(messages)
  return refusal ? { refusal } : { messages, ...rest, split: rest.split }
}

/** V8's message with the column brought to the front: 'not JSON at column 12: Unexpected token …'. */
function jsonRefusal(text: string, message: string): string {
  const position = /position (\d+)/.exec(message)
  const column = position ? Number(position[1]) + 1 : text.length + 1
  const plain = message.replace(/ (in JSON )?at position .*$/, '').replace(/, ".*" is not valid JSON$/s, '')
  return `not JSON at column ${column}: ${plain}`
}
