import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Actor } from '../auth/actor.ts'
import { db } from '../db.ts'
import { testInstallation } from '../jobs/testing.ts'
import { completionHash } from '../prompts/messages.ts'
import { claim, claimInput } from '../rankings/claim.ts'
import { giveScores, makeRewardVersion } from '../selection/testing-scores.ts'
import { makeMember, makePrompt, makeWorkspace } from '../testing/fixtures.ts'
import { makeComparisons, makeComparisonsInput } from './make-comparisons.ts'

let installation: Awaited<ReturnType<typeof testInstallation>>
beforeAll(async () => {
  installation = await testInstallation()
})
afterAll(() => installation?.drop())

const researcher = async () => makeMember((await makeWorkspace()).id, 'RESEARCHER')
const make = (actor: Actor, input: Record<string, unknown>) =>
  makeComparisons(actor, makeComparisonsInput.parse({ batch: 'one', size: 2, ...input }))
/** In the order in which they are served. */
const made = (actor: Actor, batch = 'one') =>
  db.comparison.findMany({
    where: { workspaceId: actor.workspaceId, batch: { name: batch } },
    orderBy: [{ priority: 'desc' }, { createdAt: 'asc' }, { id: 'asc' }],
    include: { prompt: true, completions: { orderBy: { position: 'asc' }, include: { completion: true } } },
  })
const texts = (comparison: Awaited<ReturnType<typeof made>>[number]) =>
  comparison.completions.map(({ completion }) => completion.text)

/** Two prompts of three completions; the heads dispute 'b' against 'c' of the first most, and nothing of the second. */
async function disputed(actor: Actor, gain: number) {
  const reward = await makeRewardVersion(actor.workspaceId, { gain })
  const one = await makePrompt(actor.workspaceId, 'one', ['a', 'b', 'c'])
  const two = await makePrompt(actor.workspaceId, 'two', ['d', 'e', 'f'])
  const ln3 = Math.log(3) * gain
  const [a, b, c] = one.completionIds as [string, string, string]
  await giveScores(reward.id, { [a]: [0, 0], [b]: [ln3, -ln3], [c]: [-ln3, ln3] })
  await giveScores(reward.id, Object.fromEntries(two.completionIds.map((id, i) => [id, [i, i]])))
  return { reward, one, two }
}

test('the pair that the heads dispute most comes first, with the reason in odds that the gain is taken out of', async () => {
  const actor = await researcher()
  const { reward } = await disputed(actor, 2.5)
  expect(await make(actor, { select: { by: 'disagreement' } })).toEqual({ created: 2, skipped: 0 })
  const [first, second] = await made(actor)
  expect(texts(first!).sort()).toEqual(['b', 'c'])
  // σ(±2·ln 3) = 9/10 and 1/10: a deviation of .4
  expect(first!.reason).toMatchObject({
    by: 'disagreement',
    value: expect.closeTo(0.4, 6),
    text: 'The heads of judge v1 differ most here: between 10 % and 90 % that A is better than B.',
    rewardId: reward.id,
  })
  expect(second!.reason).toMatchObject({ value: 0 })

  // What was compared before is not compared again: the next best set is, until none is left.
  for (const [batch, created] of [
    ['two', 2],
    ['three', 2],
    ['four', 0],
  ] as const)
    expect(await make(actor, { batch, select: { by: 'information' } })).toMatchObject({ created })
  const sets = (await made(actor, 'two'))
    .concat(await made(actor, 'three'))
    .map((each) => texts(each).sort().join())
  expect(new Set(sets).size).toBe(4)
  const annotator = await makeMember(actor.workspaceId, 'ANNOTATOR')
  const { assignment } = await claim(annotator, claimInput.parse({ batch: 'one' }))
  expect(assignment!.comparisonId).toBe(first!.id)
  expect(JSON.stringify(assignment)).not.toContain('judge')
})

test('completions without a score are refused with their number, or are no candidates', async () => {
  const actor = await researcher()
  await expect(make(actor, { select: { by: 'information' } })).rejects.toMatchObject({
    code: 'INVALID_INPUT',
  })
  const { one } = await disputed(actor, 1)
  await makePrompt(actor.workspaceId, 'new', ['g', 'h'])
  await db.completionScore.deleteMany({ where: { completionId: one.completionIds[1] } })
  const select = { by: 'information' }
  await expect(make(actor, { select })).rejects.toMatchObject({
    code: 'CONFLICT',
    message: "3 of 8 completions to choose from have no score by 'judge' v1.",
  })
  expect(await make(actor, { select: { ...select, unscored: 'leave-out' } })).toEqual({
    created: 2,
    skipped: 1,
    reason: '1 prompt has fewer than 2 distinct completions with a score',
  })
  expect((await made(actor)).flatMap(texts)).not.toContain('b')
})

