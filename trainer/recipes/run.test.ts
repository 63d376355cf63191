import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { runningEngine, startEngine } from '#trainer/engine/start.ts'
import { saveCheckpoint } from '#trainer/io/checkpoint.ts'
import { withoutFused } from '#trainer/nn/fused.ts'
import { checkpointEvent, findCheckpoint, unsupported } from './run.ts'
import { runIn, temporaryFolder } from './tiny.ts'

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
  await saved({ order: {}, state: {} })
  expect(warningsOf(out), 'a checkpoint that does not say').toEqual([])
})

test('activation checkpointing is warned of once, where the engine lacks it', () => {
  expect(withoutFused(() => unsupported({ activationCheckpointing: false }))).toEqual([])
  const [warning, ...others] = withoutFused(() => unsupported({ activationCheckpointing: true }))
  expect(warning?.message).toContain('activationCheckpointing has no effect')
  expect(others).toEqual([])
})
