import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Actor } from '../auth/actor.ts'
import { db } from '../db.ts'
import { type TestDatabase, testDatabase } from '../testing/database.ts'
import { makeComparisons, makeMember, makeWorkspace } from '../testing/fixtures.ts'
import { exportDataset } from './export-dataset.ts'
import { listDatasets, listDatasetsInput } from './list-datasets.ts'
import { makeDataset, makeDatasetInput } from './make-dataset.ts'
import { showDataset } from './show-dataset.ts'
import { rank } from './testing-rankings.ts'

let database: TestDatabase
let actor: Actor
let other: Actor
let comparisons: string[]

beforeAll(async () => {
  database = await testDatabase()
  const { id } = await makeWorkspace()
  actor = await makeMember(id, 'RESEARCHER')
  other = await makeMember(id, 'ANNOTATOR', 'ann')
  comparisons = await makeComparisons(id, { count: 4, size: 3, overlap: 2, batch: 'first' })
  const [one, two, three] = comparisons as [string, string, string]
  await rank(actor, one, [[0], [1], [2]])
  await rank(other, one, [[0, 1], [2]])
  const replaced = await rank(actor, two, [[2], [1]])
  await rank(actor, two, [[1], [2]], { supersedes: replaced, strength: 4 })
  await rank(actor, three, [[0, 1, 2]], { flags: [{ target: 0, flag: 'harmful' }] })
})
afterAll(() => database?.drop())

const make = (name: string, filter: object = {}, by = actor) =>
  makeDataset(by, makeDatasetInput.parse({ name, filter }))

async function exported(id: string, format: 'trl' | 'openai') {
  const { lines, fileName } = await exportDataset(actor, { id, format })
  const rows: Record<string, unknown>[] = []
  for await (const line of lines) {
    expect(line.endsWith('\n')).toBe(true)
    rows.push(JSON.parse(line))
  }
  return { rows, fileName }
}

test('current rankings become pairs, superseded ones do not', async () => {
  const dataset = await make('all')
  // 3 pairs of the first ranking, 2 of the one with a tie, 1 of the second version of the third.
  expect(dataset).toMatchObject({
    pairCount: 6,
    comparisonCount: 2,
    promptCount: 2,
    annotatorCount: 2,
    trainPairs: 6,
    evalPairs: 0,
  })
  const details = await showDataset(actor, { id: dataset.id, limit: 4 })
  expect(details.pairs).toHaveLength(4)
  const rest = await showDataset(actor, { id: dataset.id, cursor: details.nextPair! })
  expect(rest.pairs).toHaveLength(2)
  expect(rest.nextPair).toBeNull()
  expect(details.annotators.map(({ rankings }) => rankings)).toEqual([2, 1])
  expect(details.createdBy?.name).toBe('researcher')
  const stored = await db.preferencePair.findMany({
    where: { datasetId: dataset.id, comparisonId: comparisons[1]! },
  })
  expect(stored).toMatchObject([{ margin: 1, chosen: expect.stringContaining('Reply 1') }])
})

test('the same filter over the same rankings gives the same hash', async () => {
  const first = await make('again 1', { annotators: [actor.userId] })
  const second = await make('again 2', { annotators: [actor.userId] })
  expect(second.contentHash).toBe(first.contentHash)
  const ties = await make('again 3', { annotators: [actor.userId], ties: 'keep' })
  expect(ties.contentHash).not.toBe(first.contentHash)
  expect(ties.pairCount).toBe(first.pairCount + 3)
  const clean = await make('again 4', { annotators: [actor.userId], ties: 'keep', excludeFlagged: true })
  expect(clean.pairCount).toBe(ties.pairCount - 2)
})

test('filters name batches by id or name, and times', async () => {
  expect((await make('by batch', { batches: ['first'] })).pairCount).toBe(6)
  await expect(make('none', { batches: ['second'] })).rejects.toThrow('No ranking passes the filter')
  const later = new Date(Date.now() + 60_000).toISOString()
  await expect(make('later', { from: later })).rejects.toMatchObject({ code: 'INVALID_INPUT' })
  expect((await make('until then', { to: later })).pairCount).toBe(6)
})

test('a dataset without pairs is refused with the reason, and leaves nothing behind', async () => {
  const before = await db.preferenceDataset.count()
  const lonely = await makeMember(actor.workspaceId, 'ANNOTATOR', 'lonely')
  await rank(lonely, comparisons[3]!, [[0, 1, 2]])
  await expect(make('only ties', { annotators: [lonely.userId] })).rejects.toThrow(
    '1 ranking passes the filter, but no pair is left of it: ties are left out',
  )
  expect(await db.preferenceDataset.count()).toBe(before)
})

