import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, expect, test } from 'vitest'
import type { SpecInput } from '#trainer/config.ts'
import { startEngine } from '#trainer/engine/start.ts'
import type { AlarmEvent, TrainerEvent } from '#trainer/events.ts'
import { loadModel } from '#trainer/io/model-folder.ts'
import { readSafetensors } from '#trainer/io/safetensors.ts'
import { addHead } from '#trainer/nn/heads.ts'
import { moments } from '#trainer/rlhf/whiten.ts'
import { noGuardState, startGuards } from './guards.ts'
import { ppo } from './ppo.ts'
import { readQueries } from './rollouts.ts'
import { measureHeads } from './sequences.ts'
import { doneOf, play, runIn, stepsOf, temporaryFolder, training, writeLines } from './tiny.ts'
import { bandit, payoffs, prompts, specOf } from './tiny-ppo.ts'

beforeAll(async () => {
  await startEngine('auto')
})

/** Guards on models of a temporary folder, begun. */
async function guardsOf(settings: Partial<SpecInput<'ppo'>>, heads = 1) {
  const folder = temporaryFolder()
  const spec = await specOf(folder, settings)
  const [policy, reward] = [await loadModel(spec.policy, 'policy'), await loadModel(spec.reward, 'reward')]
  if (heads > 1) {
    reward.parameters.get('score.weight')!.dispose()
    addHead(reward.parameters, 'reward', reward.config.width, 5, heads)
  }
  const models = { policy, reference: policy, reward }
  const fits = { tokenizer: policy.tokenizer, responseLength: spec.responseLength, maxPositions: 48 }
  const probes = await readQueries(spec.data.train, fits)
  const guards = await startGuards(spec, models, probes, noGuardState)
  await guards.begin(null)
  const watch = (step: number, responses: number[][], kl = 0) =>
    guards.watch({
      ...{ step, kl, lastGood: null },
      sequences: responses.map((response) => ({ query: [1], response })),
    })
  const dispose = () => {
    for (const each of [guards, policy, reward]) each.dispose()
  }
  return { guards, reward, watch, dispose }
}

const kinds = ({ alarms }: { alarms: AlarmEvent[] }) => alarms.map(({ kind }) => kind)

test('an alarm is told once for each crossing, and a warning does not stop', async () => {
  const { watch, dispose } = await guardsOf({ klGuard: { budget: 2 } })
  const told = []
  for (const [step, kl] of [1, 3, 4, 1.5, 2.5].entries()) {
    const watched = await watch(step, [[5]], kl)
    expect(watched.metrics).toEqual({ 'guard/kl': kl })
    expect(watched.stop).toBeNull()
    told.push(kinds(watched))
  }
  expect(told).toEqual([[], ['guard/kl'], [], [], ['guard/kl']])
  dispose()
})

test('length and repetition are compared with what the reference says to the same prompts', async () => {
  const { guards, watch, dispose } = await guardsOf({
    ...{ responseLength: 10, lengthGuard: { factor: 2 } },
    repetitionGuard: { rise: 0.3, onAlarm: 'stop' },
  })
  const { length, repetition } = guards.state.reference!
  expect(length).toBeGreaterThan(2)
  expect(length).toBeLessThanOrEqual(10)
  // A policy that knows nothing hardly ever says three tokens twice.
  expect(repetition).toBeLessThan(0.1)
  const long = Array.from({ length: 2 * 10 + 1 }, (_, token) => token)
  expect((await watch(1, [long.slice(0, Math.round(length))])).alarms).toEqual([])
  const longer = await watch(2, [long])
  expect(kinds(longer)).toEqual(['guard/length'])
  expect(longer.metrics['guard/length']).toBeCloseTo(21 / length, 6)
  expect(longer.stop).toBeNull()
  const short = await guardsOf({ responseLength: 10, lengthGuard: { factor: 2 } })
  expect(kinds(await short.watch(1, [[1]]))).toEqual(['guard/length'])
  short.dispose()
  // Eight times the same token: 6 trigrams, 5 of them repeats.
  const repeating = await watch(3, [Array(8).fill(7)])
  expect(repeating.metrics['guard/repetition']).toBeCloseTo(5 / 6 - repetition, 6)
  expect(repeating.stop).toMatchObject({ kind: 'guard/repetition', step: 3, limit: 0.3 })
  dispose()
})

