import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, expect, test } from 'vitest'
import { startEngine } from '#trainer/engine/start.ts'
import type { TrainerEvent } from '#trainer/events.ts'
import { loadModel, saveModel } from '#trainer/io/model-folder.ts'
import { generate } from '#trainer/nn/rollout.ts'
import { moments } from '#trainer/rlhf/whiten.ts'
import { specialTokens } from '#trainer/text/bpe.ts'
import { ppo } from './ppo.ts'
import { measureLogProbs, measureScores } from './sequences.ts'
import { doneOf, play, runIn, stepsOf, temporaryFolder, tinyPolicy, training, writeLines } from './tiny.ts'
import { bandit, payoffs, prompts, specOf } from './tiny-ppo.ts'

beforeAll(async () => {
  await startEngine('auto')
})

test('the first pass over a batch has ratio 1, and the KL to the reference is 0', async () => {
  const folder = temporaryFolder()
  const run = runIn(join(folder, 'out'))
  const spec = await specOf(folder, { episodes: 8, epochsPerBatch: 1, minibatches: 1, temperature: 0.7 })
  const [first] = stepsOf(await play(ppo(spec, run), run))
  expect(first!.metrics['val/ratio']).toBeCloseTo(1, 5)
  expect(first!.metrics['val/ratio_max']).toBeCloseTo(1, 5)
  expect(first!.metrics['policy/clipfrac_avg']).toBe(0)
  expect(first!.metrics['objective/kl']).toBeCloseTo(0, 5)
  // The value head begins at zero.
  expect(first!.metrics['val/vpred']).toBe(0)
})

test('scores are the normalised rewards of the sampled tokens, and the KL is to the reference given', async () => {
  const folder = temporaryFolder()
  const other = tinyPolicy(9)
  await saveModel(join(folder, 'other'), other)
  const spec = await specOf(folder, {
    reference: join(folder, 'other'),
    episodes: 8,
    samplesEvery: 1,
    samplesShown: 8,
    klCoefficient: 0.3,
    temperature: 0.7,
  })
  writeFileSync(join(spec.reward, 'whetstone.json'), JSON.stringify({ normalisation: { gain: 2, bias: 3 } }))
  const run = runIn(join(folder, 'out'))
  const events = await play(ppo(spec, run), run)
  const samples = events.filter((event) => event.type === 'sample')

  const policy = await loadModel(spec.policy, 'policy')
  const reward = await loadModel(spec.reward, 'reward')
  const queries = samples.map(({ prompt }) => policy.tokenizer.encodePrompt(prompt))
  const { seed, temperature, responseLength } = spec
  const { responses } = generate(policy, queries, {
    ...{ seed, temperature, responseLength },
    step: 1,
    stopAtEos: true,
  })
  const sequences = queries.map((query, row) => ({ query, response: responses[row]! }))
  const scores = measureScores(reward, sequences, 8).map((raw) => 2 * raw + 3)
  const kls = sequences.map((sequence) => {
    const [own, others] = [policy, other].map((model) =>
      measureLogProbs(model, [sequence], { temperature, size: 1 }).logProbs.reduce((sum, each) => sum + each),
    )
    return own! - others!
  })
  for (const model of [policy, reward, other]) model.dispose()

  samples.forEach((sample, row) => {
    expect(sample.scores.score).toBeCloseTo(scores[row]!, 4)
    expect(sample.scores.kl).toBeCloseTo(kls[row]!, 4)
  })
  const { metrics } = stepsOf(events)[0]!
  expect(metrics['objective/scores']).toBeCloseTo(moments(scores).mean, 4)
  expect(metrics['objective/kl']).toBeCloseTo(moments(kls).mean, 4)
  expect(Math.abs(metrics['objective/kl']!)).toBeGreaterThan(0.01)
  expect(metrics['objective/rlhf_reward']).toBeCloseTo(moments(scores).mean - 0.3 * moments(kls).mean, 4)
})

