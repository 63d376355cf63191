import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, expect, test } from 'vitest'
import { parseSpec } from '#trainer/config.ts'
import { startEngine } from '#trainer/engine/start.ts'
import { loadModel, saveModel } from '#trainer/io/model-folder.ts'
import { dpo } from './dpo.ts'
import { measureLogProbs } from './sequences.ts'
import { doneOf, play, runIn, stepsOf, temporaryFolder, tinyModels, tinyPolicy, writeLines } from './tiny.ts'

beforeAll(async () => {
  await startEngine('auto')
})

const words = ['yes', 'no', 'good day', 'bad day', 'please', 'hi', 'thanks', 'well']
/** Whatever the prompt, a response that ends in "a" is better. */
const comparisons = words.map((prompt, i) => ({
  id: `c${i}`,
  prompt,
  completions: ['bb', `${'b'.repeat(i % 3)}a`, 'bc'],
  pairs: [
    { chosen: 1, rejected: 0 },
    { chosen: 1, rejected: 2 },
    { chosen: 0, rejected: 2, tie: true },
  ],
}))

async function start(folder: string, settings: Record<string, unknown> = {}, lines = comparisons) {
  const train = writeLines(folder, 'comparisons.jsonl', lines)
  const { policy } = await tinyModels(folder)
  return parseSpec('dpo', {
    policy,
    data: { train, eval: train },
    epochs: 2,
    comparisonsPerBatch: 4,
    microBatchSize: 6,
    learningRate: 5e-3,
    checkpointEvery: 0,
    ...settings,
  })
}

test('begins with the loss ln 2 and implicit rewards 0, and learns the preferences', async () => {
  const folder = temporaryFolder()
  const run = runIn(join(folder, 'out'))
  const before = tf.memory().numTensors
  const events = await play(dpo(await start(folder, { epochs: 6 }), run), run)
  expect(tf.memory().numTensors).toBe(before)
  const [zero, first, ...rest] = stepsOf(events).map(({ metrics }) => metrics)
  expect(zero!['eval/loss']).toBeCloseTo(Math.LN2, 6)
  expect(first!.loss).toBeCloseTo(Math.LN2, 5)
  expect(first!['rewards/margins']).toBeCloseTo(0, 5)
  // Four comparisons of three completions each.
  expect(first!.episode).toBe(12)
  const last = rest.at(-1)!
  expect(last['eval/loss']).toBeLessThan(0.65)
  // Two of three pairs have a winner; the tie counts half whatever the model says.
  expect(last['eval/rewards/accuracies']).toBeCloseTo(5 / 6, 6)
  expect(last['rewards/chosen']!).toBeGreaterThan(last['rewards/rejected']!)
  expect(doneOf(events).summary).toMatchObject({ comparisons: 8, pairs: 24, steps: 12 })
})

test('implicit rewards are β·(log π − log π_ref) of whole responses', async () => {
  const folder = temporaryFolder()
  const decided = comparisons.map((each) => ({ ...each, pairs: each.pairs.slice(0, 1) }))
  const spec = await start(folder, { beta: 0.3, epochs: 1, comparisonsPerBatch: 8 }, decided)
  const run = runIn(join(folder, 'out'))
  const { metrics } = stepsOf(await play(dpo(spec, run), run)).at(-1)!
  const [learned, old] = await Promise.all(
    [join(folder, 'out/model'), spec.policy].map(async (path) => {
      const model = await loadModel(path, 'policy')
      const { tokenizer } = model
      const sums = comparisons.map(({ prompt, completions }) => {
        const sequence = {
          query: tokenizer.encodePrompt(prompt),
          response: tokenizer.encodeCompletion(completions[1]!),
        }
        return measureLogProbs(model, [sequence], { temperature: 1, size: 1 }).logProbs.reduce(
          (a, b) => a + b,
        )
      })
      model.dispose()
      return sums.reduce((a, b) => a + b) / sums.length
    }),
  )
  expect(metrics['eval/rewards/chosen']).toBeCloseTo(0.3 * (learned! - old!), 4)
  expect(metrics['eval/logps/chosen']).toBeCloseTo(learned!, 4)
  expect(metrics['eval/rewards/chosen']).toBeGreaterThan(0.01)
})

