import { randomUUID } from 'node:crypto'
import type { Actor, Role } from '../auth/actor.ts'
import { db } from '../db.ts'
import { completionHash, promptHash } from '../prompts/messages.ts'

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

/** `count` comparisons of `size` completions each, on one prompt per comparison. Returns their ids, oldest first. */
export async function makeComparisons(
  workspaceId: string,
  options: { count: number; size?: number; overlap?: number; batch?: string; priority?: number },
): Promise<string[]> {
  const { count, size = 2, overlap = 1, priority = 0 } = options
  const batch = options.batch
    ? await db.batch.upsert({
        where: { workspaceId_name: { workspaceId, name: options.batch } },
        create: { workspaceId, name: options.batch },
        update: {},
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
    data: made.map(({ id, promptId, createdAt }) => ({
      id,
      workspaceId,
      promptId,
      batchId: batch?.id ?? null,
      overlap,
      priority,
      createdAt,
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