test('heads that are further apart on what the policy says than on what the reference says raise an alarm', async () => {
  await expect(guardsOf({ disagreementGuard: {} })).rejects.toMatchObject({
    code: 'INVALID_CONFIG',
    message: expect.stringContaining('it has one'),
  })
  const heads = 3
  const { guards, reward, watch, dispose } = await guardsOf(
    { responseLength: 4, disagreementGuard: { factor: 1.5, onAlarm: 'stop' } },
    heads,
  )
  // Responses of one token after the same query: how far the heads are apart on each.
  const all = Array.from({ length: reward.config.vocabSize }, (_, token) => ({
    query: [1],
    response: [token],
  }))
  const measured = measureHeads(reward, all, 512).heads
  const apart = all.map((_, row) =>
    Math.sqrt(moments(measured.subarray(row * heads, (row + 1) * heads)).variance),
  )
  const by = (least: boolean) => [[apart.indexOf(least ? Math.min(...apart) : Math.max(...apart))]]
  const before = guards.state.reference!.disagreement!
  expect(before).toBeGreaterThan(0)
  expect((await watch(1, by(true))).alarms).toEqual([])
  const watched = await watch(2, by(false))
  expect(watched.metrics['guard/disagreement']).toBeCloseTo(Math.max(...apart) / before, 4)
  expect(watched.stop).toMatchObject({ kind: 'guard/disagreement', step: 2 })
  dispose()
})

/**
 * A policy that learns from a flawed reward: the tokens that it likes best, and broken characters, are those that the true rule
 * counts for nothing, which the gold judge knows.
 */
async function hacked(settings: Partial<SpecInput<'ppo'>>) {
  const folder = temporaryFolder()
  const { favourites } = await payoffs(await specOf(folder, bandit))
  const worthless = JSON.stringify(['\uFFFD', ...favourites.slice(0, 60)])
  writeFileSync(
    join(folder, 'rubric.mjs'),
    `export const score = (prompt, completion) => (${worthless}.includes(completion) ? 0 : 1)\n`,
  )
  const many = Array.from({ length: 60 }, (_, i) => ({ ...prompts[i % prompts.length]!, id: i }))
  const judge = settings.goldGuard && { goldRubric: join(folder, 'rubric.mjs') }
  const data = { train: writeLines(folder, 'many.jsonl', many), ...judge }
  const run = runIn(join(folder, 'out'))
  const spec = await specOf(folder, { ...bandit, data, ...settings })
  return { spec, out: run.out, events: await play(ppo(spec, run), run) }
}

const of = (events: TrainerEvent[], name: string) =>
  stepsOf(events).flatMap(({ metrics }) => metrics[name] ?? [])

training(
  'a policy that exploits a flawed reward is stopped by the gold judge, with the models from before',
  async () => {
    const { out, events } = await hacked({
      goldGuard: { every: 2, drop: 0.3, onAlarm: 'stop' },
      checkpointEvery: 3,
    })
    const [proxy, gold] = [of(events, 'guard/gold_proxy'), of(events, 'guard/gold')]
    expect(gold[0]).toBeGreaterThan(0.2)
    expect(gold.at(-1)).toBeLessThan(gold[0]! - 0.1)
    expect(proxy.at(-1)).toBeGreaterThan(proxy[0]! + 0.5)
    const alarms = events.filter((event) => event.type === 'alarm')
    expect(alarms).toMatchObject([{ kind: 'guard/gold', value: gold.at(-1) }])
    const { step } = alarms[0]!
    expect(stepsOf(events).at(-1)!.step).toBe(step)
    expect(step).toBeLessThan(20)
    const { summary } = doneOf(events)
    expect(summary).toMatchObject({ stoppedBy: 'guard/gold', stoppedAt: step })
    const before = 3 * Math.floor((step - 1) / 3)
    expect(summary.steps).toBe(before)
    const checkpoint = join(out, 'checkpoints', `step-${String(before).padStart(8, '0')}`, 'policy')
    const weights = (folder: string) => readFileSync(join(folder, 'model.safetensors'))
    expect(weights(join(out, 'model')).equals(weights(checkpoint))).toBe(true)
  },
)

