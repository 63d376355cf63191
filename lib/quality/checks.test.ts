import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Actor } from '../auth/actor.ts'
import { rank } from '../datasets/testing-rankings.ts'
import { db } from '../db.ts'
import { type TestDatabase, testDatabase } from '../testing/database.ts'
import { makeComparisons, makeMember, makeWorkspace } from '../testing/fixtures.ts'
import { type Check, goldTrend } from './checks.ts'
import { exportQuality } from './export-quality.ts'
import { overview } from './overview.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database?.drop())

async function people() {
  const workspace = await makeWorkspace()
  const [researcher, ada, bo] = (await Promise.all([
    makeMember(workspace.id, 'RESEARCHER'),
    makeMember(workspace.id, 'ANNOTATOR', 'Ada'),
    makeMember(workspace.id, 'ANNOTATOR', 'Bo'),
  ])) as [Actor, Actor, Actor]
  return { workspace, researcher, ada, bo }
}

const idsOf = async (comparisonId: string) =>
  (await db.comparisonCompletion.findMany({ where: { comparisonId }, orderBy: { position: 'asc' } })).map(
    ({ completionId }) => completionId,
  )

/** The same completions again, as another kind. */
async function copyOf(originalId: string, kind: 'REPEAT' | 'ADJUDICATION'): Promise<string> {
  const { workspaceId, promptId, batchId } = await db.comparison.findUniqueOrThrow({
    where: { id: originalId },
  })
  const ids = await idsOf(originalId)
  const completions = { create: ids.map((completionId, position) => ({ completionId, position })) }
  return (
    await db.comparison.create({ data: { workspaceId, promptId, batchId, kind, originalId, completions } })
  ).id
}

const at = (minutes: number) => ({ createdAt: new Date(Date.UTC(2026, 4, 6, 10, minutes)) })

test('gold, repeated and adjudicated items are checks, and no votes', async () => {
  const { workspace, researcher, ada, bo } = await people()
  const [plain, gold, bad] = (await makeComparisons(workspace.id, {
    count: 3,
    size: 3,
    overlap: 2,
    batch: 'one',
  })) as [string, string, string]
  const [a, b, c] = await idsOf(gold)
  const answer = { note: null, overlap: 2, byId: researcher.userId, at: new Date().toISOString() }
  const turn = (id: string, data: object) =>
    db.comparison.update({ where: { id }, data: { kind: 'GOLD', gold: { ...answer, ...data } } })
  await turn(gold, { groups: [[a], [b], [c]], allBad: false })
  await turn(bad, { groups: [], allBad: true })

  const first = await rank(ada, plain, [[0], [1], [2]], at(0))
  await rank(bo, plain, [[2], [1], [0]], at(1))
  await rank(ada, gold, [[0], [1], [2]], at(2))
  await rank(bo, gold, [[1], [0, 2]], at(3))
  const found = await rank(bo, bad, [[0], [1]], at(4))
  await db.$executeRaw`alter table "Ranking" disable trigger user`
  await db.ranking.update({ where: { id: found }, data: { allBad: true } })
  await db.$executeRaw`alter table "Ranking" enable trigger user`
  // Ada repeats herself but for one pair; what she makes of the original afterwards does not matter.
  const repeat = await copyOf(plain, 'REPEAT')
  await rank(ada, repeat, [[0], [2], [1]], at(5))
  await rank(ada, plain, [[2], [1], [0]], { ...at(6), supersedes: first })
  // The researcher decides with an answer of her own besides: 0 > 1 > 2.
  const decided = await rank(researcher, await copyOf(plain, 'ADJUDICATION'), [[0], [1], [2]], at(7))
  expect(decided).toBeTruthy()

  const now = new Date(Date.UTC(2026, 4, 7))
  const all = await overview(researcher, {}, now)
  expect(all).toMatchObject({
    // Of `plain` only: Ada's later ranking and Bo's, which are the same.
    rankings: 2,
    comparisons: 1,
    agreement: { rate: 1, n: 3, items: 1 },
    // Ada 3 of 3; Bo: ab wrong, ac a tie, bc right.
    gold: { rate: 4.5 / 6, n: 6, items: 2 },
    goldTrend: null,
    allBadFound: { rate: 1, n: 1 },
    allBadSpared: { rate: 1, n: 2 },
    repeated: { rate: 2 / 3, n: 3, items: 1 },
    // Both order all three pairs the other way.
    adjudicated: { rate: 0, n: 6, items: 2 },
    // Ada's three and Bo's three, on the day before; the researcher's is no annotator's.
    answered: 6,
    today: 0,
    thisWeek: 6,
  })
  // τ of 0 > 1 > 2 and 0 > 2 > 1: (2 − 1) / 3.
  expect(all.repeatedTau!.value).toBeCloseTo(1 / 3, 12)
  expect(all.annotators.map(({ name, gold, repeated }) => [name, gold!.rate, repeated?.rate])).toEqual([
    ['Ada', 1, 2 / 3],
    ['Bo', 0.5, undefined],
  ])
  // Ada's three answers and the changed one: 1 s at first, then 2, 3 and 1 minutes.
  expect(all.annotators[0]).toMatchObject({ answered: 3, activeHours: (1 + 120 + 180 + 60) / 3600 })
  expect(all.batches).toMatchObject([{ name: 'one', gold: { n: 6 } }])
  expect(await overview(researcher, { tag: 'none' }, now)).toMatchObject({ gold: null, answered: 0 })

  const { text } = await exportQuality(researcher, { format: 'csv' })
  expect(text).toContain('all,,,gold_accuracy,0.75,')
  expect(text).toMatch(/annotator,[^,]+,Ada,repeats_alike,0\.666/)
  expect(text).toMatch(/all,,,adjudicated_alike,0,0,[\d.]+,2\r/)
})

