import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { parseSpec } from '#trainer/config.ts'
import { startEngine } from '#trainer/engine/start.ts'
import type { TrainerEvent } from '#trainer/events.ts'
import { loadModel } from '#trainer/io/model-folder.ts'
import { dpo } from './dpo.ts'
import { grpo } from './grpo.ts'
import { raft } from './raft.ts'
import { reinforce } from './reinforce.ts'
import { rloo } from './rloo.ts'
import { measureLogProbs } from './sequences.ts'
import {
  doneOf,
  play,
  runIn,
  stepsOf,
  temporaryFolder,
  tinyAdapters,
  tinyModels,
  writeLines,
} from './tiny.ts'
import { trpo } from './trpo.ts'

/** PPO's relatives on models that come as adapters; a fresh adapter is in relatives.test.ts, PPO's own in ppo-lora.test.ts. */

beforeAll(async () => {
  await startEngine('auto')
})

const recipes = { reinforce, rloo, grpo, trpo, raft, dpo }
type Kind = keyof typeof recipes

const words = ['yes', 'no', 'good day', 'bad day', 'please', 'hi', 'thanks', 'well']

/** Four steps of a recipe whose policy and reward model are adapters on one base. */
async function start(kind: Kind, folder: string, settings: Record<string, unknown>) {
  const asked = words.map((prompt, id) => ({ id, prompt }))
  const prompts = writeLines(folder, 'prompts.jsonl', asked)
  const base = await tinyModels(folder)
  const models = await tinyAdapters(folder, base.policy)
  const own: Record<string, unknown> = { ...models, ...settings }
  if (kind === 'dpo') {
    const lines = asked.map((each) => ({
      ...each,
      completions: ['a', 'bb'],
      pairs: [{ chosen: 0, rejected: 1 }],
    }))
    const train = writeLines(folder, 'comparisons.jsonl', lines)
    Object.assign(own, { data: { train, eval: train, prompts }, comparisonsPerBatch: 2, responseLength: 5 })
  } else {
    Object.assign(own, {
      data: { train: prompts, eval: prompts },
      episodes: 32,
      batchSize: 8,
      responseLength: 5,
    })
    Object.assign(own, { samplesEvery: 0, ...(kind === 'trpo' && { cgIterations: 3, valueEpochs: 1 }) })
  }
  const spec = parseSpec(kind, { learningRate: 1e-2, checkpointEvery: 2, missingEosRule: 'keep', ...own })
  const recipe = recipes[kind] as (spec: unknown, run: unknown) => AsyncGenerator<TrainerEvent>
  return { models, learn: (run: ReturnType<typeof runIn>) => play(recipe(spec, run), run) }
}

const kinds = Object.keys(recipes) as Kind[]

describe.each(kinds)('%s', (kind) => {
  test.each([
    ['a setting', { rank: 2 }],
    ['no setting', undefined],
  ])(
    'goes on with the adapter that its policy came with, with %s of LoRA, and resumes it exactly',
    async (_, lora) => {
      const folder = temporaryFolder()
      const { models, learn } = await start(kind, folder, { lora })
      const before = tf.memory().numTensors
      const whole = runIn(join(folder, 'whole'))
      const events = await learn(whole)
      expect(tf.memory().numTensors).toBe(before)
      // The reference is the policy as it came, with its adapter.
      const [zero] = stepsOf(events)
      expect(zero!.metrics['eval/kl']).toBeCloseTo(0, 5)
      const warned = events.flatMap((event) =>
        event.type === 'log' && event.level === 'warn' ? [event.message] : [],
      )
      const says = expect.stringMatching(/^the policy model comes with an adapter of rank 3 .* rank 2 /)
      expect(warned.slice(0, 1)).toEqual(lora ? [says] : [])

      // The adapter alone, on its base, is the merged model, and not what it was at the start.
      const sequence = { query: [5, 6], response: [7, 8, 9] }
      const paths = [join(whole.out, 'model'), join(whole.out, 'adapter'), models.policy]
      const [merged, alone, began] = await Promise.all(
        paths.map(async (path) => {
          const model = await loadModel(path, 'policy')
          const { logProbs } = measureLogProbs(model, [sequence], { temperature: 1, size: 1 })
          const { adapter } = model.config
          model.dispose()
          return { logProbs: [...logProbs], rank: adapter?.rank }
        }),
      )
      expect([merged!.rank, alone!.rank]).toEqual([undefined, 3])
      merged!.logProbs.forEach((value, i) => {
        expect(value).toBeCloseTo(alone!.logProbs[i]!, 4)
      })
      expect(merged!.logProbs.some((value, i) => Math.abs(value - began!.logProbs[i]!) > 1e-4)).toBe(true)

      // A run that stops leaves no tensors either, and its checkpoint has the adapters alone.
      const first = runIn(join(folder, 'parts'), { steps: 3 })
      expect((await learn(first)).at(-1)).toEqual({ type: 'stopped', step: 3 })
      expect(tf.memory().numTensors).toBe(before)
      for (const name of ['policy', 'value'])
        expect(existsSync(join(first.out, 'checkpoints/step-00000003', name))).toBe(false)
      const second = runIn(join(folder, 'parts'), { resume: true })
      expect(doneOf(await learn(second)).summary).toEqual(doneOf(events).summary)
      const weights = (out: string) => readFileSync(join(out, 'model/model.safetensors'))
      expect(weights(second.out).equals(weights(whole.out))).toBe(true)
    },
  )
})
