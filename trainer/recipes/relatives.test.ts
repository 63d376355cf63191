import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { parseSpec } from '#trainer/config.ts'
import { startEngine } from '#trainer/engine/start.ts'
import type { TrainerEvent } from '#trainer/events.ts'
import { loadModel, saveModel } from '#trainer/io/model-folder.ts'
import { readSafetensors } from '#trainer/io/safetensors.ts'
import { moments } from '#trainer/rlhf/whiten.ts'
import { grpo } from './grpo.ts'
import { raft } from './raft.ts'
import { reinforce } from './reinforce.ts'
import { rloo } from './rloo.ts'
import { measureScores } from './sequences.ts'
import { doneOf, play, runIn, stepsOf, temporaryFolder, tinyModels, training, writeLines } from './tiny.ts'
import { trpo } from './trpo.ts'

/** What every recipe that learns from its own samples must do; PPO's own tests are in ppo.test.ts. */

beforeAll(async () => {
  await startEngine('auto')
})

const recipes = { reinforce, rloo, grpo, trpo, raft }
type Kind = keyof typeof recipes

const prompts = ['yes', 'no', 'good day', 'bad day', 'please', 'hi'].map((prompt, i) => ({
  id: `p${i}`,
  prompt,
}))

const small = {
  responseLength: 5,
  episodes: 24,
  batchSize: 8,
  microBatchSize: 3,
  learningRate: 1e-3,
  checkpointEvery: 0,
  samplesEvery: 0,
  missingEosRule: 'keep',
}

async function start(kind: Kind, folder: string, settings: Record<string, unknown> = {}) {
  const train = writeLines(folder, 'prompts.jsonl', prompts)
  const cheap = kind === 'trpo' && { cgIterations: 3, valueEpochs: 1 }
  const models = await tinyModels(folder)
  const spec = { ...models, data: { train, eval: train }, ...small, ...cheap, ...settings }
  return (run: ReturnType<typeof runIn>): Promise<TrainerEvent[]> => {
    const recipe = recipes[kind] as (spec: unknown, run: unknown) => AsyncGenerator<TrainerEvent>
    return play(recipe(parseSpec(kind, spec), run), run)
  }
}

/** Settings in which each reaches the optimum of a bandit with the same number of samples. */
const bandit: [string, Kind, Record<string, unknown>][] = [
  ['REINFORCE with a value baseline', 'reinforce', { batchSize: 16, valueEpochs: 1, learningRate: 4e-2 }],
  [
    'REINFORCE with a moving average',
    'reinforce',
    { batchSize: 16, baseline: 'average', whitenAdvantages: true },
  ],
  ['RLOO', 'rloo', { epochsPerBatch: 4, whitenAdvantages: true }],
  ['GRPO', 'grpo', { epochsPerBatch: 4 }],
  ['Dr. GRPO', 'grpo', { epochsPerBatch: 4, divideByDeviation: false, lossMean: 'constant' }],
  ['TRPO', 'trpo', { delta: 0.5, cgIterations: 5 }],
  ['RAFT', 'raft', { completionsPerPrompt: 8, epochsPerBatch: 4 }],
]

training.each(bandit)('%s reaches most of the optimum of a one-token bandit', async (_, kind, settings) => {
  const folder = temporaryFolder()
  const run = runIn(join(folder, 'out'))
  const learn = await start(kind, folder, {
    responseLength: 1,
    episodes: 20 * 64,
    batchSize: 64,
    microBatchSize: 64,
    learningRate: 2e-2,
    klCoefficient: 0,
    schedule: 'constant',
    evalPrompts: 0,
    ...settings,
  })
  const before = tf.memory().numTensors
  const events = await learn(run)
  expect(tf.memory().numTensors).toBe(before)

  const model = await loadModel(join(folder, 'reward'), 'reward')
  const arms = prompts.map(({ prompt }) => {
    const query = model.tokenizer.encodePrompt(prompt)
    const all = Array.from({ length: model.config.vocabSize }, (_, token) => ({ query, response: [token] }))
    return measureScores(model, all, 512)
  })
  model.dispose()
  const uniform = moments(arms.map((rewards) => moments(rewards).mean)).mean
  const best = moments(arms.map((rewards) => Math.max(...rewards))).mean
  const scores = stepsOf(events).map(({ metrics }) => metrics['objective/scores']!)
  const some = (64 * scores.length) / (20 * 64)
  const reached = (part: number[]) => (moments(part).mean - uniform) / (best - uniform)
  expect(Math.abs(reached(scores.slice(0, some)))).toBeLessThan(0.3)
  expect(reached(scores.slice(-some))).toBeGreaterThan(0.75)
})

