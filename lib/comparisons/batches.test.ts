import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Actor } from '../auth/actor.ts'
import { db } from '../db.ts'
import { listAnnotators } from '../members/list-annotators.ts'
import { claim, claimInput } from '../rankings/claim.ts'
import { skip } from '../rankings/skip.ts'
import { submit, submitInput } from '../rankings/submit.ts'
import { type TestDatabase, testDatabase } from '../testing/database.ts'
import { makeComparisons, makeMember, makeWorkspace } from '../testing/fixtures.ts'
import { listBatches } from './list-batches.ts'
import { listComparisons, listComparisonsInput } from './list-comparisons.ts'
import { requeue } from './requeue.ts'
import { showBatch } from './show-batch.ts'
import { updateBatch, updateBatchInput } from './update-batch.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database?.drop())

interface Round {
  researcher: Actor
  annotators: Actor[]
  batchId: string
  comparisons: string[]
}

async function round(options: { count: number; overlap?: number }, annotators = 2): Promise<Round> {
  const { id } = await makeWorkspace()
  const researcher = await makeMember(id, 'RESEARCHER', 'Rosa')
  const people = []
  for (let index = 0; index < annotators; index++)
    people.push(await makeMember(id, 'ANNOTATOR', `Person ${index}`))
  const comparisons = await makeComparisons(id, { ...options, batch: 'first' })
  const batch = await db.batch.findFirstOrThrow({ where: { workspaceId: id } })
  return { researcher, annotators: people, batchId: batch.id, comparisons }
}

const take = async (actor: Actor, batch = 'first') =>
  (await claim(actor, claimInput.parse({ batch }))).assignment

async function rank(
  actor: Actor,
  change: Record<string, unknown> = {},
  batch?: string,
): Promise<string | null> {
  const assignment = await take(actor, batch)
  if (!assignment) return null
  const answer = {
    assignmentId: assignment.id,
    groups: assignment.completions.map(({ id }) => [id]),
    millisecondsSpent: 4000,
    idempotencyKey: randomUUID(),
    ...change,
  }
  await submit(actor, submitInput.parse(answer))
  return assignment.comparisonId
}

const update = (actor: Actor, input: Record<string, unknown>) =>
  updateBatch(actor, updateBatchInput.parse(input))
const list = async (actor: Actor, input: Record<string, unknown>) => {
  const { items } = await listComparisons(actor, listComparisonsInput.parse(input))
  return new Set(items.map(({ id }) => id))
}
const gold = (id: string) =>
  db.comparison.update({
    where: { id },
    data: {
      kind: 'GOLD',
      overlap: 1000,
      gold: { groups: [], allBad: true, note: null, overlap: 2, byId: 'x', at: '' },
    },
  })

test('a batch counts what is wanted and done apart from gold, repeats and adjudications', async () => {
  const { researcher, annotators, batchId, comparisons } = await round({ count: 4, overlap: 2 })
  const [ann, ben] = annotators as [Actor, Actor]
  await rank(ann)
  await rank(ann)
  await rank(ben)
  const skipped = (await take(ben))!
  await skip(ben, { assignmentId: skipped.id, reason: 'unclear', batch: 'first' })
  await gold(comparisons[0]!)
  const { promptId, workspaceId } = await db.comparison.findUniqueOrThrow({ where: { id: comparisons[1]! } })
  const copy = { workspaceId, promptId, batchId, originalId: comparisons[1]!, taken: 1, submitted: 1 }
  await db.comparison.createMany({
    data: [
      { ...copy, kind: 'REPEAT' },
      { ...copy, kind: 'ADJUDICATION' },
    ],
  })
  const [batch] = (await listBatches(researcher)).items
  expect(batch).toMatchObject({ comparisons: 3, wanted: 6, done: 1, gold: 1, goldAnswered: 2, skipped: 1 })
  expect(batch).toMatchObject({ repeatsAnswered: 1, adjudicated: 1, assignees: [], assigneesMixed: false })
  expect(batch!.overlap).toEqual({ low: 2, high: 2 })
})

