import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestDatabase, testDatabase } from '../testing/database.ts'
import { makeComparisons, makeMember, makeRanking, makeWorkspace } from '../testing/fixtures.ts'
import { claim } from './claim.ts'
import { progressOf } from './progress.ts'
import { skip } from './skip.ts'
import { submit, submitInput } from './submit.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database?.drop())

test.each([
  [1, 0],
  [2, 0],
  [1, 0.25],
])(
  'of over a thousand with overlap %i and gold at %d, what I do shows at once and exactly',
  async (overlap, goldRate) => {
    const { id } = await makeWorkspace()
    const actor = await makeMember(id, 'ANNOTATOR')
    await makeComparisons(id, { count: 1005, overlap, batch: 'round', goldRate })
    await makeComparisons(id, { count: 4, batch: 'round', gold: true })
    const before = await progressOf(actor, null)
    expect(before).toMatchObject({ mine: 0, done: 0, remainingForMe: 1005 + (goldRate ? 4 : 0) })
    for (let served = 0; served < 12; served++) {
      const { assignment, progress } = await claim(actor, { hold: 2 })
      const expected = {
        ...before,
        mine: served,
        done: served,
        remainingForMe: before.remainingForMe - served,
      }
      expect(progress).toEqual(expected)
      expect(await progressOf(actor, null, { exact: served % 4 === 0 })).toEqual(expected)
      const groups = [assignment!.completions.map((each) => each.id)]
      const answer = {
        assignmentId: assignment!.id,
        groups,
        millisecondsSpent: 1,
        idempotencyKey: randomUUID(),
      }
      await submit(actor, submitInput.parse(answer))
    }
    const { assignment } = await claim(actor, { hold: 2 })
    const skipped = await skip(actor, { assignmentId: assignment!.id, reason: 'x' })
    expect(skipped.progress).toEqual({
      ...before,
      mine: 12,
      done: 12,
      remainingForMe: before.remainingForMe - 13,
    })
  },
)

test('counts what others do, a second late at most where there is much to count', async () => {
  const { id } = await makeWorkspace()
  const [ann, bob] = [await makeMember(id, 'ANNOTATOR'), await makeMember(id, 'ANNOTATOR')]
  const comparisons = await makeComparisons(id, { count: 1001 })
  const before = await progressOf(ann, null)
  await makeRanking(bob, comparisons[0]!, [], { allBad: true })
  expect(await progressOf(ann, null, { exact: true })).toEqual({
    mine: 0,
    done: 1,
    total: before.total,
    remainingForMe: before.remainingForMe - 1,
  })
})
