import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { claimAdjudication, claimAdjudicationInput } from '../adjudication/claim-adjudication.ts'
import type { Actor } from '../auth/actor.ts'
import { rank } from '../datasets/testing-rankings.ts'
import { db } from '../db.ts'
import { setGold, setGoldInput } from '../gold/set-gold.ts'
import { submit, submitInput } from '../rankings/submit.ts'
import { type TestDatabase, testDatabase } from '../testing/database.ts'
import { makeComparisons, makeMember, makeWorkspace } from '../testing/fixtures.ts'
import { showComparison } from './show-comparison.ts'

let database: TestDatabase
let researcher: Actor
let annotator: Actor
beforeAll(async () => {
  database = await testDatabase()
  const { id } = await makeWorkspace()
  researcher = await makeMember(id, 'RESEARCHER', 'Ro')
  annotator = await makeMember(id, 'ANNOTATOR', 'Ada')
})
afterAll(() => database?.drop())

async function ranked() {
  const [id] = (await makeComparisons(researcher.workspaceId, { count: 1, size: 2, overlap: 1 })) as [string]
  await rank(annotator, id, [[0], [1]], { edit: { of: 1, text: 'A better one' } })
  await db.comparison.update({ where: { id }, data: { taken: 1, submitted: 1 } })
  const members = await db.comparisonCompletion.findMany({
    where: { comparisonId: id },
    orderBy: { position: 'asc' },
  })
  const [a, b] = members.map(({ completionId }) => completionId) as [string, string]
  return { id, a, b }
}

test('an edit stands beside the groups, and what was never said is null', async () => {
  const { id, a, b } = await ranked()
  const shown = await showComparison(researcher, { id })
  expect(shown.rankings).toMatchObject([
    { groups: [[a], [b]], edit: { completionId: b, text: 'A better one' }, superseded: false },
  ])
  expect(shown.completions.map((completion) => completion.id)).toEqual([a, b])
  expect(shown).toMatchObject({
    decision: null,
    deciding: null,
    gold: null,
    reason: null,
    requeuedAt: null,
    originalId: null,
    disagreement: null,
    assignees: [],
  })
})

test('who is deciding is told, then the decision; and a copy names what it is of', async () => {
  const { id, a, b } = await ranked()
  const input = claimAdjudicationInput.parse({ comparisonId: id })
  const { assignment } = await claimAdjudication(researcher, input)
  expect(await showComparison(researcher, { id })).toMatchObject({ deciding: { name: 'Ro' }, decision: null })
  const answer = {
    assignmentId: assignment!.id,
    groups: [[b], [a]],
    millisecondsSpent: 5,
    idempotencyKey: randomUUID(),
  }
  await submit(researcher, submitInput.parse(answer))
  expect(await showComparison(researcher, { id })).toMatchObject({
    deciding: null,
    decision: { groups: [[b], [a]], annotator: { name: 'Ro' } },
  })
  expect(await showComparison(researcher, { id: assignment!.comparisonId })).toMatchObject({
    kind: 'ADJUDICATION',
    originalId: id,
  })
})

test('the gold answer comes with its author, and why and for whom a comparison is', async () => {
  const { id, a, b } = await ranked()
  await setGold(researcher, setGoldInput.parse({ id, groups: [[b], [a]], note: 'B is right.' }))
  const reason = { by: 'random', value: null, text: 'Drawn at random.' }
  await db.comparison.update({
    where: { id },
    data: { reason, assigneeIds: [annotator.userId], requeuedAt: new Date(0) },
  })
  expect(await showComparison(researcher, { id })).toMatchObject({
    kind: 'GOLD',
    gold: { groups: [[b], [a]], note: 'B is right.', by: { name: 'Ro' }, overlap: 1 },
    reason,
    assignees: [{ name: 'Ada' }],
    requeuedAt: new Date(0),
  })
})
