import type { PpoSpec } from '#trainer/config.ts'
import { WhetstoneError } from '#trainer/errors.ts'
import type { SampleEvent } from '#trainer/events.ts'
import type { Checkpoint } from '#trainer/io/checkpoint.ts'
import type { Model } from '#trainer/io/model-folder.ts'
import { generate } from '#trainer/nn/rollout.ts'
import { startsOf, truncateAtEos } from '#trainer/rlhf/masks.ts'
import { normalised } from '#trainer/rlhf/normalisation.ts'
import { permutation } from '#trainer/rlhf/philox.ts'
import { shapeScores } from '#trainer/rlhf/rewards.ts'
import type { Tokenizer } from '#trainer/text/tokenizer.ts'
import { encodeQuery, promptLine, promptText, readData } from './data.ts'
import { diverged } from './run.ts'
import { measureScores, type Sequence } from './sequences.ts'

/** Which prompts a step takes, what the policy answers and what the reward model makes of it: the same for every algorithm that samples. */

export type SamplingSpec = Pick<PpoSpec, 'responseLength' | 'temperature' | 'seed' | 'microBatchSize'>
export type ScoringSpec = Pick<
  PpoSpec,
  | 'microBatchSize'
  | 'normaliseReward'
  | 'missingEosRule'
  | 'missingEosPenalty'
  | 'rewardClip'
  | 'lengthPenalty'
  | 'repetitionPenalty'
>

/** A prompt, and its tokens. */
export interface Query {
  text: string
  query: number[]
}

/** All prompts of a file. Throws PROMPT_EMPTY and PROMPT_TOO_LONG for one that leaves no room for a response, and what reading data throws. */
export async function readQueries(
  path: string,
  {
    tokenizer,
    responseLength,
    maxPositions,
  }: { tokenizer: Tokenizer; responseLength: number; maxPositions: number },
): Promise<Query[]> {
  return (await readData(path, promptLine)).map(({ id, prompt }) => ({
    text: promptText(prompt),
    query: encodeQuery(tokenizer, prompt, { name: `prompt ${id}`, responseLength, maxPositions }),
  }))
}

/** The prompts (or other items) of a step: all of them once in a drawn order, then again in another. */
export function nextPrompts<Item = Query>(
  prompts: readonly Item[],
  { seed, batchSize }: { seed: number; batchSize: number },
  step: number,
): Item[] {
  const orders = new Map<number, Int32Array>()
  return Array.from({ length: batchSize }, (_, i) => {
    const row = (step - 1) * batchSize + i
    const epoch = Math.floor(row / prompts.length)
    if (!orders.has(epoch)) orders.set(epoch, permutation(seed, epoch, prompts.length))
    return prompts[orders.get(epoch)![row % prompts.length]!]!
  })
}

/**
 * A sampled response to each query, up to and with its EOS, and where each starts in a packed array. `key` and `firstRow` choose the
 * random numbers. Throws DIVERGED.
 */
export function respond(
  spec: SamplingSpec,
  policy: Model,
  batch: readonly Query[],
  {
    key,
    firstRow,
    step,
    lastGood,
  }: { key: number; firstRow: number; step: number; lastGood: Checkpoint | null },
): { sequences: Sequence[]; finished: boolean[]; starts: Int32Array } {
  const { responseLength, temperature, seed } = spec
  const sampling = { responseLength, temperature, stopAtEos: true }
  const options = { ...sampling, seed, step: key, firstRow, batchSize: spec.microBatchSize }
  const sample = () => {
    try {
      return generate(
        policy,
        batch.map(({ query }) => query),
        options,
      ).responses
    } catch (error) {
      if (error instanceof WhetstoneError && error.code === 'NON_FINITE_LOGITS')
        throw diverged(`the policy's logits are not finite`, step, lastGood)
      throw error
    }
  }
  const truncated = sample().map((response) => truncateAtEos(response, policy.config.eosTokenId))
  return {
    sequences: truncated.map(({ tokens }, row) => ({ query: batch[row]!.query, response: tokens })),
    finished: truncated.map(({ finished }) => finished),
    starts: startsOf(truncated.map(({ tokens }) => tokens.length)),
  }
}

/** The reward model's scores, normalised, with the EOS rule and the clip. */
export function scoreResponses(
  spec: ScoringSpec,
  reward: Model,
  sequences: Sequence[],
  finished: boolean[],
): Float32Array {
  const raw = measureScores(reward, sequences, spec.microBatchSize)
  const { normalisation } = reward
  const scores =
    spec.normaliseReward && normalisation ? raw.map((score) => normalised(score, normalisation)) : raw
  const responses = sequences.map(({ response }) => response)
  return shapeScores(scores, responses, finished, spec)
}

/** The first responses of a step, where samples are shown: at the first step, the last, and every `samplesEvery`. `kl` is packed. */
export function* sampleEvents(
  spec: Pick<PpoSpec, 'samplesEvery' | 'samplesShown'>,
  { step, total, tokenizer, batch, sequences, starts, scores, kl }: Rollout,
): Generator<SampleEvent> {
  if (spec.samplesEvery === 0 || (step % spec.samplesEvery !== 0 && step !== total && step !== 1)) return
  for (let row = 0; row < Math.min(spec.samplesShown, sequences.length); row++) {
    const own = kl.subarray(starts[row]!, starts[row + 1]!)
    const { response } = sequences[row]!
    yield {
      type: 'sample',
      step,
      prompt: batch[row]!.text,
      completion: tokenizer.decode(response),
      scores: { score: scores[row]!, kl: own.reduce((sum, each) => sum + each, 0) },
      tokens: tokenizer.pieces(response),
      kl: [...own],
    }
  }
}

interface Rollout {
  step: number
  total: number
  tokenizer: Tokenizer
  batch: readonly Query[]
  sequences: readonly Sequence[]
  starts: Int32Array
  scores: ArrayLike<number>
  kl: Float32Array
}
