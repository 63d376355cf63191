import { afterAll, beforeAll, expect, test } from 'vitest'
import { claimAdjudication, claimAdjudicationInput } from '../adjudication/claim-adjudication.ts'
import type { Actor } from '../auth/actor.ts'
import { requeue } from '../comparisons/requeue.ts'
import { datasetFilter } from '../datasets/dataset-filter.ts'
import { makeDataset } from '../datasets/make-dataset.ts'
import { rank } from '../datasets/testing-rankings.ts'
import { db } from '../db.ts'
import { testInstallation } from '../jobs/testing.ts'
import { claim, claimInput } from '../rankings/claim.ts'
import { release } from '../rankings/release.ts'
import { giveScores, makeRewardVersion } from '../selection/testing-scores.ts'
import { makeComparisons, makeMember, makeRanking, makeWorkspace } from '../testing/fixtures.ts'
import { keepSuspect } from './keep-suspect.ts'
import { listSuspects, listSuspectsInput } from './list-suspects.ts'

let installation: Awaited<ReturnType<typeof testInstallation>>
beforeAll(async () => {
  installation = await testInstallation()
})
afterAll(() => installation?.drop())

const list = (actor: Actor, input: object = {}) => listSuspects(actor, listSuspectsInput.parse(input))

/** `margins`: for each comparison by how much the second completion scores above the first, which the annotator ranked first. */
async function setUp(margins: number[][], gain = 1) {
  const { id: workspaceId } = await makeWorkspace()
  const actor = await makeMember(workspaceId, 'RESEARCHER')
  const annotator = await makeMember(workspaceId, 'ANNOTATOR', 'ann')
  const comparisons = await makeComparisons(workspaceId, { count: margins.length, batch: 'one' })
  const rankings: string[] = []
  const reward = await makeRewardVersion(workspaceId, { gain })
  for (const [index, comparisonId] of comparisons.entries()) {
    const places = await db.comparisonCompletion.findMany({
      where: { comparisonId },
      orderBy: { position: 'asc' },
    })
    const [a, b] = places.map(({ completionId }) => completionId) as [string, string]
    await giveScores(reward.id, {
      [a]: margins[index]!.map(() => 1),
      [b]: margins[index]!.map((x) => 1 + x * gain),
    })
    rankings.push(await rank(annotator, comparisonId, [[0], [1]]))
    await db.comparison.update({ where: { id: comparisonId }, data: { taken: 1, submitted: 1 } })
  }
  return { actor, annotator, comparisons, rankings, reward }
}

test('rankings contradicted with confidence come most confident first, those in doubt not at all', async () => {
  const { actor, comparisons, rankings } = await setUp(
    [
      [4, 4],
      [-4, -4],
      [6, 6],
      [9, -1],
      [2, 2],
    ],
    3,
  )
  const found = await list(actor)
  expect(found).toMatchObject({
    reward: { name: 'judge' },
    ranked: 10,
    unscored: 0,
    total: 2,
    nextCursor: null,
  })
  expect(found.items.map(({ id }) => id)).toEqual([comparisons[2], comparisons[0]])
  // σ(6) = .99753, of both heads
  expect(found.items[0]).toMatchObject({
    confidence: expect.closeTo(0.997527, 6),
    rankings: [
      {
        id: rankings[2],
        annotator: { name: 'ann' },
        seen: 'new',
        doubt: { low: expect.closeTo(0.997527, 6) },
      },
    ],
  })
  expect((await list(actor, { confidence: '0.85' })).total).toBe(3)
  const first = await list(actor, { limit: 1, confidence: 0.85 })
  const second = await list(actor, { limit: 2, confidence: 0.85, cursor: first.nextCursor! })
  expect([...first.items, ...second.items].map(({ id }) => id)).toEqual(
    [2, 0, 4].map((at) => comparisons[at]),
  )
  expect(second.nextCursor).toBeNull()
  await expect(list(actor, { cursor: 'x' })).rejects.toMatchObject({ code: 'INVALID_INPUT' })
  expect((await list(actor, { batch: 'one' })).total).toBe(2)
})

