import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Actor } from '../auth/actor.ts'
import { db } from '../db.ts'
import { type TestDatabase, testDatabase } from '../testing/database.ts'
import { makeComparisons, makeMember, makeWorkspace } from '../testing/fixtures.ts'
import { claim } from './claim.ts'
import { mine } from './mine.ts'
import { release } from './release.ts'
import { renew } from './renew.ts'
import { skip } from './skip.ts'
import { submit, submitInput } from './submit.ts'
import { undo } from './undo.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database?.drop())

interface Bench {
  annotators: Actor[]
  comparisons: string[]
}

async function bench(options: Parameters<typeof makeComparisons>[1], annotators = 2): Promise<Bench> {
  const workspace = await makeWorkspace()
  const people = Array.from({ length: annotators }, () => makeMember(workspace.id, 'ANNOTATOR'))
  return { annotators: await Promise.all(people), comparisons: await makeComparisons(workspace.id, options) }
}

type Claimed = NonNullable<Awaited<ReturnType<typeof claim>>['assignment']>

async function take(actor: Actor, batch?: string): Promise<Claimed> {
  const { assignment } = await claim(actor, { batch })
  if (!assignment) throw new Error('the queue gave nothing')
  return assignment
}

function answer(assignment: Claimed, change: Record<string, unknown> = {}) {
  return submitInput.parse({
    assignmentId: assignment.id,
    groups: assignment.completions.map(({ id }) => [id]),
    millisecondsSpent: 1200,
    idempotencyKey: randomUUID(),
    ...change,
  })
}

const expire = (assignment: { id: string }) =>
  db.assignment.update({ where: { id: assignment.id }, data: { leaseUntil: new Date(Date.now() - 1000) } })

const counts = (id: string) =>
  db.comparison.findUniqueOrThrow({ where: { id }, select: { taken: true, submitted: true } })

/** Resolves when so many statements of this database wait for a lock. */
const waiting = (count: number) =>
  expect
    .poll(async () => {
      const [row] = await db.$queryRaw<{ waiting: number }[]>`
        select count(*)::int as waiting from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`
      return row?.waiting
    })
    .toBe(count)

describe('claiming', () => {
  test('serves the highest priority first and then the oldest', async () => {
    const { annotators, comparisons } = await bench({ count: 3 }, 1)
    await db.comparison.update({ where: { id: comparisons[2]! }, data: { priority: 5 } })
    const served: string[] = []
    for (let index = 0; index < 3; index++) {
      const assignment = await take(annotators[0]!)
      served.push(assignment.comparisonId)
      await submit(annotators[0]!, answer(assignment))
    }
    expect(served).toEqual([comparisons[2], comparisons[0], comparisons[1]])
    expect(await claim(annotators[0]!, {})).toEqual({
      assignment: null,
      upcoming: [],
      progress: { mine: 3, done: 3, total: 3, remainingForMe: 0 },
    })
  })

  test('continues the claim of an annotator who reloads, in the same order', async () => {
    const { annotators } = await bench({ count: 4, size: 6 }, 1)
    const first = await take(annotators[0]!)
    const [again, third] = await Promise.all([take(annotators[0]!), take(annotators[0]!)])
    expect(again.id).toBe(first.id)
    expect(third.completions).toEqual(first.completions)
  })

  test('two tabs of one annotator get one comparison', async () => {
    const { annotators } = await bench({ count: 4 }, 1)
    const tabs = await Promise.all(Array.from({ length: 6 }, () => take(annotators[0]!)))
    expect(new Set(tabs.map((tab) => tab.id)).size).toBe(1)
  })

  test('never gives a comparison to more annotators than its overlap, nor twice to one', async () => {
    const { annotators, comparisons } = await bench({ count: 1, overlap: 2 }, 3)
    await take(annotators[0]!)
    await submit(annotators[1]!, answer(await take(annotators[1]!)))
    expect((await claim(annotators[2]!, {})).assignment).toBeNull()
    expect((await claim(annotators[1]!, {})).assignment).toBeNull()
    expect(await counts(comparisons[0]!)).toEqual({ taken: 2, submitted: 1 })
  })

  test('keeps to the batch asked for, by name or id, and to the workspace', async () => {
    const { annotators, comparisons } = await bench({ count: 1, batch: 'first' }, 1)
    const [actor] = annotators as [Actor]
    const [second] = await makeComparisons(actor.workspaceId, { count: 1, batch: 'second', priority: 9 })
    expect((await take(actor, 'first')).comparisonId).toBe(comparisons[0])
    const batch = await db.batch.findFirstOrThrow({
      where: { workspaceId: actor.workspaceId, name: 'second' },
    })
    expect((await take(actor, batch.id)).comparisonId).toBe(second)
    await expect(claim(actor, { batch: 'third' })).rejects.toMatchObject({ code: 'NOT_FOUND' })
    const stranger = (await bench({ count: 0 }, 1)).annotators[0]!
    expect((await claim(stranger, {})).assignment).toBeNull()
  })

  test('a lease that ran out is given to somebody else', async () => {
    const { annotators, comparisons } = await bench({ count: 1 })
    await expire(await take(annotators[0]!))
    expect((await take(annotators[1]!)).comparisonId).toBe(comparisons[0])
    expect(await counts(comparisons[0]!)).toEqual({ taken: 1, submitted: 0 })
  })

  test.each(['renewal', 'late answer'])(
    'takes no second slot when a %s revives the same assignment first',
    async (kind) => {
      const { annotators, comparisons } = await bench({ count: 1, overlap: 2 }, 1)
      const [actor] = annotators as [Actor]
      const assignment = await take(actor)
      await release(actor, { assignmentId: assignment.id })
      const revive = () =>
        kind === 'renewal' ? renew(actor, { assignmentId: assignment.id }) : submit(actor, answer(assignment))
      const [claimed] = await db
        .$transaction(async (tx) => {
          await tx.$queryRaw`select id from "Comparison" where id = ${comparisons[0]} for update`
          const revived = revive()
          await waiting(1)
          const both = [claim(actor, {}), revived] as const
          await waiting(2)
          return { both: Promise.all(both) }
        })
        .then(({ both }) => both)
      expect(claimed.assignment?.id).toBe(kind === 'renewal' ? assignment.id : undefined)
      expect((await counts(comparisons[0]!)).taken).toBe(1)
    },
  )

  test('the shown order differs between annotators and is stored', async () => {
    const { annotators } = await bench({ count: 1, size: 9, overlap: 8 }, 8)
    const shown = await Promise.all(annotators.map((actor) => take(actor)))
    const orders = shown.map((assignment) => assignment.completions.map(({ id }) => id))
    expect(new Set(orders.map(String)).size).toBeGreaterThan(1)
    const stored = await db.assignment.findUniqueOrThrow({ where: { id: shown[0]!.id } })
    expect(stored.shownOrder).toEqual(orders[0])
  })
})

