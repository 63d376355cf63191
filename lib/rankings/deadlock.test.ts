import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Actor } from '../auth/actor.ts'
import { type Database, db } from '../db.ts'
import { log } from '../log.ts'
import { type TestDatabase, testDatabase } from '../testing/database.ts'
import { makeComparisons, makeMember, makeRanking, makeWorkspace } from '../testing/fixtures.ts'
import { claim } from './claim.ts'
import { reopen } from './reopen.ts'
import { transact } from './transact.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database?.drop())

/** What is said of transactions that were tried again. */
const warn = vi.spyOn(log(), 'warn').mockReturnValue()
afterEach(() => warn.mockClear())

/** Resolves when so many statements of this database wait for a lock. */
const waiting = (count: number) =>
  expect
    .poll(async () => {
      const [row] = await db.$queryRaw<[{ waiting: number }]>`
        select count(*)::int as waiting from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`
      return row.waiting
    })
    .toBe(count)

const lock = (tx: Database, id: string) =>
  tx.$executeRaw`select from "Comparison" where id = ${id} for update`

/** A comparison locked from outside; `locked` resolves when it is, `release` lets it go, after a change if there is one. */
function lockOutside(id: string) {
  const locked = Promise.withResolvers<void>()
  const released = Promise.withResolvers<((tx: Database) => Promise<unknown>) | undefined>()
  const done = db.$transaction(async (tx) => {
    await lock(tx, id)
    locked.resolve()
    await (await released.promise)?.(tx)
  })
  const release = (change?: (tx: Database) => Promise<unknown>) => {
    released.resolve(change)
    return done
  }
  return { locked: locked.promise, release }
}

/** Two comparisons [low, high] by id, of which `high` is served first, and an annotator who has reopened low of both. */
async function crossed() {
  const { id } = await makeWorkspace()
  const [ann, bob, cat] = await Promise.all([1, 2, 3].map(() => makeMember(id, 'ANNOTATOR')))
  const [low, high] = (await makeComparisons(id, { count: 2, overlap: 3 })).sort() as [string, string]
  await db.comparison.update({ where: { id: high }, data: { priority: 1 } })
  const first = await makeRanking(ann!, low, [], { allBad: true })
  const second = await makeRanking(ann!, high, [], { allBad: true })
  await reopen(ann!, { assignmentId: first.assignmentId })
  const locks = { low: lockOutside(low), high: lockOutside(high) }
  await Promise.all([locks.low.locked, locks.high.locked])
  return {
    ann: ann!,
    bob: bob!,
    cat: cat!,
    low,
    high,
    locks,
    reopenHigh: { assignmentId: second.assignmentId },
  }
}

const held = async (actor: Actor) =>
  (await db.assignment.findMany({ where: { annotatorId: actor.userId, status: 'CLAIMED' } })).map(
    ({ comparisonId }) => comparisonId,
  )

describe('no two wait for each other', () => {
  test('when a claim of two meets a reopening', async () => {
    const { ann, bob, low, high, locks, reopenHigh } = await crossed()
    const both = [claim(bob, { hold: 2 }), reopen(ann, reopenHigh)] as const
    await waiting(2)
    await locks.low.release()
    await waiting(2)
    await locks.high.release()
    await Promise.all(both)
    expect(warn).not.toHaveBeenCalled()
    expect(await held(ann)).toEqual([high])
    expect([low, high]).toEqual(expect.arrayContaining(await held(bob)))
    expect((await held(bob)).length).toBeGreaterThan(0)
  })

  test('when what a claim waited for was full', async () => {
    const { ann, bob, low, high, locks, reopenHigh } = await crossed()
    const both = [claim(bob, {}), reopen(ann, reopenHigh)] as const
    await waiting(2)
    await locks.low.release()
    await waiting(2)
    await locks.high.release((tx) => tx.comparison.update({ where: { id: high }, data: { overlap: 1 } }))
    await Promise.all(both)
    expect(warn).not.toHaveBeenCalled()
    expect(await held(bob)).toEqual([low])
  })

  test('when two claims wait and the order changes between them', async () => {
    const { bob, cat, low, locks } = await crossed()
    const first = claim(bob, { hold: 2 })
    await waiting(1)
    const again = lockOutside(low)
    await waiting(2)
    await locks.low.release((tx) => tx.comparison.update({ where: { id: low }, data: { priority: 2 } }))
    await again.locked
    const second = claim(cat, { hold: 2 })
    await waiting(2)
    await again.release()
    // It has the other now, or had it and waits no more.
    await Promise.race([second, waiting(2)])
    await locks.high.release()
    await Promise.all([first, second])
    expect(warn).not.toHaveBeenCalled()
    for (const actor of [bob, cat]) expect((await held(actor)).length).toBeGreaterThan(0)
  })
})

test('a transaction that a deadlock ended is tried again, and any other error is passed on', async () => {
  const { id } = await makeWorkspace()
  const [one, two] = (await makeComparisons(id, { count: 2 })) as [string, string]
  const firstLocked = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const cross = (mine: number, order: [string, string]) =>
    transact(async (tx) => {
      await lock(tx, order[0])
      firstLocked[mine]!.resolve()
      await firstLocked[1 - mine]!.promise
      await lock(tx, order[1])
      return mine
    })
  expect(await Promise.all([cross(0, [one, two]), cross(1, [two, one])])).toEqual([0, 1])
  expect(warn).toHaveBeenCalledOnce()
  const gone = () => transact((tx) => tx.comparison.delete({ where: { id: randomUUID() } }))
  await expect(gone()).rejects.toMatchObject({ code: 'P2025' })
  expect(warn).toHaveBeenCalledOnce()
})
