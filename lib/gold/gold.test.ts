import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Actor } from '../auth/actor.ts'
import { db } from '../db.ts'
import { type TestDatabase, testDatabase } from '../testing/database.ts'
import { makeComparisons, makeMember, makeWorkspace } from '../testing/fixtures.ts'
import { setGold, setGoldInput } from './set-gold.ts'
import { unsetGold } from './unset-gold.ts'

let database: TestDatabase
let actor: Actor
beforeAll(async () => {
  database = await testDatabase()
  actor = await makeMember((await makeWorkspace()).id, 'RESEARCHER')
})
afterAll(() => database?.drop())

const set = (input: object, by = actor) => setGold(by, setGoldInput.parse(input))

async function comparison(overlap = 2) {
  const [id] = (await makeComparisons(actor.workspaceId, { count: 1, size: 3, overlap })) as [string]
  const members = await db.comparisonCompletion.findMany({ where: { comparisonId: id } })
  return { id, members: members.map(({ completionId }) => completionId) as [string, string, string] }
}

const stored = (id: string) =>
  db.comparison.findUniqueOrThrow({ where: { id }, select: { kind: true, overlap: true, gold: true } })

test('a comparison turns gold where it stands, its answer can be changed, and it turns back', async () => {
  const { id, members } = await comparison()
  const [a, b, c] = members
  await set({ id, groups: [[a], [b, c]], note: ' B and C say the same. ' })
  expect(await stored(id)).toMatchObject({
    kind: 'GOLD',
    overlap: 1000,
    gold: {
      groups: [[a], [b, c]],
      allBad: false,
      note: 'B and C say the same.',
      overlap: 2,
      byId: actor.userId,
    },
  })
  await set({ id, groups: [], allBad: true })
  expect(await stored(id)).toMatchObject({ gold: { groups: [], allBad: true, note: null, overlap: 2 } })
  expect(await unsetGold(actor, { id })).toEqual({ id, overlap: 2 })
  expect(await stored(id)).toEqual({ kind: 'LABEL', overlap: 2, gold: null })
  const audited = await db.auditEvent.findMany({ where: { subject: id }, orderBy: { id: 'asc' } })
  expect(audited.map(({ action, detail }) => [action, (detail as { gold?: null }).gold])).toEqual([
    ['comparison.gold', undefined],
    ['comparison.gold', undefined],
    ['comparison.gold', null],
  ])
})

test('a comparison that more people took while it was gold wants that many afterwards', async () => {
  const { id, members } = await comparison(1)
  await set({ id, groups: [[members[0]], [members[1]]] })
  await db.comparison.update({ where: { id }, data: { taken: 5 } })
  expect(await unsetGold(actor, { id })).toEqual({ id, overlap: 5 })
})

test('answers that do not fit, other kinds, other workspaces and annotators are refused', async () => {
  const { id, members } = await comparison()
  const [a, b] = members
  for (const [groups, message] of [
    [[[a], ['x']], "'x' do not belong"],
    [[[a], [a, b]], 'occur more than once'],
    [[[a]], 'orders at least two'],
    [[], 'orders at least two'],
  ] as const) {
    await expect(set({ id, groups })).rejects.toThrow(message)
  }
  expect((await stored(id)).kind).toBe('LABEL')
  await expect(unsetGold(actor, { id })).rejects.toMatchObject({ code: 'CONFLICT' })
  const evaluation = await comparison()
  await db.comparison.update({ where: { id: evaluation.id }, data: { kind: 'EVALUATION' } })
  const [c, d] = evaluation.members
  await expect(set({ id: evaluation.id, groups: [[c], [d]] })).rejects.toMatchObject({ code: 'CONFLICT' })
  const groups = [[a], [b]]
  const stranger = await makeMember((await makeWorkspace()).id, 'RESEARCHER')
  await expect(set({ id, groups }, stranger)).rejects.toMatchObject({ code: 'NOT_FOUND' })
  const annotator = await makeMember(actor.workspaceId, 'ANNOTATOR')
  await expect(set({ id, groups }, annotator)).rejects.toMatchObject({ code: 'FORBIDDEN' })
  await expect(unsetGold(stranger, { id })).rejects.toMatchObject({ code: 'NOT_FOUND' })
})
