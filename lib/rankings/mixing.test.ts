import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Actor } from '../auth/actor.ts'
import { db } from '../db.ts'
import { env } from '../env.ts'
import { type TestDatabase, testDatabase } from '../testing/database.ts'
import { makeComparisons, makeMember, makeRanking, makeWorkspace } from '../testing/fixtures.ts'
import { viewAssignments } from './assignment-view.ts'
import { claim, type Held } from './claim.ts'
import { mine } from './mine.ts'
import { myBatches } from './my-batches.ts'
import { myProgress } from './my-progress.ts'
import { progressOf } from './progress.ts'
import { release } from './release.ts'
import { renew } from './renew.ts'
import { reopen } from './reopen.ts'
import { REPEAT_AFTER, scheduleOf } from './schedule.ts'
import { skip } from './skip.ts'
import { submit, submitInput } from './submit.ts'
import { takeComparison } from './take.ts'
import { undo } from './undo.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database?.drop())

const usual = { goldRate: 0.2, repeatRate: 0.125 }

/** A batch of originals and gold items of three completions, and somebody to rank them. */
async function mixed(
  labels: number,
  golds: number,
  rates = usual,
): Promise<{ actor: Actor; batchId: string }> {
  const { id } = await makeWorkspace()
  await makeComparisons(id, { count: labels, size: 3, batch: 'round', ...rates })
  await makeComparisons(id, { count: golds, size: 3, batch: 'round', gold: true, ...rates })
  const batch = await db.batch.findFirstOrThrow({ where: { workspaceId: id } })
  return { actor: await makeMember(id, 'ANNOTATOR'), batchId: batch.id }
}

function rank(actor: Actor, { id, completions }: NonNullable<Held['assignment']>) {
  const groups = completions.map((each) => [each.id])
  const answer = { assignmentId: id, groups, millisecondsSpent: 1, idempotencyKey: randomUUID() }
  return submit(actor, submitInput.parse(answer))
}

const kindOf = async (comparisonId: string) =>
  (await db.comparison.findUniqueOrThrow({ where: { id: comparisonId } })).kind

test('a lone annotator gets what the schedule plans, and progress never tells what it was', async () => {
  const { actor, batchId } = await mixed(30, 4)
  const planned = scheduleOf(env().authSecret, actor.userId, batchId, usual)
  const before = await progressOf(actor, batchId)
  const golds = new Set<string>()
  const first = new Map<string, number>()
  let served = 0
  for (; ; served++) {
    const { assignment, upcoming, progress } = await claim(actor, { batch: batchId, hold: 1 })
    expect(upcoming).toEqual([])
    expect(progress).toEqual({
      mine: served,
      done: served,
      total: before.total,
      remainingForMe: before.remainingForMe - served,
    })
    if (!assignment) break
    const comparison = await db.comparison.findUniqueOrThrow({ where: { id: assignment.comparisonId } })
    const plan = planned(served)
    if (comparison.kind === 'GOLD') {
      expect(plan).toBe('gold')
      expect(golds.has(comparison.id)).toBe(false)
      golds.add(comparison.id)
    } else if (comparison.kind === 'REPEAT') {
      expect(plan).toBe('repeat')
      expect(served - first.get(comparison.originalId!)!).toBeGreaterThan(REPEAT_AFTER)
      const original = await db.assignment.findFirstOrThrow({
        where: { comparisonId: comparison.originalId!, annotatorId: actor.userId },
      })
      const shown = assignment.completions.map(({ id }) => id)
      expect(shown).not.toEqual(original.shownOrder)
      expect([...shown].sort()).toEqual([...original.shownOrder].sort())
      first.delete(comparison.originalId!)
    } else {
      // Nothing else was to be had: the gold items are used up, or no original is old enough.
      if (plan === 'gold') expect(golds.size).toBe(4)
      if (plan === 'repeat') expect(served).toBeLessThanOrEqual(2 * REPEAT_AFTER)
      first.set(comparison.id, served)
    }
    await rank(actor, assignment)
  }
  expect(golds.size).toBe(4)
  expect(served).toBe(before.remainingForMe)
  expect(30 + golds.size + (30 - first.size)).toBe(served)
  expect(before).toMatchObject({ mine: 0, done: 0 })
  expect((await myBatches(actor)).items).toEqual([
    { id: batchId, name: 'round', mine: served, done: served, total: served, remainingForMe: 0 },
  ])
})

