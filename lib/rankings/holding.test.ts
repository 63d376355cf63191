import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Actor } from '../auth/actor.ts'
import { db } from '../db.ts'
import { type TestDatabase, testDatabase } from '../testing/database.ts'
import { type ComparisonOptions, makeComparisons, makeMember, makeWorkspace } from '../testing/fixtures.ts'
import type { AssignmentView } from './assignment-view.ts'
import { claim } from './claim.ts'
import { mine } from './mine.ts'
import { myProgress } from './my-progress.ts'
import { release } from './release.ts'
import { renew } from './renew.ts'
import { reopen } from './reopen.ts'
import { skip } from './skip.ts'
import { submit, submitInput } from './submit.ts'
import { undo } from './undo.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database?.drop())

async function bench(options: ComparisonOptions, count = 1) {
  const { id } = await makeWorkspace()
  const people = Array.from({ length: count }, () => makeMember(id, 'ANNOTATOR'))
  return { people: await Promise.all(people), comparisons: await makeComparisons(id, options) }
}

async function take(actor: Actor): Promise<AssignmentView> {
  const { assignment } = await claim(actor, {})
  if (!assignment) throw new Error('the queue gave nothing')
  return assignment
}

const answer = ({ id, completions }: AssignmentView, change: Record<string, unknown> = {}) =>
  submitInput.parse({
    assignmentId: id,
    groups: completions.map((each) => [each.id]),
    millisecondsSpent: 2000,
    idempotencyKey: randomUUID(),
    ...change,
  })

const ids = (items: (AssignmentView | null)[]) => items.map((item) => item?.id)

describe('holding several', () => {
  test('serves them in order, fills up, and shares them between tabs', async () => {
    const { people, comparisons } = await bench({ count: 5 })
    const [actor] = people as [Actor]
    const first = await claim(actor, { hold: 3 })
    expect([first.assignment!, ...first.upcoming].map((each) => each.comparisonId)).toEqual(
      comparisons.slice(0, 3),
    )
    const tabs = await Promise.all([1, 2, 3].map((hold) => claim(actor, { hold })))
    for (const tab of tabs)
      expect(ids([tab.assignment, ...tab.upcoming])).toEqual(ids([first.assignment, ...first.upcoming]))
    expect(tabs[0]!.progress).toEqual({ mine: 0, done: 0, total: 5, remainingForMe: 5 })
    await submit(actor, answer(first.assignment!))
    const second = await claim(actor, { hold: 3, progress: false })
    expect(ids([second.assignment, ...second.upcoming.slice(0, 1)])).toEqual(ids(first.upcoming))
    expect(second.upcoming[1]!.comparisonId).toBe(comparisons[3])
    expect(second).not.toHaveProperty('progress')
  })

  test('renews all of them, and names the ones that are lost', async () => {
    const { people } = await bench({ count: 2 }, 2)
    const [actor, other] = people as [Actor, Actor]
    const { assignment, upcoming } = await claim(actor, { hold: 2 })
    const assignmentIds = [assignment!.id, upcoming[0]!.id]
    const { leaseUntil } = await renew(actor, { assignmentIds })
    expect(leaseUntil.getTime()).toBeGreaterThan(Date.now() + 4 * 60_000)
    await db.assignment.update({ where: { id: upcoming[0]!.id }, data: { leaseUntil: new Date(0) } })
    await take(other)
    const lost = await renew(actor, { assignmentIds }).catch((error) => error)
    expect(lost).toMatchObject({
      code: 'LEASE_LOST',
      message: expect.stringContaining(`'${upcoming[0]!.id}'`),
    })
    expect(lost.message).not.toContain(assignment!.id)
  })

  test('undo keeps what is held and puts what was reopened before back', async () => {
    const { people } = await bench({ count: 4 })
    const [actor] = people as [Actor]
    const done: AssignmentView[] = []
    for (let index = 0; index < 2; index++) {
      done.push(await take(actor))
      await submit(actor, answer(done[index]!))
    }
    const held = await claim(actor, { hold: 2 })
    const kept = ids([held.assignment, ...held.upcoming])
    expect(await undo(actor, { hold: 2 })).toMatchObject({ assignment: { id: done[1]!.id } })
    const again = await undo(actor, { hold: 2 })
    expect(again.assignment.id).toBe(done[0]!.id)
    expect(ids(again.upcoming)).toEqual(kept)
    const claimed = await claim(actor, { hold: 2 })
    expect(ids([claimed.assignment, ...claimed.upcoming])).toEqual([done[0]!.id, ...kept])
    expect(await db.assignment.count({ where: { status: 'SUBMITTED', annotatorId: actor.userId } })).toBe(1)
  })
})

