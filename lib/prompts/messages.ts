import { createHash } from 'node:crypto'
import { z } from 'zod'

export interface Message {
  role: 'system' | 'user' | 'assistant'
  content: string
}

const message = z.strictObject({
  role: z.enum(['system', 'user', 'assistant']),
  content: z.string().refine((text) => text.trim() !== '', 'is empty'),
})

/** A prompt as files give it: a string is one user turn. */
export const promptInput = z.unknown().transform((prompt, context): Message[] => {
  if (typeof prompt === 'string') return [{ role: 'user', content: prompt }]
  const turns = z
    .array(message, { error: 'must be a string or a list of { role, content }' })
    .safeParse(prompt)
  if (turns.success) return turns.data
  for (const { path, message } of turns.error.issues) context.addIssue({ code: 'custom', path, message })
  return z.NEVER
})

/** Why a conversation cannot be a prompt, or null when it can. */
export function refusalOf(messages: Message[]): string | null {
  if (messages.length === 0) return 'prompt has no turns'
  if (messages.some((turn) => turn.content.trim() === '')) return 'prompt is empty'
  if (messages.slice(1).some((turn) => turn.role === 'system'))
    return 'prompt has a system turn that is not the first'
  const turns = messages.filter((turn) => turn.role !== 'system')
  const out = turns.findIndex((turn, index) => turn.role !== (index % 2 === 0 ? 'user' : 'assistant'))
  if (out !== -1)
    return `prompt's turn ${out + 1} is ${turns[out]!.role}'s; user and assistant must alternate, user first`
  if (turns.at(-1)?.role !== 'user') return `prompt's last turn must be the user's`
  return null
}

/** The conversation for search and lists: a single turn as it is, several with their roles. */
export function textOf(messages: Message[]): string {
  if (messages.length === 1) return messages[0]!.content
  return messages.map((turn) => `${turn.role}: ${turn.content}`).join('\n\n')
}

/** SHA-256 of the canonical messages, in hexadecimal. */
export function promptHash(messages: Message[]): string {
  const canonical = JSON.stringify(messages.map(({ role, content }) => [role, content]))
  return createHash('sha256').update(canonical).digest('hex')
}

/** SHA-256 of a completion's text, in hexadecimal. */
export function completionHash(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** About 15 % of prompts are held out, decided by the content alone: the same prompt lands the same way everywhere. */
export function splitOf(contentHash: string): 'TRAIN' | 'EVAL' {
  return Number.parseInt(contentHash.slice(0, 8), 16) / 2 ** 32 < 0.15 ? 'EVAL' : 'TRAIN'
}