test('what is let go comes again in its place, with its order, be it gold or repeated', async () => {
  const { actor, batchId } = await mixed(14, 4, { goldRate: 0.25, repeatRate: 0.25 })
  const seen = new Set<string>()
  for (;;) {
    const { assignment } = await claim(actor, { batch: batchId })
    if (!assignment) break
    seen.add(await kindOf(assignment.comparisonId))
    await release(actor, { assignmentId: assignment.id })
    const again = (await claim(actor, { batch: batchId })).assignment!
    expect(again).toMatchObject({ id: assignment.id, completions: assignment.completions })
    await rank(actor, again)
  }
  expect(seen).toEqual(new Set(['LABEL', 'GOLD', 'REPEAT']))
})

test('skipping changes progress alike whatever is skipped', async () => {
  const { actor, batchId } = await mixed(40, 6, { goldRate: 0.2, repeatRate: 0.5 })
  const moved = new Map<string, Set<string>>()
  for (let served = 0; served < 40; served++) {
    const { assignment, progress } = await claim(actor, { batch: batchId })
    const before = progress!
    if (served < 14) await rank(actor, assignment!)
    else {
      const skipped = await skip(actor, { assignmentId: assignment!.id, reason: 'unsure', batch: batchId })
      const after = skipped.progress!
      const kind = await kindOf(assignment!.comparisonId)
      const change = `${after.total - before.total} ${after.remainingForMe - before.remainingForMe}`
      moved.set(kind, (moved.get(kind) ?? new Set()).add(change))
    }
  }
  for (const kind of ['LABEL', 'GOLD', 'REPEAT'])
    expect([kind, moved.get(kind)]).toEqual([kind, new Set(['0 -1'])])
})

test('whether skipped items can be had back tells nothing of what they are', async () => {
  const { actor, batchId } = await mixed(40, 6, { goldRate: 0.25, repeatRate: 0.25 })
  const other = await makeMember(actor.workspaceId, 'ANNOTATOR')
  for (let served = 0; served < 26; served++) {
    const { assignment } = await claim(actor, { batch: batchId, progress: false })
    if (served < 12) await rank(actor, assignment!)
    else await skip(actor, { assignmentId: assignment!.id, reason: 'unsure', progress: false })
  }
  const skipped = async () => (await mine(actor, { status: 'skipped', limit: 20 })).items.reverse()
  const kinds = await Promise.all((await skipped()).map((item) => kindOf(item.comparisonId)))
  expect(new Set(kinds)).toEqual(new Set(['LABEL', 'GOLD', 'REPEAT']))
  const labels = kinds.filter((kind) => kind === 'LABEL').length
  for (let had = 0; had <= labels; had++) {
    const items = await skipped()
    // The first are gone, the others are not, and where they part follows from the labels alone.
    const free = items.filter(({ canReopen }) => canReopen).length
    expect(items.map(({ canReopen }) => canReopen)).toEqual(items.map((_, at) => at >= items.length - free))
    expect(kinds.slice(0, items.length - free).filter((kind) => kind === 'LABEL')).toHaveLength(had)
    for (const { id, canReopen } of items) {
      if (!canReopen)
        await expect(reopen(actor, { assignmentId: id })).rejects.toMatchObject({ code: 'CONFLICT' })
    }
    for (let label = false; !label; ) {
      const { assignment } = await claim(other, { batch: batchId, progress: false })
      label = (await kindOf(assignment!.comparisonId)) === 'LABEL'
      await rank(other, assignment!)
    }
  }
})

