import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type PpoSpec, parseSpec, type SpecInput } from '#trainer/config.ts'
import { loadModel } from '#trainer/io/model-folder.ts'
import { moments } from '#trainer/rlhf/whiten.ts'
import { ppo } from './ppo.ts'
import { measureScores } from './sequences.ts'
import { play, runIn, tinyModels, writeLines } from './tiny.ts'

/** Tasks of PPO that take a second or so. */

export const prompts = ['yes', 'no', 'good day', 'bad day', 'please', 'hi'].map((prompt, i) => ({
  id: `p${i}`,
  prompt,
}))

/** Six updates of two epochs of two minibatches, on a folder with its models and prompts. */
export async function specOf(folder: string, settings: Partial<SpecInput<'ppo'>> = {}): Promise<PpoSpec> {
  const train = writeLines(folder, 'prompts.jsonl', prompts)
  return parseSpec('ppo', {
    ...(await tinyModels(folder)),
    data: { train },
    responseLength: 5,
    episodes: 48,
    batchSize: 8,
    microBatchSize: 3,
    minibatches: 2,
    epochsPerBatch: 2,
    learningRate: 1e-3,
    checkpointEvery: 0,
    samplesEvery: 0,
    missingEosRule: 'keep',
    ...settings,
  })
}

/** Settings of a bandit: one token decides, with twenty updates by default and nothing that holds the policy back. */
export const bandit = {
  responseLength: 1,
  episodes: 20 * 64,
  batchSize: 64,
  microBatchSize: 64,
  minibatches: 1,
  epochsPerBatch: 4,
  learningRate: 2e-2,
  klCoefficient: 0,
  schedule: 'constant',
} satisfies Partial<SpecInput<'ppo'>>

/**
 * What a uniform choice among all tokens earns on the average over the prompts, what the best does, and the texts that earn most,
 * dearest first.
 */
export async function payoffs(
  spec: PpoSpec,
): Promise<{ uniform: number; best: number; favourites: string[] }> {
  const model = await loadModel(spec.reward, 'reward')
  const arms = prompts.map(({ prompt }) => {
    const query = model.tokenizer.encodePrompt(prompt)
    const all = Array.from({ length: model.config.vocabSize }, (_, token) => ({ query, response: [token] }))
    return measureScores(model, all, 512)
  })
  const { vocabSize } = model.config
  const means = Array.from({ length: vocabSize }, (_, token) => moments(arms.map((of) => of[token]!)).mean)
  const order = means.map((_, token) => token).sort((left, right) => means[right]! - means[left]!)
  const favourites = order.map((token) => model.tokenizer.decode([token]))
  model.dispose()
  return {
    favourites,
    uniform: moments(arms.map((rewards) => moments(rewards).mean)).mean,
    best: moments(arms.map((rewards) => Math.max(...rewards))).mean,
  }
}
/** A whole run with those settings, in a folder of its own within `folder`. */
export async function played(folder: string, name: string, settings: Partial<SpecInput<'ppo'>>) {
  const run = runIn(join(folder, name))
  const spec = await specOf(folder, settings)
  return { spec, out: run.out, events: await play(ppo(spec, run), run) }
}

/** The bytes of a saved model. */
export const weights = (out: string, name: string) => readFileSync(join(out, name, 'model.safetensors'))