test('stopped and resumed, has the weights and measures of a run that was not, bit for bit', async () => {
  const folder = temporaryFolder()
  const spec = await start(folder, { loss: 'ipo' })
  const whole = runIn(join(folder, 'whole'))
  const uninterrupted = await play(dpo(spec, whole), whole)
  const first = runIn(join(folder, 'parts'), { steps: 2 })
  expect((await play(dpo(spec, first), first)).at(-1)).toEqual({ type: 'stopped', step: 2 })
  const second = runIn(join(folder, 'parts'), { resume: true })
  const resumed = await play(dpo(spec, second), second)
  const weights = (out: string) => readFileSync(join(out, 'model/model.safetensors'))
  expect(weights(second.out).equals(weights(whole.out))).toBe(true)
  expect(doneOf(resumed).summary).toEqual(doneOf(uninterrupted).summary)
  expect(stepsOf(resumed).at(-1)!.metrics.episode).toBe(48)
})

test('what tells the data of a run does not depend on the log-probabilities of its reference', async () => {
  const folder = temporaryFolder()
  const other = tinyPolicy(7)
  await saveModel(join(folder, 'other'), other)
  other.dispose()
  const orders = []
  for (const reference of ['policy', 'other']) {
    const run = runIn(join(folder, `run-${reference}`), { steps: 1 })
    await play(dpo(await start(folder, { reference: join(folder, reference) }), run), run)
    const state = readFileSync(join(run.out, 'checkpoints/step-00000001/state.json'), 'utf8')
    orders.push(JSON.parse(state).order)
  }
  expect(orders[0]['sha256 of the data']).toMatch(/^[0-9a-f]{64}$/)
  expect(orders[1]).toEqual(orders[0])
})

test('pairs that are too long are counted, those to learn from and held-out ones', async () => {
  const folder = temporaryFolder()
  const long = { ...comparisons[0]!, completions: ['bb', 'a', 'b'.repeat(60)] }
  const spec = await start(folder, {}, [long, ...comparisons])
  const run = runIn(join(folder, 'out'), { steps: 1 })
  expect(await play(dpo(spec, run), run)).toContainEqual(
    expect.objectContaining({ message: 'left out 2 pairs and 2 held-out pairs with more than 48 tokens' }),
  )
})

test('micro-batches hold whole comparisons and change nothing', async () => {
  const folder = temporaryFolder()
  const measures = []
  for (const microBatchSize of [64, 2]) {
    const run = runIn(join(folder, `out${microBatchSize}`))
    const spec = await start(folder, { microBatchSize, adamEpsilon: 1e-3, labelSmoothing: 0.1 })
    measures.push(stepsOf(await play(dpo(spec, run), run)).at(-1)!.metrics)
  }
  for (const name of ['loss', 'rewards/margins', 'logps/chosen', 'grad_norm', 'eval/loss'])
    expect(measures[0]![name]).toBeCloseTo(measures[1]![name]!, 3)
})

test('answers held-out prompts and scores them where a reward model is given', async () => {
  const folder = temporaryFolder()
  const prompts = writeLines(
    folder,
    'prompts.jsonl',
    words.map((prompt, id) => ({ id, prompt })),
  )
  const spec = await start(folder)
  const run = runIn(join(folder, 'out'))
  const scored = parseSpec('dpo', {
    ...{ policy: spec.policy, reward: join(folder, 'reward'), learningRate: 5e-3, comparisonsPerBatch: 4 },
    ...{ responseLength: 4, evalEvery: 1, evalPrompts: 6, checkpointEvery: 0 },
    data: { train: spec.data.train, prompts },
  })
  const events = await play(dpo(scored, run), run)
  expect(stepsOf(events).map(({ metrics }) => 'eval/score' in metrics)).toEqual([true, true, true])
  expect(doneOf(events).summary.klBefore).toBeCloseTo(0, 5)
  expect(() => parseSpec('dpo', { policy: 'p', reward: 'r', data: { train: 't' } })).toThrow(
    expect.objectContaining({ hint: expect.stringContaining('given together') }),
  )
})
