import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, expect, test } from 'vitest'
import { parseSpec, type SpecInput } from '#trainer/config.ts'
import { startEngine } from '#trainer/engine/start.ts'
import { saveModel } from '#trainer/io/model-folder.ts'
import { generate } from './generate.ts'
import { score } from './score.ts'
import { doneOf, play, runIn, temporaryFolder, tinyModels, tinyPolicy, writeLines } from './tiny.ts'

beforeAll(async () => {
  await startEngine('auto')
})

const prompts = ['yes', 'no', 'good day'].map((prompt, i) => ({ id: `p${i}`, prompt }))

async function specOf(folder: string, settings: Partial<SpecInput<'generate'>> = {}) {
  const { policy } = await tinyModels(folder)
  const file = writeLines(folder, 'prompts.jsonl', prompts)
  return parseSpec('generate', {
    model: policy,
    data: { prompts: file },
    completionsPerPrompt: 3,
    responseLength: 6,
    batchSize: 4,
    ...settings,
  })
}

const linesIn = (out: string, name = 'completions.jsonl') => readFileSync(join(out, name), 'utf8')

test('every prompt gets its completions, and the size of the batches does not change them', async () => {
  const folder = temporaryFolder()
  const four = runIn(join(folder, 'four'))
  const five = runIn(join(folder, 'five'))
  for (const { out } of [four, five]) mkdirSync(out)
  await play(generate(await specOf(folder), four), four)
  await play(generate(await specOf(folder, { batchSize: 5 }), five), five)
  expect(linesIn(five.out)).toBe(linesIn(four.out))
  const lines = linesIn(four.out)
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(lines.map(({ id, index }) => `${id}.${index}`)).toEqual(
    ['p0', 'p1', 'p2'].flatMap((id) => [0, 1, 2].map((index) => `${id}.${index}`)),
  )
  for (const line of lines) expect(line.tokens).toBeLessThanOrEqual(6)
})

test('a resumed run drops the line that a crash cut short and writes what an uninterrupted one would have', async () => {
  const folder = temporaryFolder()
  const spec = await specOf(folder)
  const run = runIn(folder)
  await play(generate(spec, run), run)
  const whole = linesIn(folder)
  const cut = whole.indexOf('\n', whole.length / 2) + 10
  writeFileSync(join(folder, 'completions.jsonl'), whole.slice(0, cut))
  const again = runIn(folder, { resume: true })
  const events = await play(generate(spec, again), again)
  expect(linesIn(folder)).toBe(whole)
  expect(events[0]).toMatchObject({ type: 'log', message: expect.stringContaining('continuing after') })
})

test('a completion scored against its own model has KL 0, and against another the difference of the sums', async () => {
  const folder = temporaryFolder()
  const models = await tinyModels(folder)
  const file = writeLines(folder, 'completions.jsonl', [
    { id: 'a', prompt: 'yes', completion: 'good day' },
    { id: 'b', prompt: 'no', completion: 'thanks' },
  ])
  const run = runIn(folder)
  const same = parseSpec('score', {
    ...models,
    reference: models.policy,
    data: { completions: file },
    batchSize: 1,
  })
  const events = await play(score(same, run), run)
  expect(doneOf(events).artifacts[0]!.kind).toBe('scores')
  const lines = linesIn(folder, 'scores.jsonl')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(lines.map(({ id }) => id)).toEqual(['a', 'b'])
  for (const line of lines) {
    expect(line.kl).toBe(0)
    expect(line.logProb).toBeLessThan(0)
    expect(Number.isFinite(line.score)).toBe(true)
    // A model that knows nothing yet gives each token about ln(vocabulary) nats.
    expect(-line.logProb / line.tokens).toBeCloseTo(Math.log(275), 0)
  }

  const other = tinyPolicy(9)
  await saveModel(join(folder, 'other'), other)
  other.dispose()
  const spec = parseSpec('score', {
    ...models,
    reference: join(folder, 'other'),
    data: { completions: file },
  })
  await play(score(spec, run), run)
  const { kl, logProb, referenceLogProb } = JSON.parse(linesIn(folder, 'scores.jsonl').split('\n')[0]!)
  expect(kl).toBe(logProb - referenceLogProb)
  expect(kl).not.toBe(0)
})

test('models that read text differently cannot be compared', async () => {
  const folder = temporaryFolder()
  const models = await tinyModels(folder)
  const other = tinyPolicy(1, ['quite', 'other', 'words'])
  await saveModel(join(folder, 'other'), other)
  other.dispose()
  const file = writeLines(folder, 'completions.jsonl', [{ id: 'a', prompt: 'yes', completion: 'no' }])
  const run = runIn(folder)
  const spec = parseSpec('score', {
    ...models,
    reference: join(folder, 'other'),
    data: { completions: file },
  })
  const before = tf.memory().numTensors
  await expect(play(score(spec, run), run)).rejects.toMatchObject({ code: 'TOKENIZER_MISMATCH' })
  expect(tf.memory().numTensors).toBe(before)
})

test('a completion that was cut off is scored without an EOS behind it', async () => {
  const folder = temporaryFolder()
  const models = await tinyModels(folder)
  const file = writeLines(folder, 'completions.jsonl', [
    { id: 'whole', prompt: 'yes', completion: 'no' },
    { id: 'cut', prompt: 'yes', completion: 'no', finished: false },
  ])
  const run = runIn(folder)
  await play(score(parseSpec('score', { ...models, data: { completions: file } }), run), run)
  const [whole, cut] = linesIn(folder, 'scores.jsonl')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(whole.tokens).toBe(cut.tokens + 1)
})

test('a completion that does not fit ends the run, or is left out and counted', async () => {
  const folder = temporaryFolder()
  const models = await tinyModels(folder)
  const file = writeLines(folder, 'completions.jsonl', [
    { id: 'long', prompt: 'yes', completion: 'no '.repeat(500) },
    { id: 'short', prompt: 'yes', completion: 'no' },
  ])
  const run = runIn(folder)
  const spec = (tooLong: 'refuse' | 'leave-out') =>
    parseSpec('score', { ...models, data: { completions: file }, tooLong })
  await expect(play(score(spec('refuse'), run), run)).rejects.toMatchObject({ code: 'PROMPT_TOO_LONG' })
  const events = await play(score(spec('leave-out'), run), run)
  expect(events[0]).toMatchObject({
    type: 'log',
    level: 'warn',
    message: expect.stringContaining('1 of 2 completions'),
  })
  expect(doneOf(events).summary).toEqual({ completions: 1, tooLong: 1 })
  expect(JSON.parse(linesIn(folder, 'scores.jsonl'))).toMatchObject({ id: 'short' })
})

test('runs that stop leave no tensors', async () => {
  const folder = temporaryFolder()
  const models = await tinyModels(folder)
  const lines = ['yes', 'no'].map((prompt, id) => ({ id, prompt, completion: 'please' }))
  const file = writeLines(folder, 'lines.jsonl', lines)
  const before = tf.memory().numTensors
  const own = { model: models.policy, data: { prompts: file }, batchSize: 1, responseLength: 2 }
  const [one, other] = [runIn(folder, { steps: 1 }), runIn(folder, { steps: 1 })]
  const generated = await play(generate(parseSpec('generate', own), one), one)
  const scoring = parseSpec('score', { ...models, data: { completions: file }, batchSize: 1 })
  const scored = await play(score(scoring, other), other)
  for (const events of [generated, scored]) expect(events.at(-1)).toEqual({ type: 'stopped', step: 1 })
  expect(tf.memory().numTensors).toBe(before)
})
