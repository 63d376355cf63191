import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, expect, test } from 'vitest'
import { parseSpec, type SpecInput } from '#trainer/config.ts'
import { startEngine } from '#trainer/engine/start.ts'
import { loadModel, saveModel } from '#trainer/io/model-folder.ts'
import { encodeExamples, meanLoss, readExamples } from './examples.ts'
import { sft } from './sft.ts'
import { doneOf, init, play, runIn, stepsOf, temporaryFolder, tinyPolicy, writeLines } from './tiny.ts'

beforeAll(async () => {
  await startEngine('auto')
})

const examples = Array.from({ length: 24 }, (_, i) =>
  i % 2 === 0 ? { prompt: 'hello', completion: 'good day' } : { prompt: 'go', completion: 'no thanks' },
)

function specOf(folder: string, settings: Partial<SpecInput<'sft'>> = {}) {
  const train = writeLines(folder, 'train.jsonl', examples)
  return parseSpec('sft', {
    model: { init },
    data: { train, eval: train },
    epochs: 3,
    batchSize: 8,
    microBatchSize: 3,
    learningRate: 1e-2,
    checkpointEvery: 0,
    ...settings,
  })
}

const weightsIn = (folder: string) => readFileSync(join(folder, 'model', 'model.safetensors'))

test('a new model learns its data, and tensors do not pile up', async () => {
  const folder = temporaryFolder()
  const run = runIn(join(folder, 'out'))
  const before = tf.memory().numTensors
  const events = await play(sft(specOf(folder, { epochs: 20, adamEpsilon: 1e-8 }), run), run)
  expect(tf.memory().numTensors).toBe(before)
  const steps = stepsOf(events)
  expect(steps).toHaveLength(60)
  expect(steps[0]!.metrics.loss).toBeGreaterThan(5)
  expect(doneOf(events).summary.evalLoss).toBeLessThan(0.5)
})

test('a run stopped in the middle and resumed has the same weights, bit for bit, as one that was not', async () => {
  const folder = temporaryFolder()
  const spec = specOf(folder)
  const whole = runIn(join(folder, 'whole'))
  await play(sft(spec, whole), whole)
  const first = runIn(join(folder, 'parts'), { steps: 4 })
  const stopped = await play(sft(spec, first), first)
  expect(stopped.slice(-2)).toMatchObject([
    { type: 'checkpoint', step: 4 },
    { type: 'stopped', step: 4 },
  ])
  const second = runIn(join(folder, 'parts'), { resume: true })
  const resumed = await play(sft(spec, second), second)
  expect(stepsOf(resumed)[0]!.step).toBe(5)
  expect(weightsIn(second.out).equals(weightsIn(whole.out))).toBe(true)
})

const spoken = (role: string, content: string) => ({ role, content })
const conversation = {
  messages: [
    spoken('system', 'be kind'),
    spoken('user', 'hello'),
    spoken('assistant', 'good day'),
    spoken('user', 'please'),
    spoken('assistant', 'yes'),
  ],
}

test('conversations and packed rows are learned, and a run of them resumes bit for bit', async () => {
  const folder = temporaryFolder()
  const train = writeLines(folder, 'chat.jsonl', [...examples, ...Array(8).fill(conversation)])
  const settings = { data: { train }, packing: true, weightDecay: 0.1, epochs: 2 }
  const spec = specOf(folder, settings)
  const whole = runIn(join(folder, 'whole'))
  const before = tf.memory().numTensors
  const steps = stepsOf(await play(sft(spec, whole), whole))
  expect(tf.memory().numTensors).toBe(before)
  const first = runIn(join(folder, 'parts'), { steps: 3 })
  await play(sft(spec, first), first)
  const second = runIn(join(folder, 'parts'), { resume: true })
  await play(sft(spec, second), second)
  expect(weightsIn(second.out).equals(weightsIn(whole.out))).toBe(true)
  // The same steps without packing: the same losses.
  const plain = runIn(join(folder, 'plain'))
  const others = stepsOf(await play(sft(specOf(folder, { ...settings, packing: false }), plain), plain))
  expect(steps).toHaveLength(8)
  steps.forEach(({ metrics }, i) => {
    expect(metrics.loss).toBeCloseTo(others[i]!.metrics.loss!, 3)
    expect(metrics.grad_norm! / others[i]!.metrics.grad_norm!).toBeCloseTo(1, 2)
  })
})

