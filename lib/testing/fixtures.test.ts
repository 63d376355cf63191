import { afterAll, beforeAll, expect, test } from 'vitest'
import { db } from '../db.ts'
import { type TestDatabase, testDatabase } from './database.ts'
import { makeComparisons, makeMember, makeRanking, makeRepeat, makeWorkspace } from './fixtures.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database?.drop())

test('rankings, repeated ones and gold ones are made as the product makes them', async () => {
  const { id } = await makeWorkspace()
  const actor = await makeMember(id, 'ANNOTATOR')
  const batch = { batch: 'round', goldRate: 0.25, repeatRate: 0.1 }
  const [comparison] = (await makeComparisons(id, { count: 1, size: 3, ...batch })) as [string]
  const [gold] = (await makeComparisons(id, { count: 1, batch: 'round', gold: true })) as [string]
  expect(await db.batch.findMany()).toMatchObject([{ goldRate: 0.25, repeatRate: 0.1 }])

  const ids = (await db.comparisonCompletion.findMany({ where: { comparisonId: comparison } })).map(
    (each) => each.completionId,
  )
  const { assignmentId } = await makeRanking(actor, comparison, [ids])
  const repeat = await makeRepeat(actor, comparison, [[ids[0]!], [ids[1]!]], { comment: 'again' })
  const golden = await db.comparison.findUniqueOrThrow({ where: { id: gold } })
  await makeRanking(actor, gold, (golden.gold as { groups: string[][] }).groups)

  const repeated = await db.comparison.findUniqueOrThrow({
    where: { id: repeat.comparisonId },
    include: { rankings: true, assignments: true, completions: { orderBy: { position: 'asc' } } },
  })
  expect(repeated).toMatchObject({
    kind: 'REPEAT',
    originalId: comparison,
    taken: 1,
    submitted: 1,
    overlap: 1,
  })
  expect(repeated.rankings).toMatchObject([{ comment: 'again', groups: [[ids[0]], [ids[1]]] }])
  const first = await db.assignment.findUniqueOrThrow({ where: { id: assignmentId } })
  expect(repeated.assignments[0]!.shownOrder).not.toEqual(first.shownOrder)
  expect([...repeated.assignments[0]!.shownOrder].sort()).toEqual([...first.shownOrder].sort())
  await expect(makeRanking(actor, comparison, [ids])).rejects.toThrow(/cannot be given/)
})