test('edits, skips with their reasons and flags with their comparisons are told', async () => {
  const { workspace, researcher, ada, bo } = await people()
  const [one, two] = (await makeComparisons(workspace.id, { count: 2, overlap: 2 })) as [string, string]
  const [best] = await idsOf(one)
  const { promptId } = await db.comparison.findUniqueOrThrow({ where: { id: one } })
  const edit = await db.completion.create({
    data: {
      workspaceId: workspace.id,
      promptId,
      text: 'Better',
      source: 'edit',
      editedFromId: best,
      contentHash: 'better',
    },
  })
  const ranking = await rank(ada, one, [[0], [1]], {
    flags: [
      { target: 'prompt', flag: 'harmful' },
      { target: 1, flag: 'harmful' },
    ],
  })
  await db.$executeRaw`alter table "Ranking" disable trigger user`
  await db.$executeRaw`update "Ranking" set "editId" = ${edit.id}, groups = ${JSON.stringify([[edit.id]])}::jsonb || groups where id = ${ranking}`
  await db.$executeRaw`alter table "Ranking" enable trigger user`
  await rank(bo, one, [[0], [1]], { flags: [{ target: 0, flag: 'personal data' }] })
  await db.assignment.create({
    data: {
      workspaceId: workspace.id,
      comparisonId: two,
      annotatorId: bo.userId,
      status: 'SKIPPED',
      skipReason: 'I cannot judge this',
      leaseUntil: new Date(),
      finishedAt: new Date(),
    },
  })
  const found = await overview(researcher, {})
  expect(found).toMatchObject({
    edited: 1,
    // The edit is no member: the two agree on the one pair, and the first shown won both times.
    agreement: { rate: 1, n: 1 },
    firstShown: { rate: 1, n: 2 },
    skips: [{ reason: 'I cannot judge this', count: 1 }],
    flags: [
      { flag: 'harmful', prompts: 1, responses: 1, comparisons: [{ id: one }] },
      { flag: 'personal data', prompts: 0, responses: 1 },
    ],
  })
  const { text } = await exportQuality(researcher, { format: 'csv' })
  expect(text).toContain('skip reason,,I cannot judge this,skipped,1,,,')
  expect(text).toContain('flag,,harmful,flagged_comparisons,1,,,')
})

test('fatigue is the last twenty gold items against those before, of those with five before', () => {
  const check = (annotatorId: string, credit: number): Check => ({
    against: 'gold',
    annotatorId,
    batchId: null,
    tags: [],
    tau: null,
    keyAllBad: false,
    allBad: false,
    credit,
    weight: 1,
  })
  const ada = [...Array(30).fill(1), ...Array(10).fill(1), ...Array(10).fill(0)].map((credit) =>
    check('ada', credit),
  )
  // 30 of 30 before, 10 of the last 20.
  const trend = goldTrend(ada)!
  expect(trend).toMatchObject({ recent: { rate: 0.5, n: 20 }, before: { rate: 1, n: 30 }, value: -0.5 })
  expect(trend.high).toBeLessThan(0)
  // Bo has too few before: he does not count.
  const bo = Array.from({ length: 24 }, () => check('bo', 1))
  expect(goldTrend(bo)).toBeNull()
  expect(goldTrend([...ada, ...bo])).toEqual(trend)
})