describe('submitting', () => {
  test('the same key again returns the same ranking and counts once, also at the same moment', async () => {
    const { annotators, comparisons } = await bench({ count: 1, overlap: 2 }, 1)
    const once = answer(await take(annotators[0]!))
    const answers = await Promise.all([1, 2, 3].map(() => submit(annotators[0]!, once)))
    expect(new Set(answers.map(({ ranking }) => ranking.id)).size).toBe(1)
    expect(await counts(comparisons[0]!)).toEqual({ taken: 1, submitted: 1 })
  })

  test('the same key with another answer is refused, and what is stored stays', async () => {
    const { annotators } = await bench({ count: 1 }, 1)
    const assignment = await take(annotators[0]!)
    const [a, b] = assignment.completions.map(({ id }) => id) as [string, string]
    const first = answer(assignment, {
      groups: [[a], [b]],
      strength: 3,
      flags: [{ target: a, flag: 'rude' }],
      comment: 'clear',
    })
    const { ranking } = await submit(annotators[0]!, first)
    const changes = [
      { groups: [[b], [a]] },
      { allBad: true },
      { strength: 1 },
      { flags: [] },
      { comment: '' },
    ]
    for (const change of changes) {
      await expect(submit(annotators[0]!, { ...first, ...change })).rejects.toMatchObject({
        code: 'CONFLICT',
        message: expect.stringContaining('already stored'),
        hint: expect.stringContaining('Undo'),
      })
    }
    const resent = await submit(annotators[0]!, { ...first, millisecondsSpent: 5000 })
    expect(resent.ranking.id).toBe(ranking.id)
    expect(await db.ranking.findMany({ where: { assignmentId: assignment.id } })).toMatchObject([
      { id: ranking.id, groups: [[a], [b]], strength: 3, comment: 'clear' },
    ])
  })

  test('names the ids that are unknown or repeated', async () => {
    const { annotators } = await bench({ count: 1, size: 3 }, 1)
    const assignment = await take(annotators[0]!)
    const [a, b] = assignment.completions.map(({ id }) => id)
    const wrong = [
      [[[a], ['nobody']], /'nobody' do not belong/],
      [[[a], [b, a]], new RegExp(`'${a}' occur more than once`)],
      [[], /nothing is ranked/],
    ] as const
    for (const [groups, message] of wrong) {
      await expect(submit(annotators[0]!, answer(assignment, { groups }))).rejects.toThrow(message)
    }
    const strength = answer(assignment, { strength: 2 })
    await expect(submit(annotators[0]!, strength)).rejects.toThrow(/only pairs/)
    const flags = answer(assignment, { flags: [{ target: 'elsewhere', flag: 'rude' }] })
    await expect(submit(annotators[0]!, flags)).rejects.toThrow(/'elsewhere' are not targets/)
    const partial = answer(assignment, { groups: [[a, b]], flags: [{ target: 'prompt', flag: 'rude' }] })
    await expect(submit(annotators[0]!, partial)).resolves.toMatchObject({ progress: { mine: 1 } })
  })

  test('after the lease ran out counts while the slot is free', async () => {
    const { annotators, comparisons } = await bench({ count: 2 })
    const assignment = await take(annotators[0]!)
    await expire(assignment)
    expect((await take(annotators[1]!, undefined)).comparisonId).toBe(comparisons[0])
    await expect(submit(annotators[0]!, answer(assignment))).rejects.toMatchObject({ code: 'LEASE_LOST' })
    await expect(renew(annotators[0]!, { assignmentId: assignment.id })).rejects.toMatchObject({
      code: 'LEASE_LOST',
    })
    const held = await db.assignment.findFirstOrThrow({ where: { annotatorId: annotators[1]!.userId } })
    await release(annotators[1]!, { assignmentId: held.id })
    await submit(annotators[0]!, answer(assignment))
    expect(await counts(comparisons[0]!)).toEqual({ taken: 1, submitted: 1 })
  })

  test("is refused for somebody else's assignment and for one already ranked", async () => {
    const { annotators } = await bench({ count: 1 })
    const assignment = await take(annotators[0]!)
    await expect(submit(annotators[1]!, answer(assignment))).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await submit(annotators[0]!, answer(assignment))
    await expect(submit(annotators[0]!, answer(assignment))).rejects.toMatchObject({ code: 'CONFLICT' })
  })
})

