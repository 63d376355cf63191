import { randomUUID } from 'node:crypto'
import type { Actor, Role } from '../auth/actor.ts'
import { db } from '../db.ts'
import { completionHash, promptHash } from '../prompts/messages.ts'
import { submit, submitInput } from '../rankings/submit.ts'
import { takeComparison, takeRepeat } from '../rankings/take.ts'

export async function makeWorkspace(name = 'Test'): Promise<{ id: string; name: string }> {
  return db.workspace.create({ data: { name } })
}

/** A member with an account but no password: use sign-up over the API when a session is needed. */
export async function makeMember(workspaceId: string, role: Role, name = role.toLowerCase()): Promise<Actor> {
  const userId = randomUUID()
  const email = `${name.replaceAll(' ', '.')}.${userId.slice(0, 8)}@example.com`
  await db.user.create({ data: { id: userId, name, email, members: { create: { workspaceId, role } } } })
  return { userId, workspaceId, role, name, email }
}

/** A prompt with `completions`, each text distinct. Returns their ids. */
export async function makePrompt(
  workspaceId: string,
  text: string,
  completions: string[] = [],
): Promise<{ id: string; completionIds: string[] }> {
  const messages = [{ role: 'user' as const, content: text }]
  const prompt = await db.prompt.create({
    data: { workspaceId, messages, text, split: 'TRAIN', contentHash: promptHash(messages) },
  })
  const made = await db.completion.createManyAndReturn({
    data: completions.map((completion) => ({
      workspaceId,
      promptId: prompt.id,
      text: completion,
      source: 'test',
      contentHash: completionHash(completion),
    })),
    select: { id: true },
  })
  return { id: prompt.id, completionIds: made.map((completion) => completion.id) }
}

export interface ComparisonOptions {
  count: number
  size?: number
  overlap?: number
  /** The batch's name; made when there is none of that name. */
  batch?: string
  /** Shares of gold and repeated items in the batch. */
  goldRate?: number
  repeatRate?: number
  priority?: number
  assigneeIds?: string[]
  /** Makes them gold: the right answer is the order in which the completions were made. */
  gold?: boolean
}

/** `count` comparisons of `size` completions each, on one prompt per comparison. Returns their ids, oldest first. */
export async function makeComparisons(workspaceId: string, options: ComparisonOptions): Promise<string[]> {
  const { count, size = 2, overlap = 1, priority = 0, assigneeIds = [], goldRate, repeatRate } = options
  const batch = options.batch
    ? await db.batch.upsert({
        where: { workspaceId_name: { workspaceId, name: options.batch } },
        create: { workspaceId, name: options.batch, goldRate, repeatRate },
        update: { goldRate, repeatRate },
      })
    : null
  const start = Date.now()
  const made = Array.from({ length: count }, (_, index) => {
    const promptId = randomUUID()
    const messages = [{ role: 'user' as const, content: `Question ${promptId}` }]
    const texts = Array.from({ length: size }, (_, each) => `Reply ${each} to ${promptId}`)
    return {
      id: randomUUID(),
      promptId,
      messages,
      createdAt: new Date(start + index),
      completions: texts.map((text) => ({ id: randomUUID(), text, contentHash: completionHash(text) })),
    }
  })
  await db.prompt.createMany({
    data: made.map(({ promptId, messages }) => ({
      id: promptId,
      workspaceId,
      messages,
      text: messages[0]!.content,
      split: 'TRAIN' as const,
      contentHash: promptHash(messages),
    })),
  })
  await db.completion.createMany({
    data: made.flatMap(({ promptId, completions }) =>
      completions.map((completion) => ({ ...completion, workspaceId, promptId, source: 'test' })),
    ),
  })
  await db.comparison.createMany({
    data: made.map(({ id, promptId, createdAt, completions }) => ({
      id,
      workspaceId,
      promptId,
      batchId: batch?.id ?? null,
      overlap,
      priority,
      createdAt,
      assigneeIds,
      ...(options.gold && {
        kind: 'GOLD' as const,
        overlap: 1000,
        gold: {
          groups: completions.map((completion) => [completion.id]),
          allBad: false,
          note: null,
          overlap,
          byId: 'test',
          at: createdAt.toISOString(),
        },
      }),
    })),
  })
  await db.comparisonCompletion.createMany({
    data: made.flatMap(({ id, completions }) =>
      completions.map((completion, position) => ({
        comparisonId: id,
        completionId: completion.id,
        position,
      })),
    ),
  })
  return made.map(({ id }) => id)
}

/** What a ranking says besides its groups; times default to a second. */
export interface RankingOptions {
  allBad?: boolean
  strength?: number
  flags?: { target: string; flag: string }[]
  comment?: string
  edit?: { completionId: string; text: string }
  millisecondsSpent?: number
}

/** Takes the comparison and ranks it as the product does. @throws Error when the actor cannot be given it. */
export async function makeRanking(
  actor: Actor,
  comparisonId: string,
  groups: string[][],
  options: RankingOptions = {},
): Promise<{ rankingId: string; assignmentId: string }> {
  const assignmentId = await db.$transaction((tx) => takeComparison(tx, actor, comparisonId))
  if (!assignmentId) throw new Error(`${actor.name} cannot be given the comparison ${comparisonId}`)
  return rank(actor, assignmentId, groups, options)
}

/** The comparison, which the actor has ranked, once more to them, ranked as given. */
export async function makeRepeat(
  actor: Actor,
  comparisonId: string,
  groups: string[][],
  options: RankingOptions = {},
): Promise<{ rankingId: string; assignmentId: string; comparisonId: string }> {
  const first = await db.assignment.findUniqueOrThrow({
    where: { comparisonId_annotatorId: { comparisonId, annotatorId: actor.userId } },
  })
  const assignmentId = await db.$transaction((tx) => takeRepeat(tx, actor, first))
  const repeat = await db.assignment.findUniqueOrThrow({ where: { id: assignmentId } })
  return { ...(await rank(actor, assignmentId, groups, options)), comparisonId: repeat.comparisonId }
}

async function rank(actor: Actor, assignmentId: string, groups: string[][], options: RankingOptions) {
  const submission = {
    millisecondsSpent: 1000,
    ...options,
    assignmentId,
    groups,
    idempotencyKey: randomUUID(),
  }
  const { ranking } = await submit(actor, submitInput.parse(submission))
  return { rankingId: ranking.id, assignmentId }
}
