import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TrainerEvent } from '#trainer/events.ts'
import type { Actor } from '../auth/actor.ts'
import { db } from '../db.ts'
import { claimRun } from '../jobs/claim.ts'
import { type HeldRun, recordEvents } from '../jobs/record-events.ts'
import { testDatabase } from '../testing/database.ts'
import { makeMember, makeWorkspace } from '../testing/fixtures.ts'
import { marksOf } from './marks.ts'
import { showRun } from './show-run.ts'
import { watchRun, watchRunInput } from './watch.ts'

let database: Awaited<ReturnType<typeof testDatabase>>
let actor: Actor
let run: HeldRun
beforeAll(async () => {
  database = await testDatabase()
  const { id: workspaceId } = await makeWorkspace()
  actor = await makeMember(workspaceId, 'RESEARCHER')
  const { id } = await db.run.create({ data: { workspaceId, name: 'r', kind: 'GRPO', config: {}, seed: 1 } })
  run = (await claimRun(id, 15))!
})
afterAll(() => database?.drop())

const step = (at: number): TrainerEvent => ({ type: 'step', step: at, total: 9, metrics: { loss: at } })
const alarm = (at: number, kind = 'guard/kl'): TrainerEvent => ({
  ...{ type: 'alarm', step: at, kind, value: 21, limit: 20 },
  message: 'the KL to the reference is 21 nats, its budget 20',
})
const back: TrainerEvent = {
  type: 'rollback',
  step: 2,
  message: 'the loss is NaN at step 5: going back to step 2 with half the learning rate, once',
}

async function record(...events: TrainerEvent[]) {
  const recorder = recordEvents(run)
  for (const event of events) await recorder.add(event)
  await recorder.close()
}

test('alarms are marked at their steps, those taken back by a roll-back are not, and it is marked itself', async () => {
  await record(step(1), alarm(1, 'guard/length'), step(2), step(3), alarm(3), step(4))
  expect((await showRun(actor, { id: run.id })).marks.map(({ kind, step }) => [kind, step])).toEqual([
    ['guard/length', 1],
    ['guard/kl', 3],
  ])

  // Somebody watches, has seen step 4, and is told to go back to 2 before the steps after it come again.
  const stop = new AbortController()
  const seen = watchRunInput.parse({ id: run.id })
  const events = await watchRun(actor, seen, stop.signal)
  const told: string[] = []
  const until = async (last: string) => {
    for (let entry = await events.next(); !entry.done; entry = await events.next()) {
      const { event, data } = entry.value
      if (event === 'step') told.push(`step ${data.step}`)
      if (event === 'log') told.push(data.message)
      if (told.at(-1) === last) return
    }
  }
  await until('step 4')
  await record(back, step(3), step(4), step(5), alarm(4))
  await until('step 5')
  stop.abort()
  await events.return(undefined)
  expect(told.slice(4)).toEqual([
    back.type === 'rollback' ? back.message : '',
    expect.stringContaining('guard/kl at step 4'),
    'step 3',
    'step 4',
    'step 5',
  ])
  expect((await showRun(actor, { id: run.id })).marks).toEqual([
    expect.objectContaining({ kind: 'guard/length', step: 1 }),
    { kind: 'rollback', step: 2, message: 'the loss is NaN at step 5' },
    { kind: 'guard/kl', step: 4, message: 'the KL to the reference is 21 nats, its budget 20' },
  ])
})

test('a line of a resumed run that repeats an alarm marks it once, and other lines mark nothing', () => {
  const line = { message: 'guard/gold at step 10: the gold judge gives 1 after 2' }
  const back = { message: 'the loss is NaN at step 12: going back to step 10 with half the learning rate' }
  const log = [line, { message: 'guard/kl at step 11: far' }, back, { message: 'guard/kl at step 12: far' }]
  expect(marksOf(log, marksOf(log))).toEqual(marksOf(log))
  expect(marksOf([line, { message: 'engine cpu 4.22 fp32 on CPU' }, line])).toHaveLength(1)
})
