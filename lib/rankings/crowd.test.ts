import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Actor } from '../auth/actor.ts'
import { db } from '../db.ts'
import { type TestDatabase, testDatabase } from '../testing/database.ts'
import { makeComparisons, makeMember, makeWorkspace } from '../testing/fixtures.ts'
import { claim } from './claim.ts'
import { claimStatement } from './claim-statement.ts'
import { submit, submitInput } from './submit.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database?.drop())

test('50 annotators at once finish 200 comparisons, none over its overlap and none twice', async () => {
  const workspace = await makeWorkspace()
  const overlaps = [1, 2, 3]
  for (const overlap of overlaps) {
    await makeComparisons(workspace.id, { count: overlap === 1 ? 100 : 50, overlap, priority: overlap })
  }
  const annotators: Actor[] = await Promise.all(
    Array.from({ length: 50 }, () => makeMember(workspace.id, 'ANNOTATOR')),
  )

  await Promise.all(
    annotators.map(async (actor) => {
      for (;;) {
        const { assignment } = await claim(actor, {})
        if (!assignment) return
        const groups = [assignment.completions.map(({ id }) => id)]
        const idempotencyKey = randomUUID()
        await submit(
          actor,
          submitInput.parse({ assignmentId: assignment.id, groups, millisecondsSpent: 1, idempotencyKey }),
        )
      }
    }),
  )

  const comparisons = await db.comparison.findMany({ include: { rankings: true, assignments: true } })
  expect(comparisons).toHaveLength(200)
  for (const comparison of comparisons) {
    const { overlap } = comparison
    expect(comparison).toMatchObject({ taken: overlap, submitted: overlap })
    expect(comparison.assignments).toHaveLength(overlap)
    expect(new Set(comparison.rankings.map((ranking) => ranking.annotatorId)).size).toBe(overlap)
  }
})

test('the claim on 20,000 comparisons reads only the open ones, by index and in order', async () => {
  const workspace = await makeWorkspace('Large')
  const actor = await makeMember(workspace.id, 'ANNOTATOR')
  await db.$executeRaw`
    with batches as (
      insert into "Batch" (id, "workspaceId", name) select 'batch-' || i, ${workspace.id}, 'batch ' || i
      from generate_series(0, 9) i
    ), prompts as (
      insert into "Prompt" (id, "workspaceId", messages, text, split, "contentHash")
      select 'prompt-' || i, ${workspace.id}, '[]', '', 'TRAIN', i from generate_series(1, 20000) i
    )
    insert into "Comparison" (id, "workspaceId", "promptId", "batchId", overlap, taken, priority)
    select 'comparison-' || i, ${workspace.id}, 'prompt-' || i, 'batch-' || i % 10, 1, (i % 101 > 0)::int, i % 3
    from generate_series(1, 20000) i`
  await db.$executeRaw`analyze`
  for (const batchId of [null, 'batch-0']) {
    const statement = claimStatement(actor, { batchId, hold: 2, evenExpired: false })
    const plan = await db.$queryRawUnsafe<{ 'QUERY PLAN': string }[]>(
      `explain (analyze, buffers, costs off) ${statement.text}`,
      ...statement.values,
    )
    const lines = plan.map((row) => row['QUERY PLAN']).join('\n')
    expect(lines).toMatch(/Comparison_open_(in_batch_)?idx/)
    expect(lines).not.toMatch(/Seq Scan on "(Comparison|Assignment)"|Sort Key: c\./)
  }
})