test('a model that was too sure of held-out pairs is believed less', async () => {
  const { actor, reward } = await setUp([[4]])
  expect((await list(actor)).total).toBe(1)
  const share = { pairs: 0.6, low: 0.4, high: 0.8, pairCount: 9 }
  const heldOut = { accuracy: share, calibration: { ece: 0, logLoss: 1, bins: [], temperature: 2.5 } }
  await db.modelVersion.update({
    where: { id: reward.id },
    data: { card: { report: { loss: 'bradley-terry', heads: 1, heldOut } } },
  })
  // σ(4 / 2.5) = .832
  expect((await list(actor)).total).toBe(0)
  expect((await list(actor, { confidence: 0.83 })).items[0]!.confidence).toBeCloseTo(0.832018, 6)
})

test('without a reward model, or without scores, the list says so', async () => {
  const { actor, reward } = await setUp([[5]])
  await db.completionScore.deleteMany({ where: { modelVersionId: reward.id } })
  expect(await list(actor)).toMatchObject({ reward: { id: reward.id }, ranked: 2, unscored: 2, items: [] })
  const nobody = await makeMember((await makeWorkspace()).id, 'RESEARCHER')
  expect(await list(nobody)).toMatchObject({ reward: null, items: [] })
  await expect(list(nobody, { rewardId: reward.id })).rejects.toMatchObject({ code: 'NOT_FOUND' })
})

test('what is kept, sent back, superseded, adjudicated or of another kind is no suspect any more', async () => {
  const { actor, annotator, comparisons, rankings } = await setUp([[5], [5.1], [5.2], [5.3], [5.4]])
  expect((await list(actor)).total).toBe(5)
  const stranger = await makeMember((await makeWorkspace()).id, 'RESEARCHER')
  await expect(keepSuspect(stranger, { rankingIds: [rankings[0]!] })).rejects.toMatchObject({
    code: 'NOT_FOUND',
  })
  for (let twice = 0; twice < 2; twice++) await keepSuspect(actor, { rankingIds: [rankings[0]!] })
  expect(await db.auditEvent.count({ where: { action: 'suspect.keep', subject: rankings[0] } })).toBe(1)
  await requeue(actor, { id: comparisons[1]! })
  await rank(annotator, comparisons[2]!, [[1], [0]], { supersedes: rankings[2] })
  const take = () => claimAdjudication(actor, claimAdjudicationInput.parse({ comparisonId: comparisons[3] }))
  const { assignment } = await take()
  expect((await list(actor)).items).toMatchObject([
    { id: comparisons[4], adjudicating: false },
    { id: comparisons[3], adjudicating: true },
  ])
  const underWay = async () => (await list(actor)).items.map(({ adjudicating }) => adjudicating)
  await release(actor, { assignmentId: assignment!.id })
  expect(await underWay()).toEqual([false, false])
  await take()
  await db.assignment.update({ where: { id: assignment!.id }, data: { leaseUntil: new Date(0) } })
  expect(await underWay()).toEqual([false, false])
  const { comparisonId } = assignment!
  await db.comparison.update({ where: { id: comparisonId }, data: { taken: 1, submitted: 1 } })
  await db.comparison.update({
    where: { id: comparisons[4] },
    data: { kind: 'GOLD', gold: { groups: [], allBad: true } },
  })
  expect((await list(actor)).total).toBe(0)
})

test('what the annotator wrote is told in no order', async () => {
  const { actor, annotator, comparisons, rankings } = await setUp([[5]])
  await rank(annotator, comparisons[0]!, [[0], [1]], {
    supersedes: rankings[0],
    edit: { of: 1, text: 'written' },
  })
  const { items } = await list(actor)
  const [first, second] = items[0]!.completions
  expect(items[0]!.rankings[0]!.groups).toEqual([[first!.id], [second!.id]])
})

