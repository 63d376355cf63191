import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, expect, test } from 'vitest'
import { parseSpec, type SpecInput } from '#trainer/config.ts'
import { startEngine } from '#trainer/engine/start.ts'
import { loadModel } from '#trainer/io/model-folder.ts'
import { moments } from '#trainer/rlhf/whiten.ts'
import { readComparisons } from './comparisons.ts'
import { reward } from './reward.ts'
import { score } from './score.ts'
import { measureHeads, measureScores } from './sequences.ts'
import { doneOf, play, runIn, stepsOf, temporaryFolder, tinyModels, training, writeLines } from './tiny.ts'

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

const trainingSet = comparisons(0, 20)
const heldOut = comparisons(20, 10)

async function specOf(folder: string, settings: Partial<SpecInput<'reward'>> = {}) {
  const { policy } = await tinyModels(folder)
  return parseSpec('reward', {
    model: policy,
    data: {
      train: writeLines(folder, 'train.jsonl', trainingSet),
      eval: writeLines(folder, 'eval.jsonl', heldOut),
    },
    epochs: 2,
    comparisonsPerBatch: 8,
    learningRate: 5e-3,
    checkpointEvery: 0,
    ...settings,
  })
}

training(
  'a planted preference is learned for texts never seen, and the scores of the training completions are normalised',
  async () => {
    const textsOf = (all: typeof trainingSet) =>
      all.flatMap(({ prompt, completions }) => [prompt, ...completions])
    expect(new Set(textsOf(trainingSet)).isDisjointFrom(new Set(textsOf(heldOut)))).toBe(true)
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
    const sequences = trainingSet.flatMap(({ prompt, completions }) =>
      completions.map((completion) => ({
        query: model.tokenizer.encodePrompt(prompt),
        response: model.tokenizer.encodeCompletion(completion),
      })),
    )
    const { gain, bias } = model.normalisation!
    const { mean, variance } = moments(
      measureScores(model, sequences, 32).map((score) => gain * score + bias),
    )
    expect(mean).toBeCloseTo(0, 4)
    expect(variance).toBeCloseTo(1, 4)
    model.dispose()
  },
)

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

/** The same preference as rankings: both kinds of thanks are tied, and before the plain answer. */
const ranked = (all: typeof trainingSet) =>
  all.map(({ pairs: _, ...line }, i) => ({
    ...line,
    rankings: [{ groups: [[1, 2], [0]], annotator: i % 2 === 0 ? 'ann' : 'bob' }],
  }))

test.each(['k-wise', 'plackett-luce', 'rao-kupper', 'davidson'] as const)(
  'the planted preference is learned from rankings by %s',
  async (loss) => {
    const folder = temporaryFolder()
    const data = {
      train: writeLines(folder, 'ranked.jsonl', ranked(trainingSet)),
      eval: writeLines(folder, 'held-out.jsonl', ranked(heldOut)),
    }
    const run = runIn(join(folder, 'out'))
    const { summary } = doneOf(await play(reward(await specOf(folder, { data, loss, epochs: 12 }), run), run))
    expect(summary.accuracy).toBeGreaterThan(0.8)
    // A third of what was said is a tie: it is foretold more often than at the start, where Δ = 0 has a third of ties as well.
    const report = JSON.parse(readFileSync(join(run.out, 'model', 'report.json'), 'utf8'))
    expect(report.heldOut).toMatchObject({ comparisons: 10, pairs: 20, ties: 10 })
    expect(Object.keys(report.heldOut.byAnnotator)).toEqual(['ann', 'bob'])
    if (loss !== 'rao-kupper' && loss !== 'davidson') return
    const parameter = loss === 'davidson' ? summary.nu : summary.theta
    expect(parameter).not.toBe(loss === 'davidson' ? 1 : 2)
    expect(report.heldOut.tieModel.observedTies).toBeCloseTo(1 / 3)
    // Without knowing anything: ln 3.
    expect(report.heldOut.tieModel.logLoss).toBeLessThan(Math.log(3) - 0.2)
  },
)

