import { z } from 'zod'
import { WhetstoneError } from '../errors.ts'
import { type Message, promptHash, splitOf } from '../prompts/messages.ts'

const turn = z.strictObject({ role: z.enum(['system', 'user', 'assistant']), content: z.string() })
const example = z.strictObject({
  prompt: z.union([
    z
      .string()
      .min(1)
      .transform((content): Message[] => [{ role: 'user', content }]),
    z.array(turn).min(1),
  ]),
  completion: z.string(),
})
/** A prompt given as text is one user turn. */
export type SftExample = z.output<typeof example>

/** Below this many examples only prompts that the workspace holds out are. */
const fewest = 40

/**
 * The examples of an uploaded JSONL file.
 * @throws WhetstoneError INVALID_INPUT naming the first line that is wrong
 */
export function readSftFile(text: string): SftExample[] {
  const examples = text
    .split('\n')
    .flatMap((line, at) => (line.trim() === '' ? [] : [readLine(line, at + 1)]))
  if (examples.length > 0) return examples
  throw new WhetstoneError(
    'INVALID_INPUT',
    'sftFile has no examples.',
    'Give one JSON object a line: { "prompt": …, "completion": … }.',
  )
}

/**
 * The examples to train on and those held out, all of one prompt on one side. `splits` are the workspace's prompts by
 * promptHash; a prompt that is not among them goes where it would go if it were imported.
 * @throws WhetstoneError INVALID_INPUT when the workspace holds out all of them
 */
export function splitExamples(
  examples: SftExample[],
  splits: ReadonlyMap<string, 'TRAIN' | 'EVAL'>,
): { train: SftExample[]; held: SftExample[] } {
  const hashed = examples.map((each) => ({ each, hash: promptHash(each.prompt) }))
  const divide = (split: (hash: string) => 'TRAIN' | 'EVAL' | undefined) => {
    const side = (held: boolean) =>
      hashed.filter(({ hash }) => (split(hash) === 'EVAL') === held).map(({ each }) => each)
    return { train: side(false), held: side(true) }
  }
  const byContent = divide((hash) => splits.get(hash) ?? splitOf(hash))
  if (examples.length >= fewest && byContent.train.length > 0) return byContent
  const byWorkspace = divide((hash) => splits.get(hash))
  if (byWorkspace.train.length > 0) return byWorkspace
  throw new WhetstoneError(
    'INVALID_INPUT',
    `The workspace holds out every prompt of sftFile (${examples.length} examples).`,
    'Give examples of other prompts: those of the EVAL split are only for measuring.',
  )
}

function readLine(line: string, number: number): SftExample {
  const wrong = (reason: string) =>
    new WhetstoneError(
      'INVALID_INPUT',
      `Line ${number} of sftFile: ${reason} (${line.slice(0, 80)}${line.length > 80 ? '…' : ''})`,
      'Each line is { "prompt": text or [{ "role", "content" }], "completion": text }.',
    )
  let json: unknown
  try {
    json = JSON.parse(line)
  } catch (error) {
    throw wrong(`not JSON: ${(error as Error).message}`)
  }
  const parsed = example.safeParse(json)
  if (parsed.success) return parsed.data
  throw wrong(z.prettifyError(parsed.error).replaceAll('\n', ' '))
}