test('a dataset and its pairs can be neither changed nor removed, and names are taken once', async () => {
  const { id } = await make('for ever')
  await expect(db.preferenceDataset.update({ where: { id }, data: { name: 'other' } })).rejects.toThrow(
    'append-only',
  )
  await expect(db.preferencePair.deleteMany({ where: { datasetId: id } })).rejects.toThrow('append-only')
  await expect(make('for ever')).rejects.toMatchObject({ code: 'CONFLICT' })
})

test("annotators' weights follow what the overlap tells of them, have a mean of 1, and are part of the hash", async () => {
  const { id } = await makeWorkspace()
  const crowd = await Promise.all(['Ada', 'Bo', 'Cy', 'Di'].map((name) => makeMember(id, 'ANNOTATOR', name)))
  const researcher = await makeMember(id, 'RESEARCHER')
  for (const [index, comparison] of (await makeComparisons(id, { count: 30, overlap: 4 })).entries()) {
    // Three agree; Di tosses a coin.
    for (const one of crowd)
      await rank(one, comparison, one === crowd[3] && index % 2 ? [[1], [0]] : [[0], [1]])
  }
  const even = await make('even', {}, researcher)
  const weighed = await make('weighed', { weights: 'annotator' }, researcher)
  expect(weighed.pairCount).toBe(even.pairCount)
  expect(weighed.contentHash).not.toBe(even.contentHash)
  expect((await make('again', { weights: 'annotator' }, researcher)).contentHash).toBe(weighed.contentHash)
  const pairs = await db.preferencePair.findMany({
    where: { datasetId: weighed.id },
    include: { ranking: { select: { annotatorId: true } } },
  })
  const of = (one: Actor) =>
    pairs.filter(({ ranking }) => ranking.annotatorId === one.userId).map(({ weight }) => weight)
  expect(pairs.reduce((sum, { weight }) => sum + weight, 0) / pairs.length).toBeCloseTo(1, 5)
  expect(of(crowd[3]!)[0]).toBeLessThan(0.6)
  expect(of(crowd[0]!)[0]).toBeGreaterThan(1.1)
  expect((await showDataset(researcher, { id: weighed.id })).filter.weights).toBe('annotator')
  expect(await db.preferencePair.count({ where: { datasetId: even.id, weight: { not: 1 } } })).toBe(0)
})

test('both exports have the shapes their readers expect', async () => {
  const { id } = await make('Export: ünï', { ties: 'keep', annotators: [actor.userId, other.userId] })
  const trl = await exported(id, 'trl')
  expect(trl.fileName).toBe('Export-n.trl.jsonl')
  expect(trl.rows).toHaveLength(10)
  expect(Object.keys(trl.rows[0]!).slice(0, 3)).toEqual(['prompt', 'chosen', 'rejected'])
  expect(trl.rows[0]).toMatchObject({
    prompt: [{ role: 'user', content: expect.stringContaining('Question') }],
    chosen: [{ role: 'assistant', content: expect.stringContaining('Reply') }],
    rejected: [{ role: 'assistant', content: expect.stringContaining('Reply') }],
    split: 'train',
  })
  const openai = await exported(id, 'openai')
  expect(openai.rows).toHaveLength(6)
  expect(openai.rows[0]).toEqual({
    input: {
      messages: [{ role: 'user', content: expect.any(String) }],
      tools: [],
      parallel_tool_calls: true,
    },
    preferred_output: [{ role: 'assistant', content: expect.any(String) }],
    non_preferred_output: [{ role: 'assistant', content: expect.any(String) }],
  })
})

test('annotators and other workspaces see no datasets', async () => {
  const { items } = await listDatasets(actor, listDatasetsInput.parse({ limit: 1 }))
  await expect(showDataset(other, { id: items[0]!.id })).rejects.toMatchObject({ code: 'FORBIDDEN' })
  const stranger = await makeMember((await makeWorkspace()).id, 'ADMIN')
  await expect(showDataset(stranger, { id: items[0]!.id })).rejects.toMatchObject({ code: 'NOT_FOUND' })
  await expect(exportDataset(stranger, { id: items[0]!.id, format: 'trl' })).rejects.toMatchObject({
    code: 'NOT_FOUND',
  })
  expect(await listDatasets(stranger, listDatasetsInput.parse({}))).toMatchObject({ items: [], total: 0 })
})