test('heads learn from samples of their own, disagree, and score by their mean; resumed bit for bit with a learned ν', async () => {
  const folder = temporaryFolder()
  const data = {
    train: writeLines(folder, 'ranked.jsonl', ranked(trainingSet)),
    eval: writeLines(folder, 'held-out.jsonl', ranked(heldOut)),
  }
  const spec = await specOf(folder, { data, loss: 'davidson', heads: 3, epochs: 3, weightDecay: 0.01 })
  const whole = runIn(join(folder, 'whole'))
  const before = tf.memory().numTensors
  const { summary } = doneOf(await play(reward(spec, whole), whole))
  expect(tf.memory().numTensors).toBe(before)
  expect(summary.uncertainty).toBeGreaterThan(0)
  const first = runIn(join(folder, 'parts'), { steps: 4 })
  await play(reward(spec, first), first)
  const second = runIn(join(folder, 'parts'), { resume: true })
  await play(reward(spec, second), second)
  for (const file of ['model.safetensors', 'whetstone.json', 'report.json'])
    expect(
      readFileSync(join(second.out, 'model', file)).equals(readFileSync(join(whole.out, 'model', file))),
    ).toBe(true)

  const lines = [{ id: 'a', prompt: 'yes or no', completion: 'yes no thanks' }]
  const scoring = runIn(join(folder, 'scores'))
  mkdirSync(scoring.out)
  const completions = writeLines(folder, 'completions.jsonl', lines)
  const model = join(whole.out, 'model')
  await play(score(parseSpec('score', { reward: model, data: { completions } }), scoring), scoring)
  const scored = JSON.parse(readFileSync(join(scoring.out, 'scores.jsonl'), 'utf8'))
  const loaded = await loadModel(model, 'reward')
  const { tokenizer } = loaded
  const sequence = {
    query: tokenizer.encodePrompt('yes or no'),
    response: tokenizer.encodeCompletion('yes no thanks'),
  }
  const { heads, headCount } = measureHeads(loaded, [sequence], 1)
  expect(headCount).toBe(3)
  const { gain, bias } = loaded.normalisation!
  const { mean, variance } = moments(heads)
  expect(scored.score).toBeCloseTo(gain * mean + bias, 4)
  expect(scored.uncertainty).toBeCloseTo(gain * Math.sqrt((variance * 3) / 2), 4)
  expect(scored.uncertainty).toBeGreaterThan(0)
  expect(scored.heads).toHaveLength(3)
  scored.heads.forEach((head: number, i: number) => {
    expect(head).toBeCloseTo(gain * heads[i]! + bias, 4)
  })
  loaded.dispose()
})

test('micro-batches change what is learned by rounding only', async () => {
  const folder = temporaryFolder()
  const losses = []
  for (const microBatchSize of [undefined, 1, 3]) {
    const run = runIn(join(folder, `of ${microBatchSize}`))
    const spec = await specOf(folder, { microBatchSize, heads: 2, loss: 'plackett-luce' })
    losses.push(stepsOf(await play(reward(spec, run), run)).map(({ metrics }) => metrics))
  }
  const [whole, ...others] = losses
  for (const steps of others)
    steps.forEach((metrics, i) => {
      for (const name of ['loss', 'accuracy', 'margin', 'mean_reward'])
        expect(metrics[name], name).toBeCloseTo(whole![i]![name]!, 3)
    })
})

test('with LoRA the adapter and the heads learn, and the merged model scores as in training; resumed bit for bit', async () => {
  const folder = temporaryFolder()
  const lora = { rank: 4, alpha: 8, targets: ['c_attn', 'c_fc'] }
  const spec = await specOf(folder, { lora, heads: 2, epochs: 8 })
  const whole = runIn(join(folder, 'whole'))
  const before = tf.memory().numTensors
  const { summary } = doneOf(await play(reward(spec, whole), whole))
  expect(tf.memory().numTensors).toBe(before)
  expect(summary.accuracy).toBeGreaterThan(0.8)
  const first = runIn(join(folder, 'parts'), { steps: 7 })
  await play(reward(spec, first), first)
  const second = runIn(join(folder, 'parts'), { resume: true })
  await play(reward(spec, second), second)
  for (const file of ['model.safetensors', 'whetstone.json', 'report.json'])
    expect(
      readFileSync(join(second.out, 'model', file)).equals(readFileSync(join(whole.out, 'model', file))),
    ).toBe(true)
  // The gain and the bias were found with the adapter beside the base.
  const model = await loadModel(join(whole.out, 'model'), 'reward')
  const { comparisons: read } = await readComparisons(spec.data.train, model.tokenizer, 48)
  const scores = measureScores(
    model,
    read.flatMap(({ sequences }) => sequences),
    32,
  )
  const { gain, bias } = model.normalisation!
  const { mean, variance } = moments(scores.map((each) => gain * each + bias))
  expect(mean).toBeCloseTo(0, 3)
  expect(variance).toBeCloseTo(1, 3)
  model.dispose()
})

