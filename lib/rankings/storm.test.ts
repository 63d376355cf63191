import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { Actor } from '../auth/actor.ts'
import { db } from '../db.ts'
import { WhetstoneError } from '../errors.ts'
import { log } from '../log.ts'
import { type TestDatabase, testDatabase } from '../testing/database.ts'
import { makeComparisons, makeMember, makeRanking, makeWorkspace } from '../testing/fixtures.ts'
import { claim } from './claim.ts'
import { mine } from './mine.ts'
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
  const reopenOne = async (status: 'submitted' | 'skipped') => {
    const { items } = await mine(actor, { status, limit: 10 })
    const chosen = items[Math.floor(random() * items.length)]
    if (chosen) held = (await reopen(actor, { assignmentId: chosen.id })).assignment
  }
  const act = [
    async () => {
      held = (await claim(actor, { hold: random() < 0.5 ? 1 : 2 })).assignment
    },
    async () => {
      const ids = held!.completions.map(({ id }) => id)
      // Two annotators often write the same text.
      const edit = random() < 0.3 && { completionId: ids[0]!, text: `Better ${Math.floor(random() * 2)}` }
      const answer = {
        assignmentId: held!.id,
        groups: [ids],
        millisecondsSpent: 1,
        idempotencyKey: randomUUID(),
      }
      await submit(actor, submitInput.parse({ ...answer, ...(edit && { edit }) }))
    },
    async () => {
      held = (await undo(actor, {})).assignment
    },
    async () => void (await release(actor, { assignmentId: held!.id })),
    async () => void (await renew(actor, { assignmentIds: [held!.id] })),
    async () => void (await skip(actor, { assignmentId: held!.id, reason: 'x' })),
    async () => {
      const leaseUntil = new Date(Date.now() - 1)
      await db.assignment.updateMany({ where: { id: held!.id, status: 'CLAIMED' }, data: { leaseUntil } })
    },
    async () => reopenOne('submitted'),
    async () => reopenOne('skipped'),
  ]
  const often = [0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 3, 4, 5, 6, 7, 8]
  for (let step = 0; step < steps; step++) {
    const choice = held ? often[Math.floor(random() * often.length)]! : 0
    try {
      await act[choice]!()
    } catch (error) {
      // Refusals are answers; anything else (a broken check) fails the test.
      if (!(error instanceof WhetstoneError)) throw error
    }
  }
}

test('whatever annotators do at once, slots and rankings are counted right', async () => {
  const workspace = await makeWorkspace()
  const annotators = await Promise.all(Array.from({ length: 8 }, () => makeMember(workspace.id, 'ANNOTATOR')))
  const batch = { batch: 'round', goldRate: 0.25, repeatRate: 0.5 }
  const some = annotators.slice(0, 3).map(({ userId }) => userId)
  await makeComparisons(workspace.id, { count: 24, size: 3, overlap: 2, ...batch })
  await makeComparisons(workspace.id, { count: 6, size: 3, overlap: 2, assigneeIds: some, ...batch })
  await makeComparisons(workspace.id, { count: 4, size: 3, gold: true, ...batch })
  // Three have ranked enough that repeats are due.
  const ranked = await makeComparisons(workspace.id, { count: 12, size: 3, overlap: 3, ...batch })
  const members = await db.comparisonCompletion.findMany({ where: { comparisonId: { in: ranked } } })
  const groupsOf = (id: string) => [
    members.filter(({ comparisonId }) => comparisonId === id).map(({ completionId }) => completionId),
  ]
  await Promise.all(
    annotators.slice(0, 3).map(async (actor) => {
      for (const id of ranked) await makeRanking(actor, id, groupsOf(id))
    }),
  )
  const warn = vi.spyOn(log(), 'warn')
  await Promise.all(annotators.map((actor, index) => annotate(actor, index, 40)))
  // No deadlock, not even one that was tried again.
  expect(warn).not.toHaveBeenCalled()

  const comparisons = await db.comparison.findMany({
    include: { assignments: { include: { rankings: { include: { supersededBy: true, edit: true } } } } },
  })
  for (const { kind, overlap, taken, submitted, assignments, assigneeIds } of comparisons) {
    const holding = assignments.filter(({ status }) => status === 'CLAIMED' || status === 'SUBMITTED')
    const ranked = assignments.filter(({ rankings }) => rankings.length > 0)
    expect(taken).toBe(holding.length)
    expect(taken).toBeLessThanOrEqual(overlap)
    expect(submitted).toBe(ranked.length)
    for (const { rankings, status, annotatorId, finishedAt, shownOrder } of ranked) {
      expect(['CLAIMED', 'SUBMITTED']).toContain(status)
      expect(finishedAt).not.toBeNull()
      // A chain: every ranking but the current one is superseded, by one other.
      expect(rankings.filter((ranking) => !ranking.supersededBy)).toHaveLength(1)
      if (assigneeIds.length > 0) expect(assigneeIds).toContain(annotatorId)
      for (const { groups, edit } of rankings) {
        const ids = (groups as string[][]).flat()
        expect(ids.filter((id) => !shownOrder.includes(id))).toEqual(edit ? [edit.id] : [])
        if (edit) expect(groups).toMatchObject([[edit.id], { length: 3 }])
      }
    }
    if (kind === 'REPEAT') {
      expect(assignments.map(({ annotatorId }) => annotatorId)).toEqual(assigneeIds)
      expect(overlap).toBe(1)
    }
  }
  const repeats = comparisons.filter(({ kind }) => kind === 'REPEAT')
  const whose = repeats.map(({ originalId, assigneeIds }) => `${originalId} ${assigneeIds[0]}`)
  expect(new Set(whose).size).toBe(repeats.length)
  for (const kind of ['LABEL', 'GOLD', 'REPEAT'])
    expect(comparisons.some((each) => each.kind === kind && each.submitted > 0)).toBe(true)
  expect(
    await db.completion.groupBy({ by: ['promptId', 'text'], having: { id: { _count: { gt: 1 } } } }),
  ).toEqual([])
  expect(await db.ranking.count({ where: { editId: { not: null } } })).toBeGreaterThan(0)
})