test('what remains for an annotator is what they can still be given', async () => {
  const { researcher, annotators, batchId, comparisons } = await round({ count: 6, overlap: 1 }, 3)
  const [ann, ben, eve] = annotators as [Actor, Actor, Actor]
  await db.comparison.updateMany({
    where: { id: { in: comparisons.slice(0, 2) } },
    data: { assigneeIds: [ann.userId] },
  })
  await db.comparison.update({ where: { id: comparisons[2]! }, data: { overlap: 3 } })
  await rank(ben)
  const second = (await take(ben))!
  await skip(ben, { assignmentId: second.id, reason: 'unclear', batch: 'first' })
  await take(ben)
  await rank(ann)
  const shown = (await showBatch(researcher, { id: batchId })).annotators
  // Ben last: what he holds is put aside too, and is free for others from then on.
  for (const person of [eve, ann, ben]) {
    const row = shown.find(({ id }) => id === person.userId)!
    let given = 0
    while (await take(person)) {
      given++
      const held = await db.assignment.findMany({
        where: { annotatorId: person.userId, status: 'CLAIMED' },
        select: { id: true, comparisonId: true },
      })
      // Put aside without an answer, so that the others' counts stay.
      for (const each of held) {
        await db.assignment.update({ where: { id: each.id }, data: { status: 'SKIPPED' } })
        await db.comparison.update({ where: { id: each.comparisonId }, data: { taken: { decrement: 1 } } })
      }
    }
    expect([person.name, row.remaining]).toEqual([person.name, given])
    await db.assignment.deleteMany({
      where: { annotatorId: person.userId, status: 'SKIPPED', skipReason: null },
    })
  }
  expect(shown.map(({ assigned, done, held, skipped }) => ({ assigned, done, held, skipped }))).toEqual(
    expect.arrayContaining([
      { assigned: true, done: 1, held: 0, skipped: 0 },
      { assigned: false, done: 1, held: 1, skipped: 1 },
      { assigned: false, done: 0, held: 0, skipped: 0 },
    ]),
  )
  expect(shown.find(({ id }) => id === ann.userId)).toMatchObject({ medianSeconds: 4, role: 'ANNOTATOR' })
})

test('priority, overlap and assignees reach the comparisons, and no overlap falls below the people at it', async () => {
  const { researcher, annotators, batchId, comparisons } = await round({ count: 3, overlap: 3 })
  const [ann, ben] = annotators as [Actor, Actor]
  const both = await rank(ann)
  await rank(ben)
  await gold(comparisons[2]!)
  const change = { id: batchId, overlap: 1, priority: 7, assigneeIds: [ann.userId, ann.userId] }
  expect(await update(researcher, change)).toEqual({ id: batchId, keptHigher: 1 })
  const rows = await db.comparison.findMany({ where: { batchId }, orderBy: { createdAt: 'asc' } })
  expect(rows.map(({ overlap }) => overlap)).toEqual([2, 1, 1000])
  expect(rows[0]!.id).toBe(both)
  expect(rows[2]!.gold).toMatchObject({ overlap: 1 })
  for (const row of rows) expect(row).toMatchObject({ priority: 7, assigneeIds: [ann.userId] })
  const [batch] = (await listBatches(researcher)).items
  expect(batch).toMatchObject({
    assignees: [{ id: ann.userId, name: 'Person 0' }],
    overlap: { low: 1, high: 2 },
    priority: { low: 7, high: 7 },
  })
  await update(researcher, { id: batchId, assigneeIds: [], name: 'renamed', goldRate: 0.1, repeatRate: 0.5 })
  expect((await listBatches(researcher)).items[0]).toMatchObject({
    name: 'renamed',
    goldRate: 0.1,
    repeatRate: 0.5,
    assignees: [],
  })
  const events = await db.auditEvent.findMany({ where: { action: 'batch.update' }, orderBy: { id: 'asc' } })
  expect(events.map(({ detail }) => detail)).toEqual([
    { overlap: 1, priority: 7, assigneeIds: [ann.userId], begun: true },
    { overlap: 1, priority: 7, assigneeIds: [ann.userId], keptHigher: 1 },
    { name: 'renamed', goldRate: 0.1, repeatRate: 0.5, assigneeIds: [], begun: true },
    { assigneeIds: [], keptHigher: 0 },
  ])
})

test('a change that stops on the way is not told as done, and can be made again', async () => {
  const { researcher, batchId } = await round({ count: 2 })
  const told = async () =>
    (await db.auditEvent.findMany({ where: { subject: batchId }, orderBy: { id: 'asc' } })).map(
      ({ detail }) => detail,
    )
  await db.$executeRaw`alter table "Comparison" add constraint "none so urgent" check (priority < 500)`
  await expect(update(researcher, { id: batchId, priority: 500 })).rejects.toThrow('none so urgent')
  expect(await told()).toEqual([{ priority: 500, begun: true }])
  await db.$executeRaw`alter table "Comparison" drop constraint "none so urgent"`
  await update(researcher, { id: batchId, priority: 500 })
  expect((await told()).at(-1)).toEqual({ priority: 500, keptHigher: 0 })
  expect(await db.comparison.count({ where: { batchId, priority: 500 } })).toBe(2)
})

test('a smaller overlap leaves a comparison sent back its place until somebody new has ranked it', async () => {
  const { researcher, annotators, batchId, comparisons } = await round({ count: 2 })
  const [ann, ben] = annotators as [Actor, Actor]
  const id = (await rank(ann))!
  expect(comparisons).toContain(id)
  await requeue(researcher, { id })
  const overlap = async () => (await db.comparison.findUniqueOrThrow({ where: { id } })).overlap
  expect(await update(researcher, { id: batchId, overlap: 1 })).toEqual({ id: batchId, keptHigher: 1 })
  expect(await overlap()).toBe(2)
  expect((await take(ben))!.comparisonId).toBe(id)
  await update(researcher, { id: batchId, overlap: 1 })
  expect(await overlap()).toBe(2)
  await rank(ben)
  await update(researcher, { id: batchId, overlap: 3 })
  expect(await overlap()).toBe(3)
  await update(researcher, { id: batchId, overlap: 1 })
  expect(await overlap()).toBe(2)
})