test('an unfinished sample scores exactly −1 where the rule is to replace, and a finished one as the reward says', async () => {
  const folder = temporaryFolder()
  const run = runIn(join(folder, 'out'))
  const spec = await specOf(folder, {
    missingEosRule: 'replace',
    episodes: 64,
    batchSize: 64,
    minibatches: 1,
    epochsPerBatch: 1,
    microBatchSize: 64,
    responseLength: 12,
    samplesEvery: 1,
    samplesShown: 64,
  })
  const events = await play(ppo(spec, run), run)
  const samples = events.filter((event) => event.type === 'sample')
  const finished = samples.filter(({ tokens }) => tokens!.at(-1) === specialTokens.end)
  const unfinished = samples.filter((sample) => !finished.includes(sample))
  expect(finished.length).toBe(stepsOf(events)[0]!.metrics['val/num_eos_tokens'])
  expect(Math.min(finished.length, unfinished.length)).toBeGreaterThan(0)
  for (const { scores } of unfinished) expect(scores.score).toBe(-1)
  for (const { scores } of finished) expect(scores.score).not.toBe(-1)
})

test('minibatches whose ratio is beyond the guard are all skipped and leave the weights as they were', async () => {
  const folder = temporaryFolder()
  const run = runIn(join(folder, 'out'))
  const spec = await specOf(folder, { episodes: 8, maxRatio: 1e-3 })
  const [step] = stepsOf(await play(ppo(spec, run), run))
  expect(step!.metrics['policy/skipped_minibatches']).toBe(4)
  expect(step!.metrics['policy/grad_norm']).toBe(0)
  const weights = (path: string) => readFileSync(join(path, 'model.safetensors'))
  expect(weights(join(run.out, 'model')).equals(weights(spec.policy))).toBe(true)
  const value = await loadModel(join(run.out, 'value'), 'value')
  expect(
    value.parameters
      .get('classifier.weight')!
      .dataSync()
      .every((each) => each === 0),
  ).toBe(true)
  value.dispose()
})

test('held-out measures that are not finite before training stop the run as diverged at step 0', async () => {
  const folder = temporaryFolder()
  const path = join(folder, 'prompts.jsonl')
  const spec = await specOf(folder, { data: { train: path, eval: path } })
  const broken = await loadModel(spec.reward, 'reward')
  broken.parameters.get('score.weight')!.assign(tf.fill([1, broken.config.width], Number.NaN))
  await saveModel(spec.reward, broken)
  broken.dispose()
  const run = runIn(join(folder, 'out'))
  await expect(play(ppo(spec, run), run)).rejects.toMatchObject({
    code: 'DIVERGED',
    message: 'eval/score is NaN at step 0',
  })
})

training('twenty updates of a one-token bandit reach most of the optimum', async () => {
  const folder = temporaryFolder()
  const run = runIn(join(folder, 'out'))
  const spec = await specOf(folder, bandit)
  const before = tf.memory().numTensors
  const events = await play(ppo(spec, run), run)
  expect(tf.memory().numTensors).toBe(before)

  const { uniform, best } = await payoffs(spec)
  const scores = stepsOf(events).map(({ metrics }) => metrics['objective/scores']!)
  expect(scores).toHaveLength(20)
  expect(Math.abs(scores[0]! - uniform)).toBeLessThan(0.3 * (best - uniform))
  expect(scores.at(-1)! - uniform).toBeGreaterThan(0.75 * (best - uniform))
})

test('a run stopped in the middle and resumed has the same weights and events, bit for bit, as one that was not', async () => {
  const folder = temporaryFolder()
  const spec = await specOf(folder, {
    adaptiveKl: { target: 1, horizon: 20 },
    data: { train: join(folder, 'prompts.jsonl'), eval: join(folder, 'prompts.jsonl') },
  })
  const whole = runIn(join(folder, 'whole'))
  const uninterrupted = await play(ppo(spec, whole), whole)
  const first = runIn(join(folder, 'parts'), { steps: 3 })
  expect((await play(ppo(spec, first), first)).at(-1)).toEqual({ type: 'stopped', step: 3 })
  const second = runIn(join(folder, 'parts'), { resume: true })
  const resumed = await play(ppo(spec, second), second)
  for (const model of ['model', 'value'])
    expect(
      readFileSync(join(second.out, model, 'model.safetensors')).equals(
        readFileSync(join(whole.out, model, 'model.safetensors')),
      ),
    ).toBe(true)
  expect(doneOf(resumed).summary).toEqual(doneOf(uninterrupted).summary)
  expect(doneOf(resumed).summary.klCoefficient).not.toBe(spec.klCoefficient)
  const last = (events: typeof resumed) => stepsOf(events).at(-1)!.metrics
  expect(last(resumed)['objective/scores']).toBe(last(uninterrupted)['objective/scores'])
})