test('weight decay makes matrices smaller, and leaves biases and gains alone', async () => {
  const folder = temporaryFolder()
  const squares = async (name: string, weightDecay: number) => {
    const run = runIn(join(folder, name))
    await play(sft(specOf(folder, { weightDecay, epochs: 1 }), run), run)
    const model = await loadModel(join(run.out, 'model'), 'policy')
    const sum = (parameter: string) =>
      Array.from(model.parameters.get(parameter)!.dataSync()).reduce((total, value) => total + value ** 2, 0)
    const sums = { matrix: sum('transformer.wte.weight'), gain: sum('transformer.ln_f.weight') }
    model.dispose()
    return sums
  }
  const [plain, decayed] = [await squares('plain', 0), await squares('decayed', 1)]
  expect(decayed.matrix).toBeLessThan(plain.matrix * 0.99)
  expect(Math.abs(decayed.gain / plain.gain - 1)).toBeLessThan(1e-3)
})

test('with LoRA only the adapter learns, a checkpoint holds only that, and the model has it merged; resumed bit for bit', async () => {
  const folder = temporaryFolder()
  const policy = tinyPolicy()
  await saveModel(join(folder, 'base'), policy)
  policy.dispose()
  const model = { path: join(folder, 'base') }
  const lora = { rank: 4, alpha: 8 }
  const spec = specOf(folder, { model, lora, epochs: 8 })
  const whole = runIn(join(folder, 'whole'))
  const before = tf.memory().numTensors
  const events = await play(sft(spec, whole), whole)
  expect(tf.memory().numTensors).toBe(before)
  const { summary } = doneOf(events)
  expect(summary.trainable).toBeLessThan((summary.parameters as number) / 2)
  expect(summary.loss).toBeLessThan(stepsOf(events)[0]!.metrics.loss! - 0.1)

  // The merged model has the loss that the model with its adapter had.
  const merged = await loadModel(join(whole.out, 'model'), 'policy')
  expect([...merged.parameters.keys()].some((name) => name.includes('lora'))).toBe(false)
  const { lines } = await readExamples(spec.data.eval!)
  const heldOut = encodeExamples(merged.tokenizer, spec.data.eval!, lines, { completionOnly: true })
  expect(meanLoss(merged, heldOut, 8)).toBeCloseTo(summary.evalLoss as number, 4)
  merged.dispose()
  const adapted = await loadModel(join(whole.out, 'adapter'), 'policy')
  expect(adapted.config.adapter).toMatchObject(lora)
  expect(meanLoss(adapted, heldOut, 8)).toBeCloseTo(summary.evalLoss as number, 4)
  adapted.dispose()
  // Another run goes on with the adapter that is there.
  const further = runIn(join(folder, 'further'))
  const onwards = stepsOf(
    await play(sft(specOf(folder, { model: { path: join(whole.out, 'adapter') } }), further), further),
  )
  expect(onwards[0]!.metrics.loss).toBeLessThan(stepsOf(events)[0]!.metrics.loss! - 0.1)
  expect(existsSync(join(further.out, 'adapter', 'adapter_config.json'))).toBe(true)

  const first = runIn(join(folder, 'parts'), { steps: 10 })
  await play(sft(spec, first), first)
  expect(readdirSync(join(first.out, 'checkpoints', 'step-00000010')).toSorted()).not.toContain('policy')
  const second = runIn(join(folder, 'parts'), { resume: true })
  await play(sft(spec, second), second)
  expect(weightsIn(second.out).equals(weightsIn(whole.out))).toBe(true)
  const other = runIn(join(folder, 'parts'), { resume: true })
  const wider = specOf(folder, { model, lora: { ...lora, rank: 2 }, epochs: 8 })
  await expect(play(sft(wider, other), other)).rejects.toMatchObject({ code: 'CHECKPOINT_MISMATCH' })
})

test('a run that does not resume never overwrites checkpoints', async () => {
  const folder = temporaryFolder()
  const spec = specOf(folder)
  const first = runIn(join(folder, 'out'), { steps: 1 })
  await play(sft(spec, first), first)
  const second = runIn(join(folder, 'out'))
  await expect(play(sft(spec, second), second)).rejects.toMatchObject({ code: 'OUT_NOT_EMPTY' })
})

test('the size of the micro-batches does not change what is learned', async () => {
  const folder = temporaryFolder()
  const losses = []
  for (const microBatchSize of [8, 3]) {
    const run = runIn(join(folder, `out${microBatchSize}`))
    const events = await play(sft(specOf(folder, { microBatchSize, epochs: 1, adamEpsilon: 1e-3 }), run), run)
    losses.push(doneOf(events).summary.evalLoss as number)
  }
  expect(losses[0]).toBeCloseTo(losses[1]!, 4)
})

