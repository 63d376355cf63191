import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { rank } from '../datasets/testing-rankings.ts'
import { db } from '../db.ts'
import { claim } from '../rankings/claim.ts'
import { skip } from '../rankings/skip.ts'
import { submit, submitInput } from '../rankings/submit.ts'
import { undo } from '../rankings/undo.ts'
import { type TestDatabase, testDatabase } from '../testing/database.ts'
import { makeComparisons, makeMember, makeWorkspace } from '../testing/fixtures.ts'
import { exportQuality } from './export-quality.ts'
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

test('figures stand by tag, batch and time, and the export has them all, one a line', async () => {
  const workspace = await makeWorkspace()
  const [researcher, ada, bo] = await Promise.all([
    makeMember(workspace.id, 'RESEARCHER'),
    makeMember(workspace.id, 'ANNOTATOR', '=Ada'),
    makeMember(workspace.id, 'ANNOTATOR', 'Bo "the" B'),
  ])
  const ids = await makeComparisons(workspace.id, { count: 3, size: 3, overlap: 2, batch: 'one' })
  const tagged = await db.comparison.findUniqueOrThrow({ where: { id: ids[0]! } })
  await db.prompt.update({ where: { id: tagged.promptId }, data: { tags: ['refund', 'late'] } })
  const hour = 3_600_000
  for (const [index, id] of ids.entries()) {
    const createdAt = new Date(Date.UTC(2026, 2, 2) + index * 30 * hour)
    await rank(ada!, id, [[0], [1], [2]], { createdAt })
    await rank(bo!, id, index === 2 ? [[2], [1], [0]] : [[0], [1], [2]], { createdAt })
  }
  const found = await overview(researcher!, {})
  expect(found).toMatchObject({
    rankings: 6,
    comparisons: 3,
    agreement: { n: 9 },
    tagNames: ['late', 'refund'],
  })
  // τ: 1, 1 and −1.
  expect(found.tau!.value).toBeCloseTo(1 / 3, 12)
  expect(found.tags.map(({ name, rankings, agreement }) => [name, rankings, agreement?.rate])).toEqual([
    ['late', 2, 1],
    ['refund', 2, 1],
  ])
  expect(found.batches).toMatchObject([{ name: 'one', rankings: 6 }])
  expect(found.overTime.unit).toBe('six hours')
  expect(found.overTime.periods.map(({ agreement }) => agreement!.rate)).toEqual([1, 1, 0])
  expect(await overview(researcher!, { tag: 'refund' })).toMatchObject({ rankings: 2, comparisons: 1 })

  const { text, fileName } = await exportQuality(researcher!, { format: 'csv' })
  const lines = text.trimEnd().split('\r\n')
  expect(fileName).toBe('quality.csv')
  expect(lines[0]).toBe('scope,id,name,figure,value,low,high,n')
  expect(lines).toContain('all,,,rankings,6,,,')
  expect(lines.find((line) => line.startsWith('all,,,kendall_tau_b,0.333'))).toMatch(/,3$/)
  // One comparison of the tag, three pairs, all alike: chance is ½, so both are 1, and one comparison has no interval.
  for (const figure of ['alpha', 'fleiss_kappa', 'kendall_tau_b'])
    expect(lines).toContain(`tag,refund,refund,${figure},1,,,1`)
  expect(lines.find((line) => line.startsWith('tag,refund,refund,first_shown_best,'))).toMatch(
    /^[^,]+,[^,]+,[^,]+,[^,]+,1,0\.34\d*,1,2$/,
  )
  // A name that a spreadsheet would compute is text; quotes are doubled.
  expect(text).toContain(`annotator,${ada!.userId},'=Ada,rankings,3,,,`)
  expect(text).toContain(`annotator,${bo!.userId},"Bo ""the"" B",rankings,3,,,`)
  const json = await exportQuality(researcher!, { format: 'json' })
  expect(JSON.parse(json.text)).toMatchObject({ rankings: 6 })
  await expect(exportQuality(ada!, { format: 'csv' })).rejects.toMatchObject({ code: 'FORBIDDEN' })
})
