import { z } from 'zod'
import type { Actor } from '../auth/actor.ts'
import { authorise } from '../auth/permissions.ts'
import { db } from '../db.ts'
import { notFound, WhetstoneError } from '../errors.ts'
import { type Choices, chooseByCoverage, chooseByModel } from '../selection/choose-comparisons.ts'
import { type CandidateFilter, candidatePrompts, readCandidates } from '../selection/read-candidates.ts'
import { randomReason, selectionCriteria } from '../selection/reason.ts'
import { rewardVersion } from '../selection/reward-scores.ts'
import { storeComparisons } from './make-comparisons-store.ts'

const rate = z.number().min(0).max(0.5).optional()

export const makeComparisonsInput = z.strictObject({
  /** The batch's name; made when there is none of that name. */
  batch: z.string().trim().min(1).max(100),
  size: z.number().int().min(2).max(9),
  overlap: z.number().int().min(1).max(100).default(1),
  priority: z.number().int().min(-1000).max(1000).default(0),
  limit: z.number().int().min(1).max(100_000).optional(),
  /** Only completions of this version. */
  modelVersionId: z.string().min(1).optional(),
  split: z.enum(['TRAIN', 'EVAL']).optional(),
  tag: z.string().min(1).optional(),
  seed: z.number().int().default(0),
  /** How prompts and completions are chosen; at random when absent. */
  select: z
    .strictObject({
      by: z.enum(selectionCriteria),
      /** Whose scores 'disagreement' and 'information' go by; the newest reward model when absent. */
      rewardId: z.string().min(1).optional(),
      /** Whether completions without a score are refused, or are no candidates. */
      unscored: z.enum(['refuse', 'leave-out']).default('refuse'),
    })
    .optional(),
  /** Users who alone may be given them; anyone when empty. */
  assigneeIds: z.array(z.string().min(1)).max(500).default([]),
  /** Shares of what each annotator gets in the batch; those it has stay when absent. */
  goldRate: rate,
  repeatRate: rate,
})

export type MakeComparisonsInput = z.output<typeof makeComparisonsInput>

/**
 * Makes one comparison for each prompt that has `size` distinct completions and none in this batch yet, at most `limit`, chosen by
 * `select` and otherwise by the seed. They are served in the order of choice. `reason` says why prompts were skipped.
 * @throws WhetstoneError NOT_FOUND; INVALID_INPUT; CONFLICT where the completions to choose from have no scores
 */
export async function makeComparisons(
  actor: Actor,
  input: MakeComparisonsInput,
): Promise<{ created: number; skipped: number; reason?: string }> {
  authorise(actor, 'comparison.create')
  const { workspaceId } = actor
  const { modelVersionId, limit = Number.POSITIVE_INFINITY, batch, size, split, tag, seed } = input
  if (modelVersionId) {
    const version = await db.modelVersion.findFirst({ where: { id: modelVersionId, workspaceId } })
    if (!version) throw notFound('model version', modelVersionId)
  }
  await checkAssignees(workspaceId, input.assigneeIds)
  const filter: CandidateFilter = { workspaceId, batch, size, split, tag, modelVersionId, seed }
  const prompts = await candidatePrompts(filter)
  const { choices, tooFew, compared } = await choose(prompts, filter, input, limit)
  const created = await storeComparisons(actor, input, choices)
  const there = await db.comparison.count({
    where: { workspaceId, batch: { name: batch }, originalId: null },
  })
  const before = there - created
  const many = (count: number, one: string, more: string) => `${count} ${count === 1 ? one : more}`
  const reasons = [
    tooFew > 0 &&
      `${many(tooFew, 'prompt has', 'prompts have')} fewer than ${size} distinct completions${
        input.select?.unscored === 'leave-out' ? ' with a score' : ''
      }`,
    compared > 0 &&
      `the completions to choose of ${many(compared, 'prompt', 'prompts')} are in a comparison already`,
    prompts.length === 0 && before === 0 && 'no prompt matches the filter',
    created === 0 && before > 0 && `${many(before, 'prompt is', 'prompts are')} in this batch already`,
  ].filter((reason) => typeof reason === 'string')
  const skipped = tooFew + compared
  return { created, skipped, ...(reasons.length > 0 && { reason: reasons.join('; ') }) }
}

async function choose(
  prompts: string[],
  filter: CandidateFilter,
  { select }: MakeComparisonsInput,
  count: number,
): Promise<Choices> {
  if (!select || select.by === 'random')
    return chooseAtRandom(prompts, filter, count, select ? randomReason : null)
  if (select.by === 'coverage') return chooseByCoverage(prompts, filter, { count })
  const reward = await rewardVersion(filter.workspaceId, select.rewardId)
  if (!reward) {
    throw new WhetstoneError(
      'INVALID_INPUT',
      `There is no reward model, so nothing can be chosen by ${select.by}.`,
      'Train a reward model first, or choose by coverage or at random.',
    )
  }
  const leaveOutUnscored = select.unscored === 'leave-out'
  return chooseByModel(prompts, filter, { by: select.by, reward, count, leaveOutUnscored })
}

/** The first prompts and completions in the order of the seed; reads no more than it needs. */
async function chooseAtRandom(
  prompts: string[],
  filter: CandidateFilter,
  count: number,
  reason: typeof randomReason | null,
): Promise<Choices> {
  const found: Choices = { choices: [], tooFew: 0, compared: 0 }
  for await (const chunk of readCandidates(prompts, filter)) {
    const wanted = chunk.prompts.slice(0, count - found.choices.length)
    for (const { id, completions } of wanted) {
      const completionIds = completions.slice(0, filter.size).map((completion) => completion.id)
      found.choices.push({ promptId: id, completionIds, reason })
    }
    if (found.choices.length === count) break
    found.tooFew += chunk.tooFew
  }
  return found
}

async function checkAssignees(workspaceId: string, ids: string[]): Promise<void> {
  if (ids.length === 0) return
  const members = await db.member.findMany({
    where: { workspaceId, userId: { in: ids } },
    select: { userId: true },
  })
  const known = new Set(members.map(({ userId }) => userId))
  const strangers = ids.filter((id) => !known.has(id))
  if (strangers.length === 0) return
  throw new WhetstoneError(
    'INVALID_INPUT',
    `assigneeIds: ${strangers.map((id) => `'${id}'`).join(', ')} are not members of the workspace.`,
    'Name members by their user ids, or nobody for anyone.',
  )
}
