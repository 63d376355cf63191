import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Actor } from '../auth/actor.ts'
import { rank } from '../datasets/testing-rankings.ts'
import { type Database, db } from '../db.ts'
import { renew } from '../rankings/renew.ts'
import { inScope } from '../rankings/scope.ts'
import { skip } from '../rankings/skip.ts'
import { submit, submitInput } from '../rankings/submit.ts'
import { type TestDatabase, testDatabase } from '../testing/database.ts'
import { makeComparisons, makeMember, makeWorkspace } from '../testing/fixtures.ts'
import { claimAdjudication, claimAdjudicationInput } from './claim-adjudication.ts'
import { disagreementOf, disagreements } from './disagreement.ts'
import { listAdjudications, listAdjudicationsInput } from './list-adjudications.ts'
import { reopenDecision, reopenDecisionInput } from './reopen-decision.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database?.drop())

interface Bench {
  workspaceId: string
  researchers: Actor[]
  annotators: Actor[]
}

async function bench(researchers = 2, annotators = 3): Promise<Bench> {
  const { id } = await makeWorkspace()
  const people = (role: 'RESEARCHER' | 'ANNOTATOR', count: number) =>
    Promise.all(Array.from({ length: count }, (_, index) => makeMember(id, role, `${role} ${index}`)))
  return {
    workspaceId: id,
    researchers: await people('RESEARCHER', researchers),
    annotators: await people('ANNOTATOR', annotators),
  }
}

/** Comparisons that the annotators ranked, each by as many as it has orders. */
async function ranked(
  { workspaceId, annotators }: Bench,
  orders: number[][][][],
  { size = 3, overlap, batch = 'first' }: { size?: number; overlap?: number; batch?: string } = {},
): Promise<string[]> {
  const ids = await makeComparisons(workspaceId, { count: orders.length, size, batch })
  for (const [index, id] of ids.entries()) {
    const said = orders[index]!
    for (const [who, groups] of said.entries()) await rank(annotators[who]!, id, groups)
    const counts = { taken: said.length, submitted: said.length, overlap: overlap ?? said.length }
    await db.comparison.update({ where: { id }, data: counts })
  }
  return ids
}

const take = (actor: Actor, input: object = {}) =>
  claimAdjudication(actor, claimAdjudicationInput.parse(input))
const list = (actor: Actor, input: object = {}) =>
  listAdjudications(actor, listAdjudicationsInput.parse(input))

type Claimed = NonNullable<Awaited<ReturnType<typeof take>>['assignment']>

const decide = (actor: Actor, assignment: Claimed) =>
  submit(
    actor,
    submitInput.parse({
      assignmentId: assignment.id,
      groups: assignment.completions.map(({ id }) => [id]),
      millisecondsSpent: 10,
      idempotencyKey: randomUUID(),
    }),
  )

const expire = ({ id }: { id: string }) =>
  db.assignment.update({ where: { id }, data: { leaseUntil: new Date(Date.now() - 1000) } })

const forward = [[0], [1], [2]]
const backward = [[2], [1], [0]]

describe('disagreement', () => {
  test('is the share of verdicts on pairs that name opposite winners, a tie against a winner counting half', async () => {
    const its = await bench()
    const ids = await ranked(its, [
      [forward, forward],
      [forward, backward],
      // One of three pairs turned round.
      [forward, [[1], [0], [2]]],
      // Three annotators: 2 of 3 pairs of them differ on every pair of completions.
      [forward, forward, backward],
      // Two of three pairs tie against a winner: (½ + ½ + 0) / 3.
      [forward, [[0, 1, 2]]],
      // Only 0 and 1 have two verdicts.
      [forward, [[1], [0]]],
      [[[0]], [[1]]],
      [forward],
    ])
    const found = await Promise.all(ids.map((id) => disagreementOf(db, its.workspaceId, id)))
    expect(found).toEqual([0, 1, expect.closeTo(1 / 3, 12), expect.closeTo(2 / 3, 12), 0.5, 1, null, null])
  })

  test('knows neither superseded rankings nor edits', async () => {
    const its = await bench()
    const [id] = await ranked(its, [[forward]])
    const [, second] = its.annotators
    const first = await rank(second!, id!, backward)
    await rank(second!, id!, forward, { supersedes: first, edit: { of: 2, text: 'better' } })
    await db.comparison.update({ where: { id: id! }, data: { submitted: 2, taken: 2, overlap: 2 } })
    expect(await disagreementOf(db, its.workspaceId, id!)).toBe(0)
  })
})

