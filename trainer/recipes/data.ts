import { z } from 'zod'
import { WhetstoneError } from '#trainer/errors.ts'
import { readAllJsonl } from '#trainer/io/jsonl.ts'
import { permutation } from '#trainer/rlhf/philox.ts'
import type { Prompt } from '#trainer/text/chat.ts'
import type { Tokenizer } from '#trainer/text/tokenizer.ts'

/** The lines of the data files; see docs/architecture.md, Files. Keys that are not named are ignored. */

const prompt = z.union([
  z.string(),
  z.array(z.object({ role: z.enum(['system', 'user', 'assistant']), content: z.string() })).min(1),
])

const id = z.union([z.string(), z.number()])

export const example = z.object({ prompt, completion: z.string() })

export const promptLine = z.object({ id, prompt })

export const completionLine = z.object({
  id,
  prompt,
  completion: z.string(),
  /** False of one that was cut off by its length: no EOS belongs behind it. */
  finished: z.boolean().default(true),
})

export const comparison = z
  .object({
    id: id.optional(),
    prompt,
    completions: z.array(z.string()).min(2),
    pairs: z
      .array(
        z.object({
          chosen: z.int().min(0),
          rejected: z.int().min(0),
          weight: z.number().min(0).default(1),
          margin: z.number().default(0),
        }),
      )
      .min(1),
  })
  .refine(
    ({ completions, pairs }) =>
      pairs.every(
        ({ chosen, rejected }) => Math.max(chosen, rejected) < completions.length && chosen !== rejected,
      ),
    { message: 'a pair names two different completions by their places', path: ['pairs'] },
  )

export type Comparison = z.output<typeof comparison>

/** All lines of a data file. Throws EMPTY_DATA, and what io/jsonl.ts throws. */
export async function readData<S extends z.ZodType>(path: string, schema: S): Promise<z.output<S>[]> {
  const lines = await readAllJsonl(path, schema)
  if (lines.length > 0) return lines
  throw new WhetstoneError('EMPTY_DATA', `${path} has no lines`, 'Give at least one line of data.')
}

/**
 * The tokens of a prompt. Throws PROMPT_EMPTY when it has none, from which nothing can be predicted, and PROMPT_TOO_LONG when no
 * `responseLength` tokens fit behind it, with both lengths.
 */
export function encodeQuery(
  tokenizer: Tokenizer,
  text: Prompt,
  { name, responseLength, maxPositions }: { name: string; responseLength: number; maxPositions: number },
): number[] {
  const query = tokenizer.encodePrompt(text)
  if (query.length === 0) throw emptyPrompt(name)
  if (query.length + responseLength <= maxPositions) return query
  throw new WhetstoneError(
    'PROMPT_TOO_LONG',
    `${name} has ${query.length} tokens, and only ${maxPositions - responseLength} fit before ${responseLength} tokens of response in a context of ${maxPositions}`,
    'Shorten the prompt, lower responseLength, or use a model with a longer context.',
  )
}

export function emptyPrompt(name: string): WhetstoneError {
  return new WhetstoneError(
    'PROMPT_EMPTY',
    `${name} has no tokens`,
    'Give every prompt at least one token, or use a model with a chat template.',
  )
}

/** A prompt as one text, for a sample event. */
export function promptText(value: Prompt): string {
  if (typeof value === 'string') return value
  if (value.length === 1) return value[0]!.content
  return value.map(({ role, content }) => `${role}: ${content}`).join('\n')
}

/**
 * The batches of one epoch: all items in an order drawn by Philox, those of a batch of similar length (less padding), the batches
 * themselves in a drawn order. The same for a seed and an epoch, whatever came before.
 */
export function epochBatches(
  lengths: readonly number[],
  { seed, epoch, size }: { seed: number; epoch: number; size: number },
): number[][] {
  const order = [...permutation(seed, epoch, lengths.length)]
  const batches: number[][] = []
  // Sorting within 16 batches at a time keeps the batches of an epoch different from those of the next.
  const pool = 16 * size
  for (let start = 0; start < order.length; start += pool) {
    const part = order.slice(start, start + pool).sort((left, right) => lengths[left]! - lengths[right]!)
    for (let from = 0; from < part.length; from += size) batches.push(part.slice(from, from + size))
  }
  return [...permutation(seed, epoch, batches.length, 'split')].map((index) => batches[index]!)
}