test('assigned comparisons go to those people only, and nobody else counts them as theirs', async () => {
  const { people, comparisons } = await bench({ count: 2 }, 2)
  const [ann, bob] = people as [Actor, Actor]
  await db.comparison.update({
    where: { id: comparisons[0]! },
    data: { assigneeIds: [bob.userId], priority: 9 },
  })
  expect((await take(ann)).comparisonId).toBe(comparisons[1])
  expect((await claim(ann, {})).progress).toMatchObject({ total: 2, remainingForMe: 1 })
  expect(await claim(bob, {})).toMatchObject({
    assignment: { comparisonId: comparisons[0] },
    progress: { remainingForMe: 1 },
  })
})

describe('un-skipping', () => {
  test('holds what was skipped again, with the reason, while its slot is free', async () => {
    const { people } = await bench({ count: 2 }, 2)
    const [ann, bob] = people as [Actor, Actor]
    const skipped = await take(ann)
    await skip(ann, { assignmentId: skipped.id, reason: 'Not sure' })
    expect((await mine(ann, { status: 'skipped', limit: 5 })).items).toMatchObject([
      { canReopen: true, edited: false },
    ])
    const { assignment } = await reopen(ann, { assignmentId: skipped.id })
    expect(assignment).toMatchObject({
      id: skipped.id,
      completions: skipped.completions,
      previous: { groups: [], skipReason: 'Not sure', edit: null },
    })
    expect((await take(ann)).id).toBe(skipped.id)
    expect((await take(bob)).comparisonId).not.toBe(skipped.comparisonId)
    await submit(ann, answer(assignment))
    const { items } = await mine(ann, { status: 'submitted', limit: 5 })
    expect(items).toMatchObject([{ id: skipped.id, skipReason: null, canReopen: true }])
  })

  test('is refused when others took the slot; one that ran out is skipped as before', async () => {
    const { people, comparisons } = await bench({ count: 1 }, 2)
    const [ann, bob] = people as [Actor, Actor]
    const skipped = await take(ann)
    await skip(ann, { assignmentId: skipped.id, reason: 'x' })
    await reopen(ann, { assignmentId: skipped.id })
    await db.assignment.update({ where: { id: skipped.id }, data: { leaseUntil: new Date(0) } })
    await submit(bob, answer(await take(bob)))
    expect(await db.assignment.findUnique({ where: { id: skipped.id } })).toMatchObject({ status: 'SKIPPED' })
    await expect(reopen(ann, { assignmentId: skipped.id })).rejects.toMatchObject({ code: 'CONFLICT' })
    expect((await mine(ann, { status: 'skipped', limit: 5 })).items).toMatchObject([{ canReopen: false }])
    const comparison = await db.comparison.findUniqueOrThrow({ where: { id: comparisons[0]! } })
    expect(comparison).toMatchObject({ taken: 1, submitted: 1 })
    await expect(reopen(bob, { assignmentId: skipped.id })).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })
})

test('whoever a comparison is no longer for gets it back in no way', async () => {
  const { people, comparisons } = await bench({ count: 3, batch: 'round' }, 2)
  const [ann, bob] = people as [Actor, Actor]
  const { assignment: skipped, upcoming } = await claim(ann, { hold: 3 })
  await skip(ann, { assignmentId: skipped!.id, reason: 'x' })
  const late = { assignmentId: upcoming[0]!.id }
  await release(ann, late)
  await db.comparison.updateMany({
    where: { id: { in: comparisons } },
    data: { assigneeIds: [bob.userId] },
  })
  expect((await mine(ann, { status: 'skipped', limit: 5 })).items).toMatchObject([{ canReopen: false }])
  await expect(reopen(ann, { assignmentId: skipped!.id })).rejects.toMatchObject({ code: 'CONFLICT' })
  await expect(renew(ann, late)).rejects.toMatchObject({ code: 'LEASE_LOST' })
  await expect(submit(ann, answer(upcoming[0]!))).rejects.toMatchObject({ code: 'LEASE_LOST' })
  // What they hold they may finish.
  await submit(ann, answer(upcoming[1]!))
})

test('reopening answers with what is held in the batch asked for', async () => {
  const { people } = await bench({ count: 2, batch: 'round' })
  const [ann] = people as [Actor]
  const first = await take(ann)
  await submit(ann, answer(first))
  await makeComparisons(ann.workspaceId, { count: 3, batch: 'other' })
  await claim(ann, { batch: 'other' })
  const { upcoming, progress } = await reopen(ann, { assignmentId: first.id, batch: 'round' })
  expect(upcoming).toEqual([])
  expect(progress).toMatchObject({ total: 2 })
  expect((await reopen(ann, { assignmentId: first.id })).upcoming).toHaveLength(1)
})