test('the list tells which rankings the model has learned from', async () => {
  const { actor, comparisons, reward } = await setUp([[5], [5.1], [5.2]])
  const { promptId } = await db.comparison.findUniqueOrThrow({ where: { id: comparisons[1] } })
  await db.prompt.update({ where: { id: promptId }, data: { split: 'EVAL' } })
  await db.batch.updateMany({ where: { workspaceId: actor.workspaceId }, data: { name: 'old' } })
  const other = await db.batch.create({ data: { workspaceId: actor.workspaceId, name: 'new' } })
  await db.comparison.update({ where: { id: comparisons[2] }, data: { batchId: other.id } })
  const dataset = await makeDataset(actor, { name: 'd', filter: datasetFilter.parse({ batches: ['old'] }) })
  const run = await db.run.create({
    data: {
      workspaceId: actor.workspaceId,
      name: 'r',
      kind: 'REWARD',
      config: {},
      seed: 1,
      datasetId: dataset.id,
    },
  })
  await db.modelVersion.update({ where: { id: reward.id }, data: { runId: run.id } })
  const { items } = await list(actor)
  expect(items.map(({ rankings }) => rankings[0]!.seen)).toEqual(['new', 'held-out', 'trained'])
})

test('asking again while somebody is asked changes nothing, and nobody is asked beyond those left', async () => {
  const { actor, annotator, comparisons, rankings } = await setUp([[5]])
  const { workspaceId } = actor
  const id = comparisons[0]!
  const again = () => requeue(actor, { id })
  const people = [
    await makeMember(workspaceId, 'ANNOTATOR', 'bob'),
    await makeMember(workspaceId, 'ANNOTATOR', 'eve'),
  ]
  const answers = await Promise.all([again(), again(), again(), again()])
  expect(answers).toEqual(Array(4).fill({ overlap: 2, priority: 0 }))
  expect(await db.auditEvent.count({ where: { action: 'comparison.requeue', subject: id } })).toBe(1)
  await rank(annotator, id, [[0], [1]], { supersedes: rankings[0] })
  expect((await list(actor)).total).toBe(1)
  expect(await again()).toMatchObject({ overlap: 2 })
  expect((await list(actor)).total).toBe(0)
  const orders = (await db.comparisonCompletion.findMany({ where: { comparisonId: id } })).map(
    ({ completionId }) => [completionId],
  )
  await makeRanking(people[0]!, id, orders)
  expect(await again()).toMatchObject({ overlap: 3 })

  // Two places, and two people who have not had it.
  await db.comparison.update({ where: { id }, data: { overlap: 4, requeuedAt: null } })
  await expect(again()).rejects.toMatchObject({
    code: 'CONFLICT',
    message: expect.stringContaining('will be asked'),
  })
})

test('a comparison sent back goes to somebody who has not had it, before the rest', async () => {
  const { actor, annotator, comparisons } = await setUp([[5], [5]])
  const { workspaceId } = actor
  const [id] = comparisons
  await makeComparisons(workspaceId, { count: 1, batch: 'one', priority: 3 })
  expect(await requeue(actor, { id: id! })).toEqual({ overlap: 2, priority: 4 })
  const other = await makeMember(workspaceId, 'ANNOTATOR', 'bob')
  const next = (who: Actor) => claim(who, claimInput.parse({ batch: 'one' }))
  expect((await next(annotator)).assignment!.comparisonId).not.toBe(id)
  expect((await next(other)).assignment!.comparisonId).toBe(id)

  await db.comparison.update({ where: { id: comparisons[1] }, data: { assigneeIds: [annotator.userId] } })
  await expect(requeue(actor, { id: comparisons[1]! })).rejects.toThrow('assigned to has had it')
  await db.comparison.update({ where: { id }, data: { overlap: 100, requeuedAt: null } })
  await expect(requeue(actor, { id: id! })).rejects.toThrow('asks 100 annotators already')
  await expect(requeue(actor, { id: 'none' })).rejects.toMatchObject({ code: 'NOT_FOUND' })
})