describe('skipping, releasing and reopening', () => {
  test('a skipped comparison goes to somebody else and never back', async () => {
    const { annotators, comparisons } = await bench({ count: 1 })
    const assignment = await take(annotators[0]!)
    const skipped = { assignmentId: assignment.id, reason: 'Not my language' }
    expect(await skip(annotators[0]!, skipped)).toEqual(await skip(annotators[0]!, skipped))
    expect((await claim(annotators[0]!, {})).assignment).toBeNull()
    expect((await take(annotators[1]!)).comparisonId).toBe(comparisons[0])
    const listed = await mine(annotators[0]!, { status: 'skipped', limit: 10 })
    expect(listed.items).toMatchObject([{ skipReason: 'Not my language', groups: null }])
  })

  test('undo reopens the last ranking, then the one before, and a new submission supersedes', async () => {
    const { annotators, comparisons } = await bench({ count: 3 }, 1)
    const [actor] = annotators as [Actor]
    const first = await take(actor)
    await submit(actor, answer(first, { strength: 4, comment: 'clear' }))
    const second = await take(actor)
    await submit(actor, answer(second))
    await take(actor)

    expect((await undo(actor, {})).assignment.id).toBe(second.id)
    const reopened = (await undo(actor, {})).assignment
    expect(reopened).toMatchObject({ id: first.id, completions: first.completions })
    expect(reopened.previous).toMatchObject({ strength: 4, comment: 'clear', allBad: false, flags: [] })
    await expect(undo(actor, {})).rejects.toMatchObject({ code: 'NOT_FOUND' })
    expect((await take(actor)).id).toBe(first.id)
    await expect(skip(actor, { assignmentId: first.id, reason: 'x' })).rejects.toMatchObject({
      code: 'CONFLICT',
    })

    const groups = [first.completions.map(({ id }) => id)]
    await submit(actor, answer(first, { groups }))
    const rankings = await db.ranking.findMany({
      where: { comparisonId: comparisons[0]! },
      orderBy: { createdAt: 'asc' },
    })
    expect(rankings).toHaveLength(2)
    expect(rankings[1]).toMatchObject({ supersedesId: rankings[0]!.id, groups })
    expect(await counts(comparisons[0]!)).toEqual({ taken: 1, submitted: 1 })
    expect((await mine(actor, { status: 'submitted', limit: 10 })).total).toBe(2)
  })

  test('a reopened ranking stays in force when its lease runs out', async () => {
    const { annotators, comparisons } = await bench({ count: 1 })
    await submit(annotators[0]!, answer(await take(annotators[0]!)))
    await expire((await undo(annotators[0]!, {})).assignment)
    expect((await claim(annotators[1]!, {})).assignment).toBeNull()
    expect(await counts(comparisons[0]!)).toEqual({ taken: 1, submitted: 1 })
    expect((await undo(annotators[0]!, {})).assignment.previous).toBeDefined()
  })

  test('rankings can be neither changed nor removed', async () => {
    const { annotators } = await bench({ count: 1 }, 1)
    const { ranking } = await submit(annotators[0]!, answer(await take(annotators[0]!)))
    const where = { id: ranking.id }
    await expect(db.ranking.update({ where, data: { comment: 'x' } })).rejects.toThrow(/append-only/)
    await expect(db.ranking.delete({ where })).rejects.toThrow(/append-only/)
    await expect(db.workspace.delete({ where: { id: annotators[0]!.workspaceId } })).rejects.toThrow(
      /append-only/,
    )
  })

  test('pages of my rankings follow each other', async () => {
    const { annotators } = await bench({ count: 5 }, 1)
    for (let index = 0; index < 5; index++) await submit(annotators[0]!, answer(await take(annotators[0]!)))
    const seen: string[] = []
    let cursor: string | undefined
    do {
      const page = await mine(annotators[0]!, { status: 'submitted', limit: 2, cursor })
      seen.push(...page.items.map((item) => item.id))
      cursor = page.nextCursor ?? undefined
    } while (cursor)
    expect(new Set(seen).size).toBe(5)
    expect(seen).toHaveLength(5)
  })
})
