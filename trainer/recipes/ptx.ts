import { WhetstoneError } from '#trainer/errors.ts'
import type { LogEvent } from '#trainer/events.ts'
import type { Tokenizer } from '#trainer/text/tokenizer.ts'
import { emptyPrompt, example, readData } from './data.ts'
import { nextPrompts } from './rollouts.ts'
import type { Sequence } from './sequences.ts'

/**
 * The pretraining mix of PPO-ptx, as supervised fine-tuning reads it; examples longer than the context are left
 * out, which a warning counts. Throws
 * EMPTY_DATA, PROMPT_EMPTY, and what reading data throws.
 */
export async function readMix(
  path: string,
  { tokenizer, maxPositions }: { tokenizer: Tokenizer; maxPositions: number },
): Promise<{ mix: Sequence[]; logs: LogEvent[] }> {
  const all = (await readData(path, example)).map(({ prompt, completion }, i) => {
    const query = tokenizer.encodePrompt(prompt)
    if (query.length === 0) throw emptyPrompt(`example ${i + 1} of ${path}`)
    return { query, response: tokenizer.encodeCompletion(completion) }
  })
  const fitting = all.filter(({ query, response }) => query.length + response.length <= maxPositions)
  const left = all.length - fitting.length
  const message = `left out ${left} of ${all.length} examples of ${path} longer than ${maxPositions} tokens`
  if (fitting.length > 0)
    return { mix: fitting, logs: left > 0 ? [{ type: 'log', level: 'warn', message }] : [] }
  throw new WhetstoneError(
    'EMPTY_DATA',
    `all ${all.length} examples of ${path} are longer than ${maxPositions} tokens`,
    'Shorten the examples, or use a model with a longer context.',
  )
}

/** The examples of the `pass`-th optimiser step, from 0: all of them once in a drawn order, then again in another. */
export function nextMix(
  mix: readonly Sequence[],
  { seed, ptxBatchSize }: { seed: number; ptxBatchSize: number },
  pass: number,
): Sequence[] {
  return nextPrompts(mix, { seed, batchSize: ptxBatchSize }, pass + 1)
}