describe.each(Object.keys(recipes) as Kind[])('%s', (kind) => {
  training('raises the held-out score of the planted task', async () => {
    const folder = temporaryFolder()
    const learn = await start(kind, folder, {
      episodes: 12 * 32,
      batchSize: 32,
      microBatchSize: 32,
      learningRate: 1e-2,
      klCoefficient: 0.01,
      ...(kind === 'trpo' && { delta: 0.05 }),
    })
    const events = await learn(runIn(join(folder, 'out')))
    const { summary, artifacts } = doneOf(events)
    expect(summary.klBefore).toBeCloseTo(0, 5)
    expect(Number(summary.scoreAfter)).toBeGreaterThan(Number(summary.scoreBefore) + 0.1)
    expect(artifacts[0]!.kind).toBe('policy')
    const last = stepsOf(events).at(-1)!.metrics
    expect(last.episode).toBe(12 * 32)
    expect(last['val/vpred'] !== undefined).toBe(kind === 'reinforce' || kind === 'trpo')
  })

  test('stopped and resumed, has the weights and measures of a run that was not, bit for bit', async () => {
    const folder = temporaryFolder()
    const learn = await start(kind, folder, {
      evalEvery: 2,
      ...(kind === 'reinforce' && { baseline: 'average' }),
    })
    const whole = runIn(join(folder, 'whole'))
    const uninterrupted = await learn(whole)
    const first = runIn(join(folder, 'parts'), { steps: 2 })
    expect((await learn(first)).at(-1)).toEqual({ type: 'stopped', step: 2 })
    const second = runIn(join(folder, 'parts'), { resume: true })
    const resumed = await learn(second)
    const weights = (out: string) => readFileSync(join(out, 'model/model.safetensors'))
    expect(weights(second.out).equals(weights(whole.out))).toBe(true)
    expect(doneOf(resumed).summary).toEqual(doneOf(uninterrupted).summary)
    expect(stepsOf(uninterrupted).map(({ step, metrics }) => [step, 'eval/score' in metrics])).toEqual([
      [0, true],
      [1, false],
      [2, true],
      [3, true],
    ])
  })

  test('learns an adapter alone beside the base, resumes it exactly and merges it', async () => {
    const folder = temporaryFolder()
    const learn = await start(kind, folder, { lora: { rank: 2 }, learningRate: 1e-2, batchSize: 8 })
    const before = tf.memory().numTensors
    const whole = runIn(join(folder, 'whole'))
    const uninterrupted = await learn(whole)
    expect(tf.memory().numTensors).toBe(before)
    const first = runIn(join(folder, 'parts'), { steps: 2 })
    await learn(first)
    const checkpoint = join(first.out, 'checkpoints/step-00000002')
    expect(existsSync(join(checkpoint, 'policy'))).toBe(false)
    const second = runIn(join(folder, 'parts'), { resume: true })
    expect(doneOf(await learn(second)).summary).toEqual(doneOf(uninterrupted).summary)
    const [merged, resumed, base] = [whole.out, second.out, folder].map((path, i) =>
      readSafetensors(join(path, i < 2 ? 'model' : 'policy', 'model.safetensors')),
    )
    expect([...merged!.tensors.keys()]).toEqual([...base!.tensors.keys()])
    for (const [name, { values }] of merged!.tensors) {
      expect(resumed!.tensors.get(name)!.values).toEqual(values)
      const changed = base!.tensors.get(name)!.values.some((value, i) => value !== values[i])
      expect([name, changed]).toEqual([name, /\.(c_attn|c_proj|c_fc)\.weight$/.test(name)])
    }
  })

  test('learns the same whatever the size of the micro-batches', async () => {
    const folder = temporaryFolder()
    const measures = []
    for (const microBatchSize of [8, 3]) {
      const settings = { microBatchSize, episodes: 8, adamEpsilon: 1e-3, evalPrompts: 0 }
      const learn = await start(kind, folder, settings)
      measures.push(stepsOf(await learn(runIn(join(folder, `out${microBatchSize}`))))[0]!.metrics)
    }
    for (const name of ['loss/policy_avg', 'policy/grad_norm', 'objective/scores', 'objective/rlhf_reward'])
      expect(measures[0]![name]).toBeCloseTo(measures[1]![name]!, 4)
  })
})

test('groups that do not divide the batch are refused before anything is read', () => {
  const spec = { policy: 'p', reward: 'r', data: { train: 't' }, batchSize: 10, completionsPerPrompt: 4 }
  for (const kind of ['rloo', 'grpo', 'raft'] as const)
    expect(() => parseSpec(kind, spec)).toThrow(
      expect.objectContaining({
        hint: expect.stringContaining('completionsPerPrompt must divide batchSize'),
      }),
    )
})