test('rankings are read once, also where the disagreement is asked for again, and anew when they change', async () => {
  const its = await bench()
  const ids = await ranked(its, [
    [forward, backward],
    [forward, forward],
    [forward, [[1], [0], [2]]],
  ])
  let read = 0
  const watched = {
    $queryRaw: async (...query: Parameters<Database['$queryRaw']>) => {
      const rows = await db.$queryRaw<object[]>(...query)
      read += rows.filter((row) => 'said' in row).length
      return rows
    },
  } as unknown as Database
  const found = async () =>
    new Map(
      (await disagreements(watched, inScope(its.workspaceId, null))).map((one) => [one.id, one.disagreement]),
    )
  const first = await found()
  expect(ids.map((id) => first.get(id))).toEqual([1, 0, expect.closeTo(1 / 3, 12)])
  expect(read).toBe(3)
  expect(await found()).toEqual(first)
  expect(read).toBe(3)
  const { id: before } = await db.ranking.findFirstOrThrow({
    where: { comparisonId: ids[1]!, annotatorId: its.annotators[1]!.userId },
  })
  await rank(its.annotators[1]!, ids[1]!, backward, { supersedes: before })
  expect((await found()).get(ids[1]!)).toBe(1)
  expect(read).toBe(4)
})

describe('the list', () => {
  test('shows complete disagreements worst first, page by page, and all of them when asked', async () => {
    const its = await bench()
    const [actor] = its.researchers as [Actor]
    const [none, worst, mild] = (await ranked(its, [
      [forward, forward],
      [forward, backward],
      [forward, [[1], [0], [2]]],
    ])) as [string, string, string]
    const [early] = (await ranked(its, [[forward, forward, backward]], { overlap: 5, batch: 'second' })) as [
      string,
    ]
    const { items, total, nextCursor } = await list(actor)
    expect(items.map(({ id }) => id)).toEqual([worst, mild])
    expect({ total, nextCursor }).toEqual({ total: 2, nextCursor: null })
    expect(items[0]).toMatchObject({
      rankings: 2,
      disagreement: 1,
      state: 'open',
      by: null,
      size: 3,
      batch: { name: 'first' },
    })
    const all = await list(actor, { all: 'true' })
    expect(all.items.map(({ id }) => id)).toEqual([worst, early, mild])
    expect(all.items.map(({ id }) => id)).not.toContain(none)
    expect((await list(actor, { all: 'true', batch: 'second' })).items).toHaveLength(1)
    const first = await list(actor, { all: 'true', limit: 2 })
    const rest = await list(actor, { all: 'true', limit: 2, cursor: first.nextCursor })
    expect([...first.items, ...rest.items].map(({ id }) => id)).toEqual([worst, early, mild])
    expect(rest).toMatchObject({ total: 3, nextCursor: null })
    await expect(list(actor, { cursor: 'x' })).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    await expect(list(its.annotators[0]!)).rejects.toMatchObject({ code: 'FORBIDDEN' })
    expect((await list((await bench()).researchers[0]!)).items).toEqual([])
  })

  test('what is decided moves to the other list and stays there when more rankings come', async () => {
    const its = await bench()
    const [actor] = its.researchers as [Actor]
    const [id] = (await ranked(its, [[forward, backward]])) as [string]
    const { assignment } = await take(actor)
    expect((await list(actor)).items).toMatchObject([{ id, state: 'held', by: { name: actor.name } }])
    await decide(actor, assignment!)
    await rank(its.annotators[2]!, id, backward)
    await db.comparison.update({ where: { id }, data: { submitted: 3, taken: 3, overlap: 3 } })
    expect((await list(actor)).items).toEqual([])
    const done = await list(actor, { state: 'done' })
    expect(done.items).toMatchObject([{ id, state: 'done', by: { name: actor.name }, rankings: 3 }])
    expect(done.items[0]!.decidedAt).toBeInstanceOf(Date)
    expect((await take(actor)).assignment).toBeNull()
  })
})

