import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, expect, test } from 'vitest'
import { parseSpec, type SpecInput } from '#trainer/config.ts'
import { startEngine } from '#trainer/engine/start.ts'
import { loadModel } from '#trainer/io/model-folder.ts'
import { moments } from '#trainer/rlhf/whiten.ts'
import { reward } from './reward.ts'
import { measureScores } from './sequences.ts'
import { doneOf, play, runIn, stepsOf, temporaryFolder, tinyModels, writeLines } from './tiny.ts'

beforeAll(async () => {
  await startEngine('auto')
})

/**
 * People here prefer what says thanks, wherever it says so. Comparison i is about the i-th of 30 ordered pairs of words: those of
 * different pairs have no prompt and no completion in common.
 */
function comparisons(from: number, count: number) {
  const words = ['yes', 'no', 'day', 'good', 'bad', 'please']
  return Array.from({ length: count }, (_, k) => {
    const i = from + k
    const first = words[i % 6]!
    const second = words[(i + 1 + Math.floor(i / 6)) % 6]!
    return {
      id: `c${i}`,
      prompt: `${first} or ${second}`,
      completions: [`${first} ${second}`, `${first} ${second} thanks`, `thanks ${first} ${second}`],
      pairs: [
        { chosen: 1, rejected: 0 },
        { chosen: 2, rejected: 0 },
      ],
    }
  })
}

const training = comparisons(0, 20)
const heldOut = comparisons(20, 10)

async function specOf(folder: string, settings: Partial<SpecInput<'reward'>> = {}) {
  const { policy } = await tinyModels(folder)
  return parseSpec('reward', {
    model: policy,
    data: {
      train: writeLines(folder, 'train.jsonl', training),
      eval: writeLines(folder, 'eval.jsonl', heldOut),
    },
    epochs: 2,
    comparisonsPerBatch: 8,
    learningRate: 5e-3,
    checkpointEvery: 0,
    ...settings,
  })
}

test('a planted preference is learned for texts never seen, and the scores of the training completions are normalised', async () => {
  const textsOf = (all: typeof training) => all.flatMap(({ prompt, completions }) => [prompt, ...completions])
  expect(new Set(textsOf(training)).isDisjointFrom(new Set(textsOf(heldOut)))).toBe(true)
  const folder = temporaryFolder()
  const spec = await specOf(folder, { epochs: 16 })
  const run = runIn(join(folder, 'out'))
  const before = tf.memory().numTensors
  const events = await play(reward(spec, run), run)
  expect(tf.memory().numTensors).toBe(before)
  const { summary } = doneOf(events)
  expect(summary.accuracy).toBeGreaterThan(0.9)
  expect(summary.accuracyLow).toBeLessThanOrEqual(summary.accuracy as number)
  expect(summary.heldOutPairs).toBe(20)
  expect(stepsOf(events).at(-1)!.metrics['eval/accuracy']).toBe(summary.accuracy)

  const model = await loadModel(join(run.out, 'model'), 'reward')
  const sequences = training.flatMap(({ prompt, completions }) =>
    completions.map((completion) => ({
      query: model.tokenizer.encodePrompt(prompt),
      response: model.tokenizer.encodeCompletion(completion),
    })),
  )
  const { gain, bias } = model.normalisation!
  const { mean, variance } = moments(measureScores(model, sequences, 32).map((score) => gain * score + bias))
  expect(mean).toBeCloseTo(0, 4)
  expect(variance).toBeCloseTo(1, 4)
  model.dispose()
})

test('a run stopped in the middle and resumed has the same weights and normalisation, bit for bit', async () => {
  const folder = temporaryFolder()
  const spec = await specOf(folder)
  const whole = runIn(join(folder, 'whole'))
  await play(reward(spec, whole), whole)
  const first = runIn(join(folder, 'parts'), { steps: 5 })
  expect((await play(reward(spec, first), first)).at(-1)).toEqual({ type: 'stopped', step: 5 })
  const second = runIn(join(folder, 'parts'), { resume: true })
  await play(reward(spec, second), second)
  for (const file of ['model.safetensors', 'whetstone.json'])
    expect(
      readFileSync(join(second.out, 'model', file)).equals(readFileSync(join(whole.out, 'model', file))),
    ).toBe(true)
})

test('a pair with a completion longer than the context is left out and counted', async () => {
  const folder = temporaryFolder()
  const long = { ...comparisons(0, 1)[0]!, completions: ['no', 'yes thanks', 'x'.repeat(90)] }
  const train = writeLines(folder, 'long.jsonl', [long, ...comparisons(1, 7)])
  const run = runIn(join(folder, 'out'))
  const events = await play(reward(await specOf(folder, { data: { train }, epochs: 1 }), run), run)
  expect(doneOf(events).summary).toMatchObject({ droppedPairs: 1, comparisons: 8, pairs: 15 })
})

test('a pair that names a completion that is not there is refused with its line', async () => {
  const folder = temporaryFolder()
  const [good, bad] = comparisons(0, 2)
  const train = writeLines(folder, 'wrong.jsonl', [good, { ...bad, pairs: [{ chosen: 0, rejected: 9 }] }])
  const run = runIn(join(folder, 'out'))
  await expect(play(reward(await specOf(folder, { data: { train } }), run), run)).rejects.toMatchObject({
    code: 'JSONL_INVALID',
    message: expect.stringContaining('line 2'),
  })
})

test('scores that are not finite after the last step stop the run as diverged, with the step', async () => {
  const folder = temporaryFolder()
  const run = runIn(join(folder, 'out'))
  const train = writeLines(folder, 'train.jsonl', training)
  const spec = await specOf(folder, { data: { train }, learningRate: 1e30, epochs: 0.1, warmupRatio: 0 })
  await expect(play(reward(spec, run), run)).rejects.toMatchObject({
    code: 'DIVERGED',
    message: expect.stringMatching(/not finite at step 1$/),
    hint: expect.stringContaining('no checkpoint yet'),
  })
})

test('a run does not resume with other comparisons', async () => {
  const folder = temporaryFolder()
  const first = runIn(join(folder, 'out'), { steps: 1 })
  await play(reward(await specOf(folder), first), first)
  const train = writeLines(folder, 'other.jsonl', comparisons(1, 20))
  const second = runIn(join(folder, 'out'), { resume: true })
  const failing = play(reward(await specOf(folder, { data: { train } }), second), second)
  await expect(failing).rejects.toMatchObject({
    code: 'CHECKPOINT_MISMATCH',
    message: expect.stringContaining('sha256 of the data'),
  })
})