test('two held at once are planned one by one, and tabs share them', async () => {
  const { actor, batchId } = await mixed(20, 5)
  const tabs = await Promise.all([1, 2, 3].map(() => claim(actor, { batch: batchId, hold: 3 })))
  const ids = ({ assignment, upcoming }: Held) => [assignment, ...upcoming].map((each) => each!.id)
  for (const tab of tabs)
    expect(ids(await claim(actor, { hold: 3 }))).toEqual(expect.arrayContaining(ids(tab)))
  expect(await db.assignment.count({ where: { annotatorId: actor.userId, status: 'CLAIMED' } })).toBe(3)
  expect((await progressOf(actor, batchId)).remainingForMe).toBeGreaterThan(20)
})

test('only gold and repeated items left means nothing left', async () => {
  const { actor, batchId } = await mixed(0, 5)
  expect(await claim(actor, { batch: batchId })).toMatchObject({ assignment: null, progress: { total: 0 } })
})

/** Every path of keys in a value, with what stands there. */
function leaves(value: unknown, path = ''): [string, unknown][] {
  if (value instanceof Date || value === null || typeof value !== 'object') return [[path, value]]
  if (Array.isArray(value)) return value.flatMap((each) => leaves(each, `${path}[]`))
  return Object.entries(value).flatMap(([key, each]) => leaves(each, `${path}.${key}`))
}

const shape = (value: unknown) => [...new Set(leaves(value).map(([path]) => path))].sort()

test('no answer tells a gold, repeated or adjudicated comparison from any other, or who wrote what', async () => {
  const { actor, batchId } = await mixed(16, 2, { goldRate: 0.25, repeatRate: 0.25 })
  const { workspaceId } = actor
  const other = await makeMember(workspaceId, 'RESEARCHER', 'Somebody Else')
  const answers = new Map<string, unknown[]>()
  for (;;) {
    const claimed = await claim(actor, { batch: batchId })
    if (!claimed.assignment) break
    const { id, comparisonId } = claimed.assignment
    const kind = await kindOf(comparisonId)
    const skipped = await skip(actor, { assignmentId: id, reason: 'unsure', batch: batchId })
    const listedSkipped = (await mine(actor, { status: 'skipped', limit: 1 })).items[0]
    const unskipped = await reopen(actor, { assignmentId: id })
    const submitted = await rank(actor, unskipped.assignment)
    const undone = await undo(actor, { batch: batchId })
    await rank(actor, undone.assignment)
    const listed = (await mine(actor, { status: 'submitted', limit: 1 })).items[0]
    const reopened = await reopen(actor, { assignmentId: id })
    await rank(actor, reopened.assignment)
    const batches = await myBatches(actor)
    const progress = await myProgress(actor, { batch: batchId })
    const all = {
      claimed,
      skipped,
      listedSkipped,
      unskipped,
      submitted,
      undone,
      listed,
      reopened,
      batches,
      progress,
    }
    answers.set(kind, [...(answers.get(kind) ?? []), all])
  }
  expect([...answers.keys()].sort()).toEqual(['GOLD', 'LABEL', 'REPEAT'])

  const labels = answers.get('LABEL')!
  const secret = [/GOLD|REPEAT|ADJUDICATION/, /\btest\b/, new RegExp(other.userId), new RegExp(other.name)]
  for (const each of [...answers.values()].flat()) {
    expect(shape(each)).toEqual(shape(labels[0]))
    const text = JSON.stringify(each)
    for (const word of secret) expect(text).not.toMatch(word)
    expect(text).not.toMatch(
      /"(gold|reason|originalId|source|modelVersionId|sampler|overlap|taken|byId|authorId)"/,
    )
  }
  // Of the items in between, what is the same for all labels is the same for the others.
  const constants = new Map<string, Set<string>>()
  for (const [path, value] of labels.flatMap((each) => leaves(each)))
    constants.set(path, (constants.get(path) ?? new Set()).add(JSON.stringify(value)))
  for (const [path, value] of [...answers.values()].flat().flatMap((each) => leaves(each)))
    if (constants.get(path)!.size === 1)
      expect([path, JSON.stringify(value)]).toEqual([path, [...constants.get(path)!][0]])
})