describe('a claim', () => {
  test('gives the worst disagreement with what was said of it, nobody named, and looks like any other item', async () => {
    const its = await bench()
    const [actor] = its.researchers as [Actor]
    const [mild, worst] = (await ranked(its, [
      [forward, [[1], [0], [2]]],
      [forward, backward],
    ])) as [string, string]
    const { assignment, upcoming, progress } = await take(actor, { hold: 2 })
    expect(progress).toEqual({ mine: 0, done: 0, total: 2, remainingForMe: 2 })
    const copy = await db.comparison.findUniqueOrThrow({ where: { id: assignment!.comparisonId } })
    expect(copy).toMatchObject({
      kind: 'ADJUDICATION',
      originalId: worst,
      overlap: 1,
      taken: 1,
      assigneeIds: [actor.userId],
    })
    expect(assignment!.kind).toBe('LABEL')
    expect(assignment!.opinions).toHaveLength(2)
    expect(Object.keys(assignment!.opinions[0]!).sort()).toEqual([
      'allBad',
      'comment',
      'flags',
      'groups',
      'strength',
    ])
    const members = await db.comparisonCompletion.findMany({
      where: { comparisonId: worst },
      orderBy: { position: 'asc' },
    })
    const order = (groups: number[][]) => groups.map((group) => group.map((at) => members[at]!.completionId))
    const said = assignment!.opinions.map(({ groups }) => groups)
    expect(said).toHaveLength(2)
    expect(said).toEqual(expect.arrayContaining([order(forward), order(backward)]))
    expect(assignment!.completions.map(({ id }) => id).sort()).toEqual(
      members.map(({ completionId }) => completionId).sort(),
    )
    expect(upcoming).toHaveLength(1)
    const next = await db.comparison.findUniqueOrThrow({ where: { id: upcoming[0]!.comparisonId } })
    expect(next.originalId).toBe(mild)
    // A reload gives the same.
    const again = await take(actor, { hold: 2 })
    expect(again.assignment!.id).toBe(assignment!.id)
    expect(again.upcoming.map(({ id }) => id)).toEqual([upcoming[0]!.id])
    expect(await db.auditEvent.count({ where: { action: 'adjudication.claim' } })).toBeGreaterThanOrEqual(2)
  })

  test('of somebody whose lease ran out passes to another, and the first has lost it', async () => {
    const its = await bench()
    const [first, second] = its.researchers as [Actor, Actor]
    await ranked(its, [[forward, backward]])
    const { assignment: had } = await take(first)
    expect((await take(second)).assignment).toBeNull()
    await expire(had!)
    const { assignment: has } = await take(second)
    expect(has!.comparisonId).toBe(had!.comparisonId)
    const copy = await db.comparison.findUniqueOrThrow({ where: { id: has!.comparisonId } })
    expect(copy).toMatchObject({ taken: 1, assigneeIds: [second.userId] })
    await expect(renew(first, { assignmentId: had!.id })).rejects.toMatchObject({ code: 'LEASE_LOST' })
    await expect(decide(first, had!)).rejects.toMatchObject({ code: 'LEASE_LOST' })
    await decide(second, has!)
    expect((await take(first)).progress).toEqual({ mine: 0, done: 1, total: 1, remainingForMe: 0 })
  })

  test('after a skip is not offered to that researcher again, but to others', async () => {
    const its = await bench()
    const [first, second] = its.researchers as [Actor, Actor]
    await ranked(its, [[forward, backward]])
    const { assignment } = await take(first)
    await skip(first, { assignmentId: assignment!.id, reason: 'not my subject' })
    expect(await take(first)).toMatchObject({ assignment: null, progress: { total: 1, remainingForMe: 0 } })
    expect((await take(second)).assignment!.comparisonId).toBe(assignment!.comparisonId)
  })

  test('of a named comparison comes first; a decided one is reopened to its researcher only', async () => {
    const its = await bench()
    const [actor, other] = its.researchers as [Actor, Actor]
    const [agreed] = (await ranked(its, [[forward, forward]])) as [string]
    await ranked(its, [[forward, backward]])
    const [bare] = await makeComparisons(its.workspaceId, { count: 1 })
    await take(actor)
    const { assignment } = await take(actor, { comparisonId: agreed, hold: 2 })
    const copy = await db.comparison.findUniqueOrThrow({ where: { id: assignment!.comparisonId } })
    expect(copy.originalId).toBe(agreed)
    await expect(take(other, { comparisonId: agreed })).rejects.toThrow('RESEARCHER 0 is deciding')
    await decide(actor, assignment!)
    await expect(take(other, { comparisonId: agreed })).rejects.toThrow('RESEARCHER 0 has decided')
    const reopened = await take(actor, { comparisonId: agreed })
    expect(reopened.assignment).toMatchObject({
      id: assignment!.id,
      previous: { groups: expect.any(Array) },
      opinions: expect.any(Array),
    })
    await decide(actor, reopened.assignment!)
    expect(await db.ranking.count({ where: { comparisonId: copy.id, supersededBy: { is: null } } })).toBe(1)
    await expect(take(actor, { comparisonId: bare })).rejects.toMatchObject({ code: 'CONFLICT' })
    await expect(take(actor, { comparisonId: copy.id })).rejects.toMatchObject({ code: 'CONFLICT' })
    await expect(take(actor, { comparisonId: 'none' })).rejects.toMatchObject({ code: 'NOT_FOUND' })
    const stranger = (await bench()).researchers[0]!
    await expect(take(stranger, { comparisonId: agreed })).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })
})

