import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Actor } from '../auth/actor.ts'
import { db } from '../db.ts'
import { launchRun, launchRunInput } from '../runs/launch.ts'
import { makeMember, makeWorkspace } from '../testing/fixtures.ts'
import { claimRun } from './claim.ts'
import { recordEvents } from './record-events.ts'
import { testInstallation, tinyModel, tinySettings } from './testing.ts'

let installation: Awaited<ReturnType<typeof testInstallation>>
let actor: Actor

beforeAll(async () => {
  installation = await testInstallation()
  actor = await makeMember((await makeWorkspace()).id, 'RESEARCHER')
})
afterAll(() => installation?.drop())

test('alarms are told in the log, and a rollback removes what was recorded of later steps', async () => {
  const input = { kind: 'SFT', name: 'tiny', config: { ...tinySettings, model: tinyModel } }
  const sftFile = '{"prompt":"say","completion":"good day"}'
  const { run } = await launchRun(actor, launchRunInput.parse({ ...input, sftFile }))
  const { id } = run
  const held = (await claimRun(id, 15))!
  const recorder = recordEvents(held)
  const step = (number: number, loss: number) =>
    recorder.add({ type: 'step', step: number, total: 4, metrics: { loss } })
  const rollback = { type: 'rollback', step: 2, message: 'the loss is NaN at step 4: going back' } as const
  const sample = (number: number, completion: string) =>
    recorder.add({ type: 'sample', step: number, prompt: 'p', completion, scores: {} })
  for (const number of [1, 2, 3]) await step(number, number)
  for (const completion of ['early', 'late']) await sample(completion === 'early' ? 2 : 3, completion)
  await recorder.add({ type: 'alarm', step: 3, kind: 'guard/kl', value: 21, limit: 20, message: 'too far' })
  await recorder.add(rollback)
  const { step: shown } = await db.run.findUniqueOrThrow({ where: { id } })
  expect(shown).toBe(2)
  await step(3, 30)
  await sample(3, 'again')
  await recorder.close()

  const where = { runId: id }
  const steps = await db.runStep.findMany({ where, orderBy: { step: 'asc' } })
  expect(steps.map(({ metrics }) => metrics)).toEqual([{ loss: 1 }, { loss: 2 }, { loss: 30 }])
  const samples = await db.sample.findMany({ where, orderBy: { step: 'asc' } })
  expect(samples.map(({ completion, index }) => [completion, index])).toEqual([
    ['early', 0],
    ['again', 0],
  ])
  // As what an earlier attempt did is recorded again: the steps go, and nothing is told twice.
  const again = recordEvents(held, { logs: false })
  await again.add(rollback)
  await again.close()
  expect(await db.runStep.count({ where })).toBe(2)
  const logs = await db.runLog.findMany({ where, orderBy: { id: 'asc' } })
  expect(logs.map(({ level, message }) => [level, message])).toEqual([
    ['warn', 'guard/kl at step 3: too far'],
    ['warn', 'the loss is NaN at step 4: going back'],
  ])
})