/** Two comparisons of a batch, a researcher, and the comparison in which they decide the second. */
async function adjudicated() {
  const { id } = await makeWorkspace()
  const actor = await makeMember(id, 'RESEARCHER')
  const [label, original] = (await makeComparisons(id, { count: 2, batch: 'round' })) as [string, string]
  const { promptId, batchId } = await db.comparison.findUniqueOrThrow({ where: { id: original } })
  const members = await db.comparisonCompletion.findMany({ where: { comparisonId: original } })
  const adjudication = await db.comparison.create({
    data: {
      id: randomUUID(),
      workspaceId: id,
      promptId,
      batchId,
      kind: 'ADJUDICATION',
      originalId: original,
      completions: { create: members.map(({ completionId, position }) => ({ completionId, position })) },
    },
  })
  return { actor, label, adjudication: adjudication.id }
}

test('an adjudication looks like any other to whoever reopens it', async () => {
  const { actor, label, adjudication } = await adjudicated()
  const ids = async (comparisonId: string) =>
    (await db.comparisonCompletion.findMany({ where: { comparisonId } })).map((each) => each.completionId)
  const first = await makeRanking(actor, label, [await ids(label)])
  const second = await makeRanking(actor, adjudication, [await ids(adjudication)])
  const before = await progressOf(actor, null)
  expect(before).toEqual({ mine: 1, done: 1, total: 2, remainingForMe: 1 })

  const [listedSecond, listedFirst] = (await mine(actor, { status: 'submitted', limit: 5 })).items
  expect(shape(listedSecond)).toEqual(shape(listedFirst))
  const reopened = await reopen(actor, { assignmentId: second.assignmentId })
  expect((await claim(actor, {})).assignment).toEqual(reopened.assignment)
  const other = await reopen(actor, { assignmentId: first.assignmentId })
  expect(shape(reopened.assignment)).toEqual(shape(other.assignment))
  expect(reopened.assignment.kind).toBe('LABEL')
  expect((await undo(actor, {}).catch((error) => error)).code).toBe('NOT_FOUND')
})

test('an adjudication that was skipped stays in the queue of whoever takes it back', async () => {
  const { actor, adjudication } = await adjudicated()
  const assignmentId = await db.$transaction((tx) => takeComparison(tx, actor, adjudication))
  await skip(actor, { assignmentId: assignmentId!, reason: 'unsure' })
  const { assignment } = await reopen(actor, { assignmentId: assignmentId! })
  expect((await claim(actor, {})).assignment).toEqual(assignment)
})

test('decisions are only for those who may adjudicate', async () => {
  const { actor, adjudication } = await adjudicated()
  const former: Actor = { ...actor, role: 'ANNOTATOR' }
  const assignmentId = (await db.$transaction((tx) => takeComparison(tx, actor, adjudication)))!
  const refused = { code: 'FORBIDDEN' }
  const { completions } = (await viewAssignments(db, [assignmentId]))[0]!
  const item = { id: assignmentId, completions } as NonNullable<Held['assignment']>
  await expect(rank(former, item)).rejects.toMatchObject(refused)
  await expect(renew(former, { assignmentId })).rejects.toMatchObject(refused)
  await expect(skip(former, { assignmentId, reason: 'x' })).rejects.toMatchObject(refused)
  await renew(actor, { assignmentId })
  await rank(actor, item)
  await expect(reopen(former, { assignmentId })).rejects.toMatchObject(refused)
  expect((await reopen(actor, { assignmentId })).assignment.id).toBe(assignmentId)
})
