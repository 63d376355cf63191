import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, expect, test } from 'vitest'
import { runningEngine, startEngine } from '#trainer/engine/start.ts'
import type { TrainerEvent } from '#trainer/events.ts'
import { saveCheckpoint } from '#trainer/io/checkpoint.ts'
import { withoutFused } from '#trainer/nn/fused.ts'
import { checkpointEvent, diverged, findCheckpoint, type Run, recovering, unsupported } from './run.ts'
import { play, runIn, temporaryFolder } from './tiny.ts'

beforeAll(async () => {
  await startEngine('auto')
})

const warningsOf = (out: string) =>
  findCheckpoint(runIn(out, { resume: true }))
    .logs.filter(({ level }) => level === 'warn')
    .map(({ message }) => message)

test('a run that resumes warns of another engine or precision than it began with, and of nothing else', async () => {
  const out = temporaryFolder()
  await checkpointEvent(runIn(out), 1, { models: {}, optimisers: {}, order: {} }, {}, null)
  expect(warningsOf(out)).toEqual([])
  const saved = (state: object) =>
    saveCheckpoint(join(out, 'checkpoints'), {
      step: 2,
      write: async (folder) => writeFileSync(join(folder, 'state.json'), JSON.stringify(state)),
    })
  const { name } = runningEngine()!
  await saved({ order: {}, state: {}, computed: { engine: 'abacus', precision: 'fp8' } })
  expect(warningsOf(out)).toEqual([
    `the weights will not be those of a run without a stop, bit for bit: engine ${name} instead of abacus, precision fp32 instead of fp8`,
  ])
  // An older checkpoint of an engine that did not say how many.
  await saved({ order: {}, state: {}, computed: { threads: 0 } })
  expect(warningsOf(out)).toEqual([])
  await saved({ order: {}, state: {} })
  expect(warningsOf(out), 'a checkpoint that does not say').toEqual([])
})

test('activation checkpointing is warned of once, where the engine lacks it', () => {
  expect(withoutFused(() => unsupported({ activationCheckpointing: false }))).toEqual([])
  const [warning, ...others] = withoutFused(() => unsupported({ activationCheckpointing: true }))
  expect(warning?.message).toContain('activationCheckpointing has no effect')
  expect(others).toEqual([])
})

interface Stepping {
  rollback: boolean
  learningRate: number
  /** Learning rates beyond this diverge at step 5. */
  bound: number
  checkpointEvery: number
}

/** Six steps that say their learning rate, with checkpoints, one variable, and an end like that of a recipe. */
const stepping = recovering(async function* (spec: Stepping, run: Run): AsyncGenerator<TrainerEvent> {
  const { checkpoint } = findCheckpoint(run)
  const variable = tf.variable(tf.scalar(0))
  for (let step = (checkpoint?.step ?? 0) + 1; step <= 6; step++) {
    if (step === 5 && spec.learningRate > spec.bound) throw diverged('the loss is NaN', step, checkpoint)
    yield { type: 'step', step, total: 6, metrics: { lr: spec.learningRate } }
    if (step % spec.checkpointEvery === 0)
      yield (await checkpointEvent(run, step, { models: {}, optimisers: {}, order: {} }, {}, null)).event
    if (run.stopRequested()) return
  }
  variable.dispose()
  yield { type: 'done', artifacts: [], summary: { rolledBack: run.rolledBack ?? '' } }
})

const told = (events: readonly TrainerEvent[]) =>
  events.map((event) =>
    event.type === 'step'
      ? `${event.step} at ${event.metrics.lr}`
      : 'step' in event
        ? `${event.type} ${event.step}`
        : event.type,
  )

test('a run that diverges goes back once, with half the learning rate, and says so in its summary', async () => {
  const run = runIn(temporaryFolder())
  const before = tf.memory().numTensors
  const events = await play(
    stepping({ rollback: true, learningRate: 1, bound: 0.6, checkpointEvery: 2 }, run),
    run,
  )
  expect(told(events)).toEqual([
    ...['1 at 1', '2 at 1', 'checkpoint 2', '3 at 1', '4 at 1', 'checkpoint 4', 'rollback 4'],
    ...['5 at 0.5', '6 at 0.5', 'checkpoint 6', 'done'],
  ])
  expect(events.at(-1)).toMatchObject({ summary: { rolledBack: 'the loss is NaN at step 5' } })
  // The scalars that made the variables are the test's own.
  expect(tf.memory().numTensors - before).toBe(2)
})

test('a run that goes back halves the trust region too, and its recipe knows', async () => {
  const seen: (readonly [number, number, boolean])[] = []
  const recipe = recovering(async function* (
    spec: { rollback: boolean; learningRate: number; delta: number },
    run: Run,
  ): AsyncGenerator<TrainerEvent> {
    seen.push([spec.learningRate, spec.delta, run.goesBack === true])
    if (seen.length > 1) return
    yield (await checkpointEvent(run, 1, { models: {}, optimisers: {}, order: {} }, {}, null)).event
    throw diverged('the loss is NaN', 2, null)
  })
  const run = runIn(temporaryFolder())
  const events = await play(recipe({ rollback: true, learningRate: 1, delta: 0.1 }, run), run)
  expect(seen).toEqual([
    [1, 0.1, false],
    [0.5, 0.05, true],
  ])
  expect(events.at(-1)).toMatchObject({ type: 'rollback', message: expect.stringContaining('half of δ') })
})

test('a run that went back and was then stopped goes on as one that was not', async () => {
  const out = temporaryFolder()
  const spec = { rollback: true, learningRate: 1, bound: 0.6, checkpointEvery: 1 }
  const first = runIn(out, { steps: 5 })
  expect(told(await play(stepping(spec, first), first)).slice(-2)).toEqual(['5 at 0.5', 'checkpoint 5'])
  const second = runIn(out, { resume: true })
  const events = await play(stepping(spec, second), second)
  expect(told(events)).toEqual(['6 at 0.5', 'checkpoint 6', 'done'])
  expect(events.at(-1)).toMatchObject({ summary: { rolledBack: 'the loss is NaN at step 5' } })
})

test('a run that diverges again, has no checkpoint or may not go back fails', async () => {
  const failing = async (spec: Partial<Stepping>) => {
    const run = runIn(temporaryFolder())
    await play(
      stepping({ rollback: true, learningRate: 1, bound: 0.6, checkpointEvery: 2, ...spec }, run),
      run,
    )
  }
  const reason = { code: 'DIVERGED', message: 'the loss is NaN at step 5' }
  await expect(failing({ bound: 0.1 })).rejects.toMatchObject(reason)
  await expect(failing({ checkpointEvery: 100 })).rejects.toMatchObject(reason)
  await expect(failing({ rollback: false })).rejects.toMatchObject(reason)
})