test('a taken name, strangers as assignees and batches of others are refused, and nothing changes', async () => {
  const { researcher, batchId } = await round({ count: 1 })
  const other = await round({ count: 1 })
  await makeComparisons(researcher.workspaceId, { count: 1, batch: 'second' })
  await expect(update(researcher, { id: batchId, name: 'second', priority: 3 })).rejects.toMatchObject({
    code: 'CONFLICT',
    message: "There is already a batch named 'second'.",
  })
  const stranger = other.annotators[0]!.userId
  await expect(update(researcher, { id: batchId, assigneeIds: [stranger] })).rejects.toMatchObject({
    code: 'INVALID_INPUT',
    message: expect.stringContaining(stranger),
  })
  await expect(update(researcher, { id: other.batchId, priority: 3 })).rejects.toMatchObject({
    code: 'NOT_FOUND',
  })
  await expect(showBatch(researcher, { id: other.batchId })).rejects.toMatchObject({ code: 'NOT_FOUND' })
  await expect(update(other.annotators[0]!, { id: other.batchId })).rejects.toMatchObject({
    code: 'FORBIDDEN',
  })
  expect(await db.comparison.count({ where: { priority: 3 } })).toBe(0)
})

test('changes while people claim and rank leave no comparison with more people than its overlap', async () => {
  const { researcher, annotators, batchId } = await round({ count: 12, overlap: 3 }, 6)
  let busy = true
  const work = Promise.all(
    annotators.map(async (person) => {
      while (await rank(person, {}, batchId));
    }),
  ).finally(() => {
    busy = false
  })
  let changes = 0
  while (busy) {
    await update(researcher, {
      id: batchId,
      overlap: 1 + (changes % 4),
      priority: changes % 3,
      name: `round ${changes}`,
    })
    changes++
  }
  await work
  const rows = await db.comparison.findMany({ where: { batchId }, include: { assignments: true } })
  for (const row of rows) {
    const taken = row.assignments.filter(({ status }) => status !== 'RELEASED').length
    expect([row.taken, row.submitted]).toEqual([taken, taken])
    expect(taken).toBeLessThanOrEqual(row.overlap)
  }
})

test('comparisons are found by kind, state, what chose them, their flags and whether they were sent back', async () => {
  const { researcher, annotators, comparisons } = await round({ count: 5 }, 1)
  const [first, second, third, fourth, fifth] = comparisons as [string, string, string, string, string]
  await rank(annotators[0]!, { flags: [{ target: 'prompt', flag: 'unusable' }] })
  await rank(annotators[0]!)
  await gold(third)
  await db.comparison.update({ where: { id: fourth }, data: { requeuedAt: new Date() } })
  const reason = { by: 'disagreement', value: 0.3, text: 'The heads differ' }
  await db.comparison.update({ where: { id: fifth }, data: { reason } })
  const { promptId, workspaceId } = await db.comparison.findUniqueOrThrow({ where: { id: second } })
  const repeat = await db.comparison.create({
    data: { workspaceId, promptId, originalId: second, kind: 'REPEAT' },
  })
  expect(await list(researcher, {})).toEqual(new Set(comparisons))
  expect(await list(researcher, { kind: 'REPEAT' })).toEqual(new Set([repeat.id]))
  expect(await list(researcher, { kind: 'GOLD' })).toEqual(new Set([third]))
  expect(await list(researcher, { state: 'done' })).toEqual(new Set([first, second]))
  expect(await list(researcher, { state: 'open' })).toEqual(new Set([fourth, fifth]))
  expect(await list(researcher, { mark: 'flagged' })).toEqual(new Set([first]))
  expect(await list(researcher, { mark: 'requeued' })).toEqual(new Set([fourth]))
  expect(await list(researcher, { by: 'disagreement' })).toEqual(new Set([fifth]))
  expect(await list(researcher, { by: 'none' })).toEqual(new Set([first, second, third, fourth]))
  const { items } = await listComparisons(researcher, listComparisonsInput.parse({ by: 'disagreement' }))
  expect(items[0]!.reason).toEqual(reason)
  const flagged = await listComparisons(researcher, listComparisonsInput.parse({ mark: 'flagged' }))
  expect(flagged.items[0]!.flags).toEqual(['unusable'])
})

test('the members of a workspace are listed as people who may rank, annotators first', async () => {
  const { researcher, annotators } = await round({ count: 0 })
  await round({ count: 0 })
  const { items } = await listAnnotators(researcher)
  expect(items.map(({ id }) => id)).toEqual([...annotators, researcher].map(({ userId }) => userId))
  await expect(listAnnotators(annotators[0]!)).rejects.toMatchObject({ code: 'FORBIDDEN' })
})
