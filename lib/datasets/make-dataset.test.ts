import { afterAll, beforeAll, describe, expect, test } from 'vitest'
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

describe('adjudication', () => {
  const names = ['Ada', 'Bo', 'Cy'] as const

  async function bench() {
    const { id } = await makeWorkspace()
    const crowd = await Promise.all(names.map((name) => makeMember(id, 'ANNOTATOR', name)))
    const researcher = await makeMember(id, 'RESEARCHER', 'Ro')
    const ids = await makeComparisons(id, { count: 2, size: 2, overlap: 3, batch: 'first' })
    for (const comparison of ids) {
      for (const one of crowd) await rank(one, comparison, one === crowd[2] ? [[1], [0]] : [[0], [1]])
    }
    const [decided, other] = ids as [string, string]
    const decision = await adjudicate(researcher, decided, [[1], [0]])
    return { researcher, crowd, decided, other, decision }
  }

  async function adjudicate(by: Actor, originalId: string, groups: number[][]): Promise<string> {
    const { workspaceId, promptId, batchId } = await db.comparison.findUniqueOrThrow({
      where: { id: originalId },
    })
    const places = await db.comparisonCompletion.findMany({ where: { comparisonId: originalId } })
    const completions = places.map(({ completionId, position }) => ({ completionId, position }))
    const copy = await db.comparison.create({
      data: {
        workspaceId,
        promptId,
        batchId,
        originalId,
        kind: 'ADJUDICATION',
        taken: 1,
        submitted: 1,
        completions: { create: completions },
      },
    })
    return rank(by, copy.id, groups, { createdAt: new Date(Date.now() + 60_000) })
  }

  const pairsIn = async (id: string) =>
    (
      await db.preferencePair.findMany({
        where: { datasetId: id },
        include: { ranking: { select: { annotator: { select: { name: true } } } } },
      })
    ).map(({ comparisonId, ranking, chosen, weight }) => ({
      comparisonId,
      name: ranking.annotator.name,
      chosen: chosen.slice(0, 7),
      weight,
    }))

  test('replaces what all annotators said of its comparison, under the name of that comparison', async () => {
    const { researcher, decided, other } = await bench()
    const won = await make('won', {}, researcher)
    expect(won).toMatchObject({ pairCount: 4, comparisonCount: 2, annotatorCount: 4 })
    const pairs = await pairsIn(won.id)
    expect(pairs.filter(({ comparisonId }) => comparisonId === decided)).toEqual([
      { comparisonId: decided, name: 'Ro', chosen: 'Reply 1', weight: 1 },
    ])
    expect(pairs.filter(({ comparisonId }) => comparisonId === other)).toHaveLength(3)
    const ignored = await make('ignored', { adjudication: 'ignored' }, researcher)
    expect(ignored).toMatchObject({ pairCount: 6, annotatorCount: 3 })
    expect(ignored.contentHash).not.toBe(won.contentHash)
    expect((await showDataset(researcher, { id: ignored.id })).filter.adjudication).toBe('ignored')
  })

  test('weighs 1, the mean, where annotators weigh by their reliability', async () => {
    const { researcher, decided } = await bench()
    const { id } = await make('weighed', { weights: 'annotator' }, researcher)
    const pairs = await pairsIn(id)
    expect(pairs.find(({ comparisonId }) => comparisonId === decided)!.weight).toBe(1)
    expect(pairs.reduce((sum, { weight }) => sum + weight, 0) / pairs.length).toBeCloseTo(1, 5)
  })

  test('must pass the filter itself: its author, its time, and the batch of its comparison', async () => {
    const { researcher, crowd, decided } = await bench()
    const size = async (name: string, filter: object) => (await make(name, filter, researcher)).pairCount
    expect(await size('annotators', { annotators: crowd.map(({ userId }) => userId) })).toBe(6)
    expect(await size('one and the researcher', { annotators: [crowd[0]!.userId, researcher.userId] })).toBe(
      2,
    )
    expect(await size('until then', { to: new Date(Date.now() + 30_000).toISOString() })).toBe(6)
    expect(await size('since', { from: new Date(Date.now() + 30_000).toISOString() })).toBe(1)
    expect(await size('in the batch', { batches: ['first'] })).toBe(4)
    const gold = { groups: [], allBad: true, note: null, overlap: 3, byId: researcher.userId, at: new Date() }
    await db.comparison.update({
      where: { id: decided },
      data: { kind: 'GOLD', gold: { ...gold, at: gold.at.toISOString() } },
    })
    expect(await size('gold does not count', {})).toBe(3)
  })

  test('of a tie leaves nothing of its comparison where ties are left out', async () => {
    const { researcher, decision, other } = await bench()
    const { comparisonId } = await db.ranking.findUniqueOrThrow({ where: { id: decision } })
    await rank(researcher, comparisonId, [[0, 1]], { supersedes: decision })
    const { id } = await make('tied', {}, researcher)
    expect((await pairsIn(id)).map(({ comparisonId }) => comparisonId)).toEqual([other, other, other])
  })
})

test('rankings of gold and repeated items are no preferences', async () => {
  const { id } = await makeWorkspace()
  const researcher = await makeMember(id, 'RESEARCHER')
  const [gold, label] = (await makeComparisons(id, { count: 2 })) as [string, string]
  await rank(researcher, gold, [[0], [1]])
  await rank(researcher, label, [[0], [1]])
  await db.comparison.update({ where: { id: gold }, data: { kind: 'GOLD', gold: {} } })
  const { promptId } = await db.comparison.findUniqueOrThrow({ where: { id: label } })
  const members = await db.comparisonCompletion.findMany({ where: { comparisonId: label } })
  const repeat = await db.comparison.create({
    data: {
      workspaceId: id,
      promptId,
      kind: 'REPEAT',
      originalId: label,
      completions: {
        create: members.map(({ completionId, position }) => ({ completionId, position })),
      },
    },
  })
  await rank(researcher, repeat.id, [[1], [0]])
  expect((await make('own', {}, researcher)).pairCount).toBe(1)
})

test('what an annotator wrote instead is chosen over all they ranked, with its text', async () => {
  const { id } = await makeWorkspace()
  const researcher = await makeMember(id, 'RESEARCHER')
  const [comparison] = (await makeComparisons(id, { count: 1, size: 3 })) as [string]
  await rank(researcher, comparison, [[0], [2]], { edit: { of: 0, text: 'A better reply' } })
  const { id: datasetId } = await make('edited', { weights: 'annotator' }, researcher)
  const pairs = await db.preferencePair.findMany({ where: { datasetId }, orderBy: { id: 'asc' } })
  expect(pairs.map(({ chosen, rejected }) => [chosen.slice(0, 8), rejected.slice(0, 7)])).toEqual([
    ['A better', 'Reply 0'],
    ['A better', 'Reply 2'],
    ['Reply 0 ', 'Reply 2'],
  ])
})