test('what an annotator wrote is no candidate, and needs no score', async () => {
  const actor = await researcher()
  const { one } = await disputed(actor, 1)
  await db.completion.create({
    data: {
      workspaceId: actor.workspaceId,
      promptId: one.id,
      text: 'written',
      source: 'edit',
      editedFromId: one.completionIds[0],
      contentHash: completionHash('written'),
    },
  })
  expect(await make(actor, { select: { by: 'information' } })).toEqual({ created: 2, skipped: 0 })
  expect(await make(actor, { batch: 'all', size: 4 })).toMatchObject({ created: 0, skipped: 2 })
})

test('one head tells by its doubt alone; a policy has no scores', async () => {
  const actor = await researcher()
  const reward = await makeRewardVersion(actor.workspaceId)
  const { completionIds } = await makePrompt(actor.workspaceId, 'one', ['a', 'b', 'c'])
  await giveScores(reward.id, Object.fromEntries(completionIds.map((id, i) => [id, [[0, 3, 3.1][i]!]])))
  await expect(make(actor, { select: { by: 'disagreement' } })).rejects.toThrow('has one head')
  await make(actor, { select: { by: 'information' } })
  const [only] = await made(actor)
  expect(texts(only!).sort()).toEqual(['b', 'c'])
  // σ(±.1) = .525 and .475
  expect(only!.reason).toMatchObject({ text: expect.stringMatching(/^judge v1 is unsure: (52|48) % that A/) })
  await db.modelVersion.update({ where: { id: reward.id }, data: { kind: 'POLICY' } })
  await expect(make(actor, { select: { by: 'information', rewardId: reward.id } })).rejects.toThrow(
    'which is a policy',
  )
  await expect(make(actor, { select: { by: 'information', rewardId: 'none' } })).rejects.toMatchObject({
    code: 'NOT_FOUND',
  })
})

test('coverage takes what is least like the comparisons there are, the same for the same seed', async () => {
  const actor = await researcher()
  const parcel = 'My parcel has not come'
  for (const [prompt, replies] of [
    [parcel, ['We look for it', 'We look for it now', 'Buy another']],
    [`${parcel} yet`, ['We look for it', 'We look for it now', 'Buy another']],
    ['I forgot my password', ['Choose a new one', 'Choose a new one here', 'Never mind']],
  ] as const)
    await makePrompt(actor.workspaceId, prompt, [...replies])
  const { id } = await db.prompt.findFirstOrThrow({ where: { workspaceId: actor.workspaceId, text: parcel } })
  await db.prompt.update({ where: { id }, data: { tags: ['first'] } })
  await make(actor, { tag: 'first', select: { by: 'coverage' } })
  const [first] = await made(actor)
  expect(first!.reason).toMatchObject({ by: 'coverage', text: expect.stringContaining('The first of all') })
  expect(texts(first!)).toContain('Buy another')

  for (const batch of ['two', 'three'])
    await make(actor, { batch, limit: 1, seed: 7, select: { by: 'coverage' } }).then(async () => {
      const [only] = await made(actor, batch)
      expect(only!.prompt.text).toBe('I forgot my password')
      expect(only!.reason).toMatchObject({ by: 'coverage', value: expect.any(Number) })
      await db.comparison.delete({ where: { id: only!.id } })
    })
})

test('assignees and rates are kept, strangers refused', async () => {
  const actor = await researcher()
  const annotator = await makeMember(actor.workspaceId, 'ANNOTATOR')
  const stranger = await researcher()
  await makePrompt(actor.workspaceId, 'one', ['a', 'b'])
  await expect(make(actor, { assigneeIds: [stranger.userId] })).rejects.toThrow(
    'not members of the workspace',
  )
  expect(() => makeComparisonsInput.parse({ batch: 'b', size: 2, goldRate: 0.6 })).toThrow()
  await make(actor, { assigneeIds: [annotator.userId], goldRate: 0.1, select: { by: 'random' } })
  const [only] = await made(actor)
  expect(only).toMatchObject({ assigneeIds: [annotator.userId], reason: { by: 'random' } })
  expect(await db.batch.findFirst({ where: { workspaceId: actor.workspaceId } })).toMatchObject({
    goldRate: 0.1,
    repeatRate: 0,
  })
})
