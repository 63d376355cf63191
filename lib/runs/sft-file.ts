import { createHash } from 'node:crypto'
import { z } from 'zod'
import { WhetstoneError } from '../errors.ts'

const turn = z.strictObject({ role: z.enum(['system', 'user', 'assistant']), content: z.string() })
const example = z.strictObject({
  prompt: z.union([z.string().min(1), z.array(turn).min(1)]),
  completion: z.string(),
})
export type SftExample = z.output<typeof example>

/** Below this many examples none is held out. */
const fewest = 40

/**
 * The examples of an uploaded JSONL file; one in twenty is held out, chosen by the hash of its prompt, so that examples of
 * one prompt are on one side.
 * @throws WhetstoneError INVALID_INPUT naming the first line that is wrong
 */
export function readSftFile(text: string): { train: SftExample[]; held: SftExample[] } {
  const examples = text
    .split('\n')
    .flatMap((line, at) => (line.trim() === '' ? [] : [readLine(line, at + 1)]))
  if (examples.length === 0) {
    throw new WhetstoneError(
      'INVALID_INPUT',
      'sftFile has no examples.',
      'Give one JSON object a line: { "prompt": …, "completion": … }.',
    )
  }
  const isHeld = ({ prompt }: SftExample) =>
    createHash('sha256').update(JSON.stringify(prompt)).digest()[0]! % 20 === 0
  const train = examples.filter((each) => examples.length < fewest || !isHeld(each))
  const held = examples.length < fewest ? [] : examples.filter(isHeld)
  return train.length > 0 ? { train, held } : { train: held, held: [] }
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
