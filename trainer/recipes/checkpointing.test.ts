import { join } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { parseSpec, type RewardSpec } from '#trainer/config.ts'
import { startEngine } from '#trainer/engine/start.ts'
import type { TrainerEvent } from '#trainer/events.ts'
import { fusedKernels } from '#trainer/nn/fused.ts'
import { ppo } from './ppo.ts'
import { reward } from './reward.ts'
import type { Run } from './run.ts'
import { sft } from './sft.ts'
import { init, play, runIn, stepsOf, temporaryFolder, tinyModels, writeLines } from './tiny.ts'

await startEngine('auto')
const fused = fusedKernels()

afterEach(() => {
  vi.restoreAllMocks()
})

type Recipe = (run: Run, activationCheckpointing: boolean) => AsyncGenerator<TrainerEvent>

async function rewardRecipe(folder: string, lora?: Partial<RewardSpec['lora']>): Promise<Recipe> {
  const { policy: model } = await tinyModels(folder)
  const comparisons = ['yes', 'no', 'day', 'good'].map((word, i) => ({
    id: `c${i}`,
    prompt: word,
    completions: [word, `${word} thanks`],
    pairs: [{ chosen: 1, rejected: 0 }],
  }))
  const train = writeLines(folder, 'train.jsonl', comparisons)
  return (run, activationCheckpointing) =>
    reward(parseSpec('reward', { model, data: { train }, epochs: 3, lora, activationCheckpointing }), run)
}

const recipes: [string, (folder: string) => Promise<Recipe>][] = [
  [
    'sft',
    async (folder) => {
      const examples = ['good day', 'no thanks', 'yes', 'please'].map((completion) => ({
        prompt: 'hello',
        completion,
      }))
      const train = writeLines(folder, 'train.jsonl', examples)
      return (run, activationCheckpointing) =>
        sft(parseSpec('sft', { model: { init }, data: { train }, epochs: 3, activationCheckpointing }), run)
    },
  ],
  ['reward', (folder) => rewardRecipe(folder)],
  ['reward, of which an adapter learns', (folder) => rewardRecipe(folder, { rank: 2, targets: ['c_attn'] })],
  [
    'ppo',
    async (folder) => {
      const models = await tinyModels(folder)
      const prompts = ['yes', 'no', 'good day', 'hi'].map((prompt, i) => ({ id: `p${i}`, prompt }))
      const train = writeLines(folder, 'prompts.jsonl', prompts)
      const sizes = { episodes: 8, batchSize: 4, microBatchSize: 3, minibatches: 1, responseLength: 4 }
      return (run, activationCheckpointing) =>
        ppo(parseSpec('ppo', { ...models, data: { train }, ...sizes, activationCheckpointing }), run)
    },
  ],
]

test.skipIf(!fused).each(recipes)(
  'a run of %s has the same metrics with activation checkpointing as without',
  async (_, prepare) => {
    const folder = temporaryFolder()
    const recipe = await prepare(folder)
    const metricsOf = async (checkpointing: boolean) => {
      const run = runIn(join(folder, `${checkpointing}`))
      const spied = vi.spyOn(fused!, 'hiddenStates')
      const steps = stepsOf(await play(recipe(run, checkpointing), run))
      const asked = spied.mock.calls.filter(([, , batch]) => batch.checkpointing)
      expect(asked.length > 0).toBe(checkpointing)
      spied.mockRestore()
      return steps.flatMap(({ step, metrics }) =>
        Object.entries(metrics)
          .filter(([name]) => !/^time\/|per_second$/.test(name))
          .map(([name, value]) => [`${name} of step ${step}`, value] as const),
      )
    }
    const kept = await metricsOf(false)
    const again = new Map(await metricsOf(true))
    expect(kept.length).toBeGreaterThan(5)
    expect([...again.keys()]).toEqual(kept.map(([name]) => name))
    for (const [name, value] of kept)
      expect(Math.abs(again.get(name)! - value), name).toBeLessThanOrEqual(1e-5 * Math.abs(value) + 1e-9)
  },
)
