import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Actor } from '../auth/actor.ts'
import { db } from '../db.ts'
import { listPrompts, listPromptsInput } from '../prompts/list-prompts.ts'
import { showPrompt } from '../prompts/show-prompt.ts'
import { type TestDatabase, testDatabase } from '../testing/database.ts'
import { makeMember, makePrompt, makeWorkspace } from '../testing/fixtures.ts'
import { listBatches } from './list-batches.ts'
import { listComparisons, listComparisonsInput } from './list-comparisons.ts'
import { makeComparisons, makeComparisonsInput } from './make-comparisons.ts'
import { showComparison } from './show-comparison.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database?.drop())

const researcher = async () => makeMember((await makeWorkspace()).id, 'RESEARCHER')
const make = (actor: Actor, input: Record<string, unknown>) =>
  makeComparisons(actor, makeComparisonsInput.parse({ batch: 'one', size: 3, overlap: 2, ...input }))
const list = (actor: Actor, input: Record<string, unknown> = {}) =>
  listComparisons(actor, listComparisonsInput.parse(input))

test('prompts with too few distinct completions are counted and the reason is told', async () => {
  const actor = await researcher()
  await makePrompt(actor.workspaceId, 'enough', ['a', 'b', 'c', 'd'])
  await makePrompt(actor.workspaceId, 'alike', ['a', ' a', 'a ', 'b'])
  await makePrompt(actor.workspaceId, 'none')
  expect(await make(actor, {})).toEqual({
    created: 1,
    skipped: 2,
    reason: '2 prompts have fewer than 3 distinct completions',
  })
  const { items } = await list(actor, { batch: 'one', state: 'open' })
  expect(items).toMatchObject([{ size: 3, overlap: 2, taken: 0, submitted: 0, prompt: { text: 'enough' } }])
  expect((await list(actor, { state: 'done' })).total).toBe(0)
  expect((await listBatches(actor)).items).toMatchObject([
    { name: 'one', comparisons: 1, wanted: 2, done: 0 },
  ])
  const shown = await showComparison(actor, { id: items[0]!.id })
  expect(new Set(shown.completions.map((completion) => completion.text)).size).toBe(3)
})

test('the same batch again adds nothing', async () => {
  const actor = await researcher()
  await makePrompt(actor.workspaceId, 'p', ['a', 'b', 'c'])
  expect(await make(actor, {})).toEqual({ created: 1, skipped: 0 })
  expect(await make(actor, {})).toEqual({
    created: 0,
    skipped: 0,
    reason: '1 prompt is in this batch already',
  })
  expect(await make(actor, { batch: 'two' })).toEqual({ created: 1, skipped: 0 })
})

test('copies in which a comparison is repeated or decided count nowhere as prompts or comparisons', async () => {
  const actor = await researcher()
  const { id: promptId } = await makePrompt(actor.workspaceId, 'p', ['a', 'b', 'c'])
  await make(actor, {})
  const { id, batchId, workspaceId } = await db.comparison.findFirstOrThrow({ where: { promptId } })
  const copy = { workspaceId, promptId, batchId, originalId: id }
  await db.comparison.createMany({
    data: [
      { ...copy, kind: 'REPEAT' },
      { ...copy, kind: 'ADJUDICATION' },
    ],
  })
  expect(await make(actor, {})).toMatchObject({ reason: '1 prompt is in this batch already' })
  expect(await showPrompt(actor, { id: promptId })).toMatchObject({ comparisonCount: 1 })
  const { items } = await listPrompts(actor, listPromptsInput.parse({}))
  expect(items).toMatchObject([{ comparisonCount: 1 }])
})

test('two requests for one batch at the same moment make each comparison once', async () => {
  const actor = await researcher()
  for (let index = 0; index < 20; index++) await makePrompt(actor.workspaceId, `p${index}`, ['a', 'b', 'c'])
  const made = await Promise.all([make(actor, {}), make(actor, {}), make(actor, {})])
  expect(made.reduce((sum, { created }) => sum + created, 0)).toBe(20)
  expect((await list(actor)).total).toBe(20)
})

test('what belongs to another workspace is not there', async () => {
  const [actor, stranger] = [await researcher(), await researcher()]
  const prompt = await makePrompt(actor.workspaceId, 'p', ['a', 'b', 'c'])
  await make(actor, {})
  const { items } = await list(actor)
  await expect(showComparison(stranger, { id: items[0]!.id })).rejects.toMatchObject({ code: 'NOT_FOUND' })
  await expect(showPrompt(stranger, { id: prompt.id })).rejects.toMatchObject({ code: 'NOT_FOUND' })
  expect((await list(stranger)).total).toBe(0)
  expect((await list(stranger, { batch: items[0]!.batch!.id })).total).toBe(0)
  expect((await listBatches(stranger)).items).toEqual([])
  expect(await make(stranger, {})).toEqual({ created: 0, skipped: 0, reason: 'no prompt matches the filter' })
})

test('what is chosen follows from the seed', async () => {
  const actor = await researcher()
  for (let index = 0; index < 12; index++) {
    await makePrompt(
      actor.workspaceId,
      `p${index}`,
      ['a', 'b', 'c', 'd', 'e', 'f'].map((text) => text + index),
    )
  }
  const chosen = async (batch: string, seed: number) => {
    await make(actor, { batch, seed, limit: 5 })
    const rows = await db.comparisonCompletion.findMany({
      where: { comparison: { workspaceId: actor.workspaceId, batch: { name: batch } } },
      select: { completionId: true },
    })
    expect(rows).toHaveLength(15)
    return rows.map((row) => row.completionId).sort()
  }
  const first = await chosen('first', 1)
  expect(await chosen('again', 1)).toEqual(first)
  expect(await chosen('other', 2)).not.toEqual(first)
})

test('only completions of the version asked for, and only versions of this workspace', async () => {
  const actor = await researcher()
  await expect(make(actor, { modelVersionId: 'nobody' })).rejects.toMatchObject({ code: 'NOT_FOUND' })
  const { completionIds } = await makePrompt(actor.workspaceId, 'p', ['a', 'b', 'c', 'd'])
  const version = await db.modelVersion.create({
    data: {
      workspaceId: actor.workspaceId,
      kind: 'POLICY',
      name: 'v',
      version: 1,
      artifact: 'x',
      sha256: 'x',
    },
  })
  const own = completionIds.slice(0, 2)
  await db.completion.updateMany({ where: { id: { in: own } }, data: { modelVersionId: version.id } })
  expect(await make(actor, { modelVersionId: version.id, size: 3 })).toMatchObject({ created: 0, skipped: 1 })
  expect(await make(actor, { modelVersionId: version.id, size: 2 })).toMatchObject({ created: 1 })
})