test('report.json says how often the model is right by grade, length and annotator, and how far its probabilities hold', async () => {
  const folder = temporaryFolder()
  const graded = heldOut.map(({ pairs, ...line }, i) => ({
    ...line,
    pairs: pairs.map((pair, j) => ({ ...pair, strength: 1 + (j % 2), annotator: `a${i % 3}` })),
  }))
  const data = {
    train: writeLines(folder, 'train.jsonl', trainingSet),
    eval: writeLines(folder, 'graded.jsonl', graded),
  }
  const run = runIn(join(folder, 'out'))
  const { summary } = doneOf(await play(reward(await specOf(folder, { data }), run), run))
  const { heldOut: report } = JSON.parse(readFileSync(join(run.out, 'model', 'report.json'), 'utf8'))
  const pairsOf = (slices: Record<string, { pairCount: number; pairs: number }>) =>
    Object.fromEntries(Object.entries(slices).map(([name, { pairCount }]) => [name, pairCount]))
  expect(pairsOf(report.byStrength)).toEqual({ 1: 10, 2: 10 })
  expect(pairsOf(report.byAnnotator)).toEqual({ a0: 8, a1: 6, a2: 6 })
  // Whoever says thanks says more.
  expect(pairsOf(report.byLength)).toEqual({ 'longer chosen': 20 })
  const thirds = Object.values(pairsOf(report.byLengthDifference.accuracy))
  expect(thirds.reduce((sum, count) => sum + count, 0)).toBe(20)
  const { bins, ece } = report.calibration as { bins: { count: number }[]; ece: number }
  expect(bins.reduce((sum, { count }) => sum + count, 0)).toBe(20)
  expect(summary).toMatchObject({
    calibrationError: ece,
    accuracyStrength1: report.byStrength[1].pairs,
    accuracyLongerChosen: report.accuracy.pairs,
  })
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
    message: expect.stringMatching(/wrong\.jsonl, line 2: .*it names the completions 0 and 9 of 3/),
  })
})

test('scores that are not finite after the last step stop the run as diverged, with the step', async () => {
  const folder = temporaryFolder()
  const run = runIn(join(folder, 'out'))
  const train = writeLines(folder, 'train.jsonl', trainingSet)
  const spec = await specOf(folder, { data: { train }, learningRate: 1e30, epochs: 0.1, warmupRatio: 0 })
  await expect(play(reward(spec, run), run)).rejects.toMatchObject({
    code: 'DIVERGED',
    message: expect.stringMatching(/not finite at step 1$/),
    hint: expect.stringContaining('no checkpoint yet'),
  })
})

test('a run that stops leaves no tensors', async () => {
  const folder = temporaryFolder()
  const spec = await specOf(folder, { loss: 'davidson', heads: 2, lora: { rank: 2 } })
  const before = tf.memory().numTensors
  const run = runIn(join(folder, 'out'), { steps: 1 })
  expect((await play(reward(spec, run), run)).at(-1)).toEqual({ type: 'stopped', step: 1 })
  expect(tf.memory().numTensors).toBe(before)
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

test.each([
  ['bootstrap', { heads: 2, bootstrap: true }, { bootstrap: false }],
  ['tiedRankings', { loss: 'plackett-luce', tiedRankings: 'efron' }, { tiedRankings: 'breslow' }],
] as const)('a run does not resume with another setting of %s', async (name, settings, changed) => {
  const folder = temporaryFolder()
  const first = runIn(join(folder, 'out'), { steps: 1 })
  await play(reward(await specOf(folder, settings), first), first)
  const second = runIn(join(folder, 'out'), { resume: true })
  const failing = play(reward(await specOf(folder, { ...settings, ...changed }), second), second)
  await expect(failing).rejects.toMatchObject({
    code: 'CHECKPOINT_MISMATCH',
    message: expect.stringMatching(new RegExp(`^${name} is`)),
  })
})