describe('an edit', () => {
  test('is a completion of its own, best of all, known to its author alone', async () => {
    const { people, comparisons } = await bench({ count: 1, size: 3, overlap: 2 }, 2)
    const [ann, bob] = people as [Actor, Actor]
    const shown = await take(ann)
    const [a, b] = shown.completions.map(({ id }) => id) as [string, string]
    const edit = { completionId: b, text: '  A better reply ' }
    const once = answer(shown, { groups: [[a], [b]], edit })
    const { ranking } = await submit(ann, once)
    expect((await submit(ann, once)).ranking.id).toBe(ranking.id)
    await expect(submit(ann, { ...once, edit: { ...edit, text: 'Other' } })).rejects.toMatchObject({
      code: 'CONFLICT',
    })
    const stored = await db.ranking.findUniqueOrThrow({ where: { id: ranking.id }, include: { edit: true } })
    expect(stored.edit).toMatchObject({
      text: 'A better reply',
      source: 'edit',
      editedFromId: b,
      authorId: ann.userId,
      modelVersionId: null,
    })
    expect(stored.groups).toEqual([[stored.editId], [a], [b]])
    expect(await db.comparisonCompletion.count({ where: { comparisonId: comparisons[0]! } })).toBe(3)

    const answered = { groups: [[a], [b]], edit: { completionId: b, text: 'A better reply' } }
    expect((await undo(ann, {})).assignment.previous).toMatchObject(answered)
    await submit(ann, answer(shown, { groups: [[a], [b]] }))
    const { items } = await mine(ann, { status: 'submitted', limit: 5 })
    expect(items).toMatchObject([{ edit: null, edited: true, groups: [[a], [b]] }])

    const seen = await take(bob)
    expect(seen.completions.map(({ id }) => id).sort()).toEqual(shown.completions.map(({ id }) => id).sort())
    expect(seen).not.toHaveProperty('previous')
  })

  test('alone ranks what was edited second', async () => {
    const { people } = await bench({ count: 1 })
    const [ann] = people as [Actor]
    const shown = await take(ann)
    const completionId = shown.completions[1]!.id
    const once = answer(shown, { groups: [], edit: { completionId, text: 'Better' } })
    const { ranking } = await submit(ann, once)
    const stored = await db.ranking.findUniqueOrThrow({ where: { id: ranking.id } })
    expect(stored.groups).toEqual([[stored.editId], [completionId]])
    expect((await submit(ann, once)).ranking.id).toBe(ranking.id)
  })

  test('of the same text by two people at once is one completion', async () => {
    const { people } = await bench({ count: 1, overlap: 4 }, 4)
    const shown = await Promise.all(people.map(take))
    await Promise.all(
      shown.map(async (each, index) => {
        const edit = { completionId: each.completions[0]!.id, text: 'The same' }
        await submit(people[index]!, answer(each, { edit }))
      }),
    )
    expect(await db.completion.count({ where: { text: 'The same' } })).toBe(1)
  })

  test('that changes nothing or belongs elsewhere is refused, naming which', async () => {
    const { people } = await bench({ count: 1 })
    const [ann] = people as [Actor]
    const shown = await take(ann)
    const [a, b] = shown.completions as [AssignmentView['completions'][0], AssignmentView['completions'][0]]
    await expect(
      submit(ann, answer(shown, { edit: { completionId: a.id, text: ` ${b.text}` } })),
    ).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringContaining(`response 2 ('${b.id}')`),
    })
    const elsewhere = answer(shown, { edit: { completionId: 'elsewhere', text: 'x' } })
    await expect(submit(ann, elsewhere)).rejects.toThrow(/'elsewhere' does not belong/)
    expect(await db.completion.count({ where: { source: 'edit', workspaceId: ann.workspaceId } })).toBe(0)
  })
})

test('my rankings are found by prompt, response, comment and edit, and by batch', async () => {
  const { people } = await bench({ count: 2, batch: 'round' })
  const [ann] = people as [Actor]
  const first = await take(ann)
  const edit = { completionId: first.completions[0]!.id, text: 'Penguins swim' }
  await submit(ann, answer(first, { comment: 'Zebras run', edit }))
  await submit(ann, answer(await take(ann)))
  const found = async (input: { q?: string; batch?: string }) =>
    (await mine(ann, { status: 'submitted', limit: 5, ...input })).items.map(({ id }) => id)
  expect(await found({ q: 'zebras' })).toEqual([first.id])
  expect(await found({ q: 'penguins' })).toEqual([first.id])
  expect(await found({ q: first.completions[1]!.text })).toEqual([first.id])
  expect(await found({ batch: 'round' })).toHaveLength(2)
  await expect(found({ batch: 'other' })).rejects.toMatchObject({ code: 'NOT_FOUND' })
  const since = new Date(Date.now() - 60_000).toISOString()
  expect(await myProgress(ann, { batch: 'round', since })).toMatchObject({
    mine: 2,
    today: 2,
    medianSeconds: 2,
  })
})