test('the size of the micro-batches does not change what is learned', async () => {
  const folder = temporaryFolder()
  const measures = []
  for (const microBatchSize of [8, 3]) {
    const run = runIn(join(folder, `out${microBatchSize}`))
    const spec = await specOf(folder, { microBatchSize, episodes: 8, adamEpsilon: 1e-3 })
    measures.push(stepsOf(await play(ppo(spec, run), run))[0]!.metrics)
  }
  for (const name of [
    'loss/policy_avg',
    'loss/value_avg',
    'policy/approxkl_avg',
    'policy/grad_norm',
    'val/ratio',
  ])
    expect(measures[0]![name]).toBeCloseTo(measures[1]![name]!, 4)
})

test('samples show the KL of each token, and it adds up to that of the completion', async () => {
  const folder = temporaryFolder()
  const run = runIn(join(folder, 'out'))
  const events = await play(ppo(await specOf(folder, { samplesEvery: 3 }), run), run)
  const samples = events.filter((event) => event.type === 'sample')
  expect([...new Set(samples.map(({ step }) => step))]).toEqual([1, 3, 6])
  for (const { tokens, kl, scores } of samples) {
    expect(kl).toHaveLength(tokens!.length)
    expect(kl!.reduce((sum, each) => sum + each, 0)).toBeCloseTo(scores.kl!, 5)
  }
})

test('held-out prompts are answered before and after', async () => {
  const folder = temporaryFolder()
  const run = runIn(join(folder, 'out'))
  const path = join(folder, 'prompts.jsonl')
  const data = { train: path, eval: path }
  const events = await play(ppo(await specOf(folder, { data, klCoefficient: 0 }), run), run)
  expect(stepsOf(events)[0]).toMatchObject({ step: 0, metrics: { 'eval/score': expect.any(Number) } })
  const { summary } = doneOf(events)
  expect(summary.klBefore).toBeCloseTo(0, 5)
  // Nothing holds the policy back, and the reference stays as it was.
  expect(summary.klAfter).toBeGreaterThan(0)
  expect(summary.klAfter).toBe(stepsOf(events).at(-1)!.metrics['eval/kl'])
  expect(summary.lengthBefore).toBeGreaterThanOrEqual(1)
})

test('a prompt that leaves no room for the response is refused with both lengths', async () => {
  const folder = temporaryFolder()
  const run = runIn(join(folder, 'out'))
  const train = writeLines(folder, 'long.jsonl', [...prompts, { id: 'long', prompt: 'x'.repeat(44) }])
  const failing = play(ppo(await specOf(folder, { data: { train } }), run), run)
  // 44 letters and two special tokens or three; 43 of 48 places remain beside 5 of response.
  await expect(failing).rejects.toMatchObject({
    code: 'PROMPT_TOO_LONG',
    message: expect.stringMatching(
      /prompt long has 4\d tokens, and only 43 fit before 5 tokens of response in a context of 48/,
    ),
  })
})

test('a policy that diverges, and again at half the rate, fails with the step, and its checkpoint stays', async () => {
  const folder = temporaryFolder()
  const out = join(folder, 'out')
  const first = runIn(out, { steps: 2 })
  await play(ppo(await specOf(folder), first), first)
  const kept = join(out, 'checkpoints/step-00000002')
  const good = readFileSync(join(kept, 'policy/model.safetensors'))
  const second = runIn(out, { resume: true })
  const said: TrainerEvent[] = []
  const failing = (async () => {
    const spec = await specOf(folder, { learningRate: 1e30, checkpointEvery: 1 })
    for await (const event of ppo(spec, second)) said.push(event)
  })()
  await expect(failing).rejects.toMatchObject({
    code: 'DIVERGED',
    message: expect.stringContaining('step 3'),
    hint: expect.stringContaining(kept),
  })
  expect(readFileSync(join(kept, 'policy/model.safetensors')).equals(good)).toBe(true)
  // It went back once before it gave up.
  expect(said.filter(({ type }) => type === 'rollback')).toMatchObject([{ step: 2 }])
})

test('a run does not resume with other prompts', async () => {
  const folder = temporaryFolder()
  const first = runIn(join(folder, 'out'), { steps: 1 })
  await play(ppo(await specOf(folder), first), first)
  const train = writeLines(folder, 'other.jsonl', prompts.toReversed())
  const second = runIn(join(folder, 'out'), { resume: true })
  const failing = play(ppo(await specOf(folder, { data: { train } }), second), second)
  await expect(failing).rejects.toMatchObject({
    code: 'CHECKPOINT_MISMATCH',
    message: expect.stringContaining('sha256 of the data'),
  })
})
