import type { Actor } from '../auth/actor.ts'
import type { Database } from '../db.ts'
import { WhetstoneError } from '../errors.ts'
import { completionHash } from '../prompts/messages.ts'
import type { Edit } from './assignment-view.ts'
import type { LockedAssignment } from './lease.ts'

/**
 * The id of the completion with the edit's text under the comparison's prompt: a new one of this author's, or the one that
 * has that text already.
 */
export async function storeEdit(
  tx: Database,
  actor: Actor,
  { comparisonId }: LockedAssignment,
  { completionId, text }: Edit,
): Promise<string> {
  const hash = completionHash(text)
  await tx.$executeRaw`
    insert into "Completion" (id, "workspaceId", "promptId", text, source, "editedFromId", "authorId", "contentHash")
    select gen_random_uuid()::text, c."workspaceId", c."promptId", ${text}, 'edit', ${completionId}, ${actor.userId}, ${hash}
    from "Comparison" c where c.id = ${comparisonId}
    on conflict ("promptId", "contentHash") do nothing`
  // A statement of its own: it sees what somebody else stored while the one above waited.
  const [row] = await tx.$queryRaw<[{ id: string }]>`
    select k.id from "Completion" k join "Comparison" c on c."promptId" = k."promptId"
    where c.id = ${comparisonId} and k."contentHash" = ${hash}`
  return row.id
}

/** @throws WhetstoneError INVALID_INPUT when the edit is of no completion here, or says what one of them says. */
export async function refuseIdleEdit(
  tx: Database,
  { shownOrder }: LockedAssignment,
  { completionId, text }: Edit,
): Promise<void> {
  if (!shownOrder.includes(completionId)) {
    throw new WhetstoneError(
      'INVALID_INPUT',
      `edit: '${completionId}' does not belong to this comparison.`,
      `Edit one of these: ${shownOrder.map((id) => `'${id}'`).join(', ')}.`,
    )
  }
  const members = await tx.completion.findMany({
    where: { id: { in: shownOrder } },
    select: { id: true, text: true },
  })
  const same = members.find((member) => member.text.trim() === text)
  if (!same) return
  throw new WhetstoneError(
    'INVALID_INPUT',
    `edit: the text is that of response ${shownOrder.indexOf(same.id) + 1} ('${same.id}').`,
    'Change the text, or rank that response first and submit without an edit.',
  )
}
