import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { claim } from '../rankings/claim.ts'
import { skip } from '../rankings/skip.ts'
import { submit, submitInput } from '../rankings/submit.ts'
import { undo } from '../rankings/undo.ts'
import { type TestDatabase, testDatabase } from '../testing/database.ts'
import { makeComparisons, makeMember, makeWorkspace } from '../testing/fixtures.ts'
import { overview } from './overview.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database?.drop())

test('the overview counts current rankings only, of this workspace and batch only', async () => {
  const workspace = await makeWorkspace()
  const [researcher, ada, bo] = await Promise.all([
    makeMember(workspace.id, 'RESEARCHER'),
    makeMember(workspace.id, 'ANNOTATOR', 'Ada'),
    makeMember(workspace.id, 'ANNOTATOR', 'Bo'),
  ])
  const [comparison] = await makeComparisons(workspace.id, { count: 1, overlap: 2, batch: 'one' })
  await makeComparisons(workspace.id, { count: 1, overlap: 2, batch: 'two' })
  const answer = (assignmentId: string, ids: string[], millisecondsSpent: number) =>
    submitInput.parse({
      assignmentId,
      groups: ids.map((id) => [id]),
      millisecondsSpent,
      idempotencyKey: randomUUID(),
    })

  const { assignment } = await claim(ada!, { batch: 'one' })
  expect(assignment!.comparisonId).toBe(comparison)
  const shown = assignment!.completions.map(({ id }) => id)
  await submit(ada!, answer(assignment!.id, shown.toReversed(), 9000))
  await undo(ada!, {})
  await submit(ada!, answer(assignment!.id, shown, 3000))
  const other = await claim(bo!, { batch: 'one' })
  await submit(bo!, answer(other.assignment!.id, shown, 5000))
  const third = await claim(bo!, { batch: 'two' })
  await skip(bo!, { assignmentId: third.assignment!.id, reason: 'unclear' })

  const found = await overview(researcher!, { batch: 'one' })
  expect(found).toMatchObject({
    rankings: 2,
    medianSeconds: 4,
    agreement: { rate: 1, n: 1 },
    expectedFirstShown: 0.5,
  })
  expect(found.annotators).toMatchObject([
    { name: 'Ada', rankings: 1, medianSeconds: 3, firstShown: { rate: 1, n: 1 }, skipped: 0 },
    { name: 'Bo', rankings: 1, medianSeconds: 5, skipped: 0 },
  ])
  expect(found.agreementPairs).toMatchObject([{ agreement: { rate: 1, n: 1 } }])
  expect((await overview(researcher!, { batch: 'two' })).annotators).toMatchObject([
    { name: 'Bo', skipped: 1 },
  ])

  const stranger = await makeMember((await makeWorkspace()).id, 'RESEARCHER')
  expect(await overview(stranger, {})).toMatchObject({ rankings: 0, medianSeconds: null, annotators: [] })
})
