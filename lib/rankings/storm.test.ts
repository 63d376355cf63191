import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Actor } from '../auth/actor.ts'
import { db } from '../db.ts'
import { WhetstoneError } from '../errors.ts'
import { type TestDatabase, testDatabase } from '../testing/database.ts'
import { makeComparisons, makeMember, makeWorkspace } from '../testing/fixtures.ts'
import { claim } from './claim.ts'
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

/** A small generator with a fixed seed (mulberry32): the steps of each annotator are the same in every run. */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

async function annotate(actor: Actor, seed: number, steps: number): Promise<void> {
  const random = randomFrom(seed)
  let held: Awaited<ReturnType<typeof claim>>['assignment'] = null
  const act = [
    async () => {
      held = (await claim(actor, {})).assignment
    },
    async () => {
      const groups = [held!.completions.map(({ id }) => id)]
      const answer = { assignmentId: held!.id, groups, millisecondsSpent: 1, idempotencyKey: randomUUID() }
      await submit(actor, submitInput.parse(answer))
    },
    async () => {
      held = (await undo(actor, {})).assignment
    },
    async () => void (await release(actor, { assignmentId: held!.id })),
    async () => void (await renew(actor, { assignmentId: held!.id })),
    async () => void (await skip(actor, { assignmentId: held!.id, reason: 'x' })),
    async () => {
      const leaseUntil = new Date(Date.now() - 1)
      await db.assignment.updateMany({ where: { id: held!.id, status: 'CLAIMED' }, data: { leaseUntil } })
    },
  ]
  const often = [0, 0, 0, 1, 1, 1, 2, 3, 4, 5, 6]
  for (let step = 0; step < steps; step++) {
    const choice = held ? often[Math.floor(random() * often.length)]! : 0
    try {
      await act[choice]!()
    } catch (error) {
      // Refusals are answers; anything else (a deadlock, a broken check) fails the test.
      if (!(error instanceof WhetstoneError)) throw error
    }
  }
}

test('whatever annotators do at once, slots and rankings are counted right', async () => {
  const workspace = await makeWorkspace()
  await makeComparisons(workspace.id, { count: 12, size: 3, overlap: 2 })
  const annotators = await Promise.all(Array.from({ length: 8 }, () => makeMember(workspace.id, 'ANNOTATOR')))
  await Promise.all(annotators.map((actor, index) => annotate(actor, index, 25)))

  const comparisons = await db.comparison.findMany({
    include: { assignments: { include: { rankings: { include: { supersededBy: true } } } } },
  })
  for (const { overlap, taken, submitted, assignments } of comparisons) {
    const holding = assignments.filter(({ status }) => status === 'CLAIMED' || status === 'SUBMITTED')
    const ranked = assignments.filter(({ rankings }) => rankings.length > 0)
    expect(taken).toBe(holding.length)
    expect(taken).toBeLessThanOrEqual(overlap)
    expect(submitted).toBe(ranked.length)
    for (const { rankings, status } of ranked) {
      expect(['CLAIMED', 'SUBMITTED']).toContain(status)
      // A chain: every ranking but the current one is superseded, by one other.
      expect(rankings.filter((ranking) => !ranking.supersededBy)).toHaveLength(1)
    }
  }
  expect(comparisons.some(({ submitted }) => submitted > 0)).toBe(true)
})
