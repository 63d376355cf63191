import { z } from 'zod'
import { WhetstoneError } from '#trainer/errors.ts'
import { type JsonLine, readJsonl } from '#trainer/io/jsonl.ts'
import { permutation } from '#trainer/rlhf/philox.ts'
import type { Prompt } from '#trainer/text/chat.ts'
import type { Tokenizer } from '#trainer/text/tokenizer.ts'

/** The lines of the data files; see docs/architecture.md, Files. Keys that are not named are ignored. */

/** What is said of a value that is not what it must be: the value, and what to give. */
const wanted = (what: string) => ({
  error: ({ input }: { input?: unknown }) =>
    input === undefined ? `it is missing: give ${what}` : `it is ${shown(input)}: give ${what}`,
})

function shown(value: unknown): string {
  const text = JSON.stringify(value)
  return text.length > 60 ? `${text.slice(0, 59)}…` : text
}

const text = z.string(wanted('a text'))

const messages = z
  .array(
    z.object({
      role: z.enum(['system', 'user', 'assistant'], wanted('"system", "user" or "assistant"')),
      content: text,
    }),
    wanted('a list of messages { role, content }'),
  )
  .min(1, wanted('at least one message'))

const prompt = z.union([z.string(), messages], wanted('a text, or a list of messages { role, content }'))

const id = z.union([z.string(), z.number()], wanted('a text or a number'))

export const example = z.object({ prompt, completion: text })

/** Either a prompt and its completion, or a conversation with turns of the assistant. */
export const exampleOrConversation = z
  .object({ prompt: prompt.optional(), completion: text.optional(), messages: messages.optional() })
  .superRefine(({ prompt, completion, messages }, context) => {
    const refuse = (message: string, path: string) =>
      context.addIssue({ code: 'custom', message, path: [path] })
    if (messages) {
      if (prompt !== undefined || completion !== undefined)
        refuse('it stands beside a prompt or a completion: give the one or the other', 'messages')
      return
    }
    if (prompt === undefined) refuse('it is missing: give prompt and completion, or messages', 'prompt')
    if (completion === undefined)
      refuse('it is missing: give prompt and completion, or messages', 'completion')
  })

export type ExampleLine = z.output<typeof exampleOrConversation>

export const promptLine = z.object({ id, prompt })

export const completionLine = z.object({
  id,
  prompt,
  completion: text,
  /** False of one that was cut off by its length: no EOS belongs behind it. */
  finished: z.boolean().default(true),
})

const place = z.int().min(0)

const pair = z.object({
  chosen: place,
  rejected: place,
  weight: z.number().min(0).default(1),
  margin: z.number().default(0),
  /** Neither is better; files without it say so by two reversed pairs of weight ½. */
  tie: z.boolean().default(false),
  strength: z.int().min(1).optional(),
  annotator: z.string().optional(),
})

const ranking = z.object({
  /** Best first; those of one group are tied. A completion that is in none was not ranked. */
  groups: z.array(z.array(place).min(1)).min(1),
  /** Worse than all groups, in no known order. */
  worse: z.array(place).default([]),
  weight: z.number().min(0).default(1),
  annotator: z.string().optional(),
})

/** What was said of one prompt's completions, by pairs, by rankings or by both; each is read from the other where it is missing. */
export const comparison = z
  .object({
    id: id.optional(),
    prompt,
    completions: z.array(text).min(2, wanted('two completions or more')),
    /** One for each completion; false of one that was cut off by its length: no EOS belongs behind it. Without it, all are finished. */
    finished: z.array(z.boolean()).optional(),
    pairs: z.array(pair).default([]),
    rankings: z.array(ranking).default([]),
  })
  .superRefine(({ completions, finished, pairs, rankings }, context) => {
    const refuse = (message: string, path: (string | number)[]) =>
      context.addIssue({ code: 'custom', message, path })
    if (finished && finished.length !== completions.length)
      refuse(`it says so of ${finished.length} of ${completions.length} completions: give one for each`, [
        'finished',
      ])
    if (pairs.length + rankings.length === 0)
      refuse('there is neither a pair nor a ranking: give one of them, or take the line out', ['pairs'])
    const exists = (at: number) => at < completions.length
    pairs.forEach(({ chosen, rejected }, i) => {
      if (!exists(chosen) || !exists(rejected) || chosen === rejected)
        refuse(
          `it names the completions ${chosen} and ${rejected} of ${completions.length}: a pair names two different completions by their places, from 0`,
          ['pairs', i],
        )
    })
    rankings.forEach(({ groups, worse }, i) => {
      const named = [...groups.flat(), ...worse]
      const wrong = named.find((at, j) => !exists(at) || named.indexOf(at) !== j)
      if (wrong !== undefined)
        refuse(
          `it names the completion ${wrong} of ${completions.length}${exists(wrong) ? ' twice' : ''}: a ranking names each completion at most once by its place, from 0`,
          ['rankings', i],
        )
      if (named.length < 2)
        refuse(`it ranks ${named.length} completion: a ranking needs two or more`, ['rankings', i])
    })
  })

export type Comparison = z.output<typeof comparison>

/** All lines of a data file. Throws as `readLines`. */
export async function readData<S extends z.ZodType>(path: string, schema: S): Promise<z.output<S>[]> {
  return (await readLines(path, schema)).map(({ value }) => value)
}

/** All lines of a data file with their numbers. Throws EMPTY_DATA, and what io/jsonl.ts throws. */
export async function readLines<S extends z.ZodType>(
  path: string,
  schema: S,
): Promise<JsonLine<z.output<S>>[]> {
  const lines: JsonLine<z.output<S>>[] = []
  for await (const line of readJsonl(path, { schema })) lines.push(line)
  if (lines.length > 0) return lines
  throw new WhetstoneError('EMPTY_DATA', `${path} has no lines`, 'Give at least one line of data.')
}

/** What `compute` returns; its WhetstoneError is thrown again with the file and the line it comes from. */
export function atLine<T>(path: string, line: number, compute: () => T): T {
  try {
    return compute()
  } catch (error) {
    if (!(error instanceof WhetstoneError)) throw error
    throw new WhetstoneError(error.code, `${path}, line ${line}: ${error.message}`, error.hint, {
      cause: error,
    })
  }
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