test('a model that diverges stops the run with the step, and its checkpoint stays', async () => {
  const folder = temporaryFolder()
  const out = join(folder, 'out')
  const first = runIn(out, { steps: 2 })
  await play(sft(specOf(folder), first), first)
  const good = readFileSync(join(out, 'checkpoints/step-00000002/policy/model.safetensors'))
  const second = runIn(out, { resume: true })
  const failing = play(sft(specOf(folder, { learningRate: 1e30, checkpointEvery: 1 }), second), second)
  await expect(failing).rejects.toMatchObject({
    code: 'DIVERGED',
    message: expect.stringContaining('step 3'),
    hint: expect.stringContaining(join(out, 'checkpoints/step-00000002')),
  })
  expect(readFileSync(join(out, 'checkpoints/step-00000002/policy/model.safetensors')).equals(good)).toBe(
    true,
  )
})

test('examples longer than the context are left out and counted', async () => {
  const folder = temporaryFolder()
  // Fifty letters that each occur once: at least a token each.
  const prompt = String.fromCodePoint(...Array.from({ length: 50 }, (_, i) => 0x4e00 + 67 * i))
  const train = writeLines(folder, 'long.jsonl', [...examples, { prompt, completion: 'no' }])
  const run = runIn(join(folder, 'out'))
  const events = await play(sft(specOf(folder, { data: { train }, epochs: 0.4 }), run), run)
  expect(events).toContainEqual(
    expect.objectContaining({ type: 'log', message: expect.stringContaining('left out 1 of 25') }),
  )
  const held = runIn(join(folder, 'held'), { steps: 1 })
  const spec = specOf(folder, { data: { train, eval: train }, epochs: 1 })
  expect(await play(sft(spec, held), held)).toContainEqual(
    expect.objectContaining({
      message: expect.stringContaining('left out 1 of 25 examples and 1 of 25 held-out ones'),
    }),
  )
})

test('a run that stops leaves no tensors', async () => {
  const folder = temporaryFolder()
  const before = tf.memory().numTensors
  const run = runIn(join(folder, 'out'), { steps: 1 })
  const train = writeLines(folder, 'train.jsonl', examples)
  const events = await play(sft(specOf(folder, { data: { train } }), run), run)
  expect(events.at(-1)).toEqual({ type: 'stopped', step: 1 })
  expect(tf.memory().numTensors).toBe(before)
})

test('a model folder without a tokenizer is refused', async () => {
  const folder = temporaryFolder()
  const policy = tinyPolicy()
  await saveModel(join(folder, 'bare'), policy)
  policy.dispose()
  rmSync(join(folder, 'bare', 'tokenizer.json'))
  const run = runIn(join(folder, 'out'))
  const spec = specOf(folder, { model: { path: join(folder, 'bare') } })
  await expect(play(sft(spec, run), run)).rejects.toMatchObject({ code: 'MODEL_WITHOUT_TOKENIZER' })
})

test('an example whose prompt has no tokens is refused by its line', async () => {
  const folder = temporaryFolder()
  const policy = tinyPolicy()
  await saveModel(join(folder, 'plain'), policy)
  policy.dispose()
  const file = join(folder, 'plain', 'tokenizer_config.json')
  const { chat_template: _, ...config } = JSON.parse(readFileSync(file, 'utf8'))
  writeFileSync(file, JSON.stringify(config))
  const train = writeLines(folder, 'empty.jsonl', [...examples, { prompt: '', completion: 'no' }])
  const run = runIn(join(folder, 'out'))
  const spec = specOf(folder, { model: { path: join(folder, 'plain') }, data: { train }, epochs: 0.1 })
  await expect(play(sft(spec, run), run)).rejects.toMatchObject({
    code: 'PROMPT_EMPTY',
    message: `${train}, line 25: the prompt has no tokens`,
  })
})

test('a held-out loss that is not a number stops the run as diverged', async () => {
  const folder = temporaryFolder()
  const run = runIn(join(folder, 'out'))
  const failing = play(sft(specOf(folder, { learningRate: 1e30, evalEvery: 1 }), run), run)
  await expect(failing).rejects.toMatchObject({
    code: 'DIVERGED',
    message: expect.stringContaining('step 1'),
  })
})

test('a run does not resume with other data of the same size, another order of it, or another number of steps', async () => {
  const folder = temporaryFolder()
  const first = runIn(join(folder, 'out'), { steps: 1 })
  await play(sft(specOf(folder), first), first)
  const swapped = writeLines(folder, 'swapped.jsonl', examples.toReversed())
  for (const [settings, reason] of [
    [{ batchSize: 4 }, 'batchSize is 4, but was 8'],
    [{ epochs: 4 }, 'steps is 12, but was 9'],
    [{ data: { train: swapped } }, 'sha256 of the data is '],
  ] as const) {
    const second = runIn(join(folder, 'out'), { resume: true })
    await expect(play(sft(specOf(folder, settings), second), second)).rejects.toMatchObject({
      code: 'CHECKPOINT_MISMATCH',
      message: expect.stringContaining(reason),
    })
  }
})