training(
  'unguarded, the same policy goes on until the gold judge likes nothing, and a KL budget would have stopped it',
  async () => {
    const { events } = await hacked({
      ...{ goldGuard: { every: 4 }, klGuard: { budget: 2 }, checkpointEvery: 0 },
    })
    expect(of(events, 'guard/gold').at(-1)).toBeLessThan(0.1)
    const alarms = events.filter((event) => event.type === 'alarm')
    expect(alarms.map(({ kind }) => kind).sort()).toEqual(['guard/gold', 'guard/kl'])
    expect(doneOf(events).summary).not.toHaveProperty('stoppedBy')
    const stopped = await hacked({ klGuard: { budget: 2, onAlarm: 'stop' } })
    expect(doneOf(stopped.events).summary).toMatchObject({ stoppedBy: 'guard/kl' })
    expect(
      of(stopped.events, 'guard/kl')
        .slice(0, -1)
        .every((kl) => kl <= 2),
    ).toBe(true)
  },
)

training('with LoRA too, a stopped run saves the policy of its last checkpoint', async () => {
  const lora = { rank: 2, alpha: 8 }
  const { spec, out, events } = await hacked({
    ...{ lora, learningRate: 5e-2, checkpointEvery: 1 },
    klGuard: { budget: 1e-4, onAlarm: 'stop' },
  })
  const { summary } = doneOf(events)
  expect(summary.steps).toBeGreaterThan(0)
  expect(summary).toMatchObject({ stoppedBy: 'guard/kl', stoppedAt: (summary.steps as number) + 1 })
  const step = `step-${String(summary.steps).padStart(8, '0')}`
  const { tensors } = readSafetensors(join(out, 'checkpoints', step, 'policy.adam.safetensors'))
  const layer = 'transformer.h.0.mlp.c_fc'
  const [a, b] = ['A', 'B'].map((side) => tensors.get(`parameter.${layer}.lora_${side}.weight`)!)
  const [start, end] = [await loadModel(spec.policy, 'policy'), await loadModel(join(out, 'model'), 'policy')]
  // W + alpha/rank · (B·A)ᵀ, as GPT-2's weights are [in, out].
  const expected = tf.tidy(() => {
    const [left, right] = [a!, b!].map(
      (each) => tf.tensor(each.values, each.shape as [number, number]) as tf.Tensor2D,
    )
    const added = tf.matMul(left!, right!, true, true)
    return tf.add(start.parameters.get(`${layer}.weight`)!, tf.mul(added, 8 / 2))
  })
  const values = expected.dataSync()
  end.parameters
    .get(`${layer}.weight`)!
    .dataSync()
    .forEach((value, i) => {
      expect(value).toBeCloseTo(values[i]!, 5)
    })
  expect(values).not.toEqual(start.parameters.get(`${layer}.weight`)!.dataSync())
  tf.dispose(expected)
  start.dispose()
  end.dispose()
})

test('a rubric that is missing, exports no score or gives no number is refused by its path', async () => {
  const folder = temporaryFolder()
  const judged = async (name: string, text?: string) => {
    if (text !== undefined) writeFileSync(join(folder, name), text)
    const data = { train: join(folder, 'prompts.jsonl'), goldRubric: join(folder, name) }
    const run = runIn(join(folder, `out-${name}`))
    await play(ppo(await specOf(folder, { ...bandit, data, goldGuard: {} }), run), run)
  }
  await expect(judged('none.mjs')).rejects.toMatchObject({ code: 'FILE_MISSING' })
  await expect(judged('empty.mjs', '')).rejects.toMatchObject({ code: 'RUBRIC_INVALID' })
  await expect(judged('words.mjs', "export const score = () => 'good'")).rejects.toMatchObject({
    code: 'RUBRIC_INVALID',
    message: expect.stringContaining('gave good for "'),
  })
})

test('a gold guard without a judge is refused', async () => {
  await expect(specOf(temporaryFolder(), { goldGuard: {} })).rejects.toMatchObject({
    code: 'INVALID_CONFIG',
    hint: expect.stringContaining('data.goldReward or data.goldRubric'),
  })
})