test.each([
  ['the model', {}],
  ['the adapter', { lora: { rank: 4 }, learningRate: 0.1 }],
])('a guard that stops a run leaves %s of the last checkpoint before the alarm', async (_, settings) => {
  const folder = temporaryFolder()
  const learn = await start('reinforce', folder, {
    episodes: 10 * 8,
    learningRate: 2e-2,
    klCoefficient: 0,
    checkpointEvery: 1,
    klGuard: { budget: 0.1, onAlarm: 'stop' },
    ...settings,
  })
  const run = runIn(join(folder, 'out'))
  const events = await learn(run)
  const alarm = events.find((event) => event.type === 'alarm')!
  const { summary, artifacts } = doneOf(events)
  expect(summary).toMatchObject({ stoppedBy: 'guard/kl', stoppedAt: alarm.step, steps: alarm.step - 1 })
  expect(stepsOf(events).at(-1)!.metrics['guard/kl']).toBeGreaterThan(0.1)

  // The held-out answers of what was saved are those that the summary tells of.
  const again = await start('reinforce', folder, { episodes: 8, policy: artifacts[0]!.path })
  const [zero] = stepsOf(await again(runIn(join(folder, 'again'))))
  expect(zero!.metrics['eval/score']).toBeCloseTo(Number(summary.scoreAfter), 4)
  expect(zero!.metrics['eval/length']).toBeCloseTo(Number(summary.lengthAfter), 6)
})

test('a guard that a resumed run has for the first time measures the reference and watches', async () => {
  const folder = temporaryFolder()
  const out = join(folder, 'out')
  const first = runIn(out, { steps: 1 })
  await (await start('rloo', folder, { evalPrompts: 0 }))(first)
  const guarded = await start('rloo', folder, { evalPrompts: 0, lengthGuard: {}, repetitionGuard: {} })
  const steps = stepsOf(await guarded(runIn(out, { resume: true })))
  expect(steps.map(({ step }) => step)).toEqual([2, 3])
  for (const { metrics } of steps) {
    expect(metrics['guard/length']).toBeGreaterThan(0)
    expect(metrics['guard/repetition']).toBeTypeOf('number')
  }
})

test('best-of-n of rewards that are not finite is divergence', async () => {
  const folder = temporaryFolder()
  await start('raft', folder)
  const broken = await loadModel(join(folder, 'reward'), 'reward')
  const head = broken.parameters.get('score.weight')!
  tf.tidy(() => head.assign(tf.fill(head.shape, Number.NaN)))
  await saveModel(join(folder, 'broken'), broken)
  broken.dispose()
  const learn = await start('raft', folder, { reward: join(folder, 'broken'), evalPrompts: 0, rewardClip: 0 })
  await expect(learn(runIn(join(folder, 'out')))).rejects.toMatchObject({
    code: 'DIVERGED',
    message: expect.stringContaining('the reward of a response is not finite at step 1'),
  })
})

test('each prompt is answered by a group side by side, and by different samples', async () => {
  const folder = temporaryFolder()
  const learn = await start('rloo', folder, { episodes: 8, samplesEvery: 1, samplesShown: 8, evalPrompts: 0 })
  const samples = (await learn(runIn(join(folder, 'out')))).filter((event) => event.type === 'sample')
  const asked = samples.map(({ prompt }) => prompt)
  expect(asked).toEqual([...Array(4).fill(asked[0]), ...Array(4).fill(asked[4])])
  expect(asked[4]).not.toBe(asked[0])
  expect(new Set(samples.slice(0, 4).map(({ completion }) => completion)).size).toBe(4)
})

training('TRPO keeps the KL of every step within δ and improves its surrogate', async () => {
  const folder = temporaryFolder()
  const learn = await start('trpo', folder, {
    episodes: 4 * 16,
    batchSize: 16,
    microBatchSize: 16,
    delta: 0.02,
    klCoefficient: 0,
    evalPrompts: 0,
  })
  const steps = stepsOf(await learn(runIn(join(folder, 'out')))).map(({ metrics }) => metrics)
  expect(steps).toHaveLength(4)
  for (const metrics of steps) {
    expect(metrics['trpo/kl']).toBeLessThanOrEqual(0.02)
    expect(metrics['trpo/kl']).toBeGreaterThan(0.02 / 8)
    expect(metrics['trpo/improvement']).toBeGreaterThan(0)
  }
})