test('the last decisions are reopened one by one, and only one at a time', async () => {
  const its = await bench()
  const [actor] = its.researchers as [Actor]
  await ranked(its, [
    [forward, backward],
    [forward, [[1], [0], [2]]],
  ])
  const undo = () => reopenDecision(actor, reopenDecisionInput.parse({}))
  await expect(undo()).rejects.toMatchObject({ code: 'NOT_FOUND' })
  const first = (await take(actor)).assignment!
  await decide(actor, first)
  const second = (await take(actor)).assignment!
  await decide(actor, second)
  expect((await undo()).assignment).toMatchObject({
    id: second.id,
    previous: { groups: expect.any(Array) },
    opinions: expect.any(Array),
  })
  const before = await undo()
  expect(before).toMatchObject({ assignment: { id: first.id }, upcoming: [], progress: { mine: 2, done: 2 } })
  await expect(undo()).rejects.toMatchObject({ code: 'NOT_FOUND' })
  await decide(actor, before.assignment!)
  const copies = { workspaceId: its.workspaceId, kind: 'ADJUDICATION' as const }
  expect(await db.comparison.count({ where: { ...copies, taken: 1, submitted: 1 } })).toBe(2)
})

test('eight researchers decide thirty disagreements at once, each exactly once', async () => {
  const its = await bench(8)
  await ranked(
    its,
    Array.from({ length: 30 }, () => [forward, backward]),
  )
  const work = async (actor: Actor) => {
    for (;;) {
      const { assignment } = await take(actor, { hold: 2 })
      if (!assignment) return
      await decide(actor, assignment)
    }
  }
  await Promise.all(its.researchers.map(work))
  const where = { workspaceId: its.workspaceId, kind: 'ADJUDICATION' as const }
  expect(await db.comparison.count({ where })).toBe(30)
  expect(await db.comparison.count({ where: { ...where, taken: 1, submitted: 1 } })).toBe(30)
  const decisions = await db.ranking.groupBy({
    by: ['comparisonId'],
    where: { comparison: where },
    _count: true,
  })
  expect(decisions).toHaveLength(30)
  expect(decisions.every(({ _count }) => _count === 1)).toBe(true)
  expect((await list(its.researchers[0]!)).total).toBe(0)
  expect((await list(its.researchers[0]!, { state: 'done' })).total).toBe(30)
})
