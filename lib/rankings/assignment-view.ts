import type { Database } from '../db.ts'
import type { Message } from '../prompts/messages.ts'

export interface Flag {
  /** 'prompt' or a completion's id. */
  target: string
  flag: string
}

/** What an annotator sees: nothing in it tells which model wrote what. */
export interface AssignmentView {
  id: string
  comparisonId: string
  kind: 'LABEL'
  batch: { id: string; name: string } | null
  leaseUntil: Date
  prompt: { messages: Message[] }
  /** In this annotator's shown order. */
  completions: { id: string; text: string }[]
  /** The ranking that was reopened. */
  previous?: {
    groups: string[][]
    allBad: boolean
    strength: number | null
    flags: Flag[]
    comment: string | null
  }
}

export async function viewAssignment(tx: Database, assignmentId: string): Promise<AssignmentView> {
  const assignment = await tx.assignment.findUniqueOrThrow({
    where: { id: assignmentId },
    include: {
      comparison: {
        include: {
          prompt: { select: { messages: true } },
          batch: { select: { id: true, name: true } },
          completions: { select: { completion: { select: { id: true, text: true } } } },
        },
      },
      rankings: { where: { supersededBy: null }, take: 1 },
    },
  })
  const { comparison } = assignment
  const texts = new Map(comparison.completions.map(({ completion }) => [completion.id, completion.text]))
  const previous = assignment.rankings[0]
  return {
    id: assignment.id,
    comparisonId: comparison.id,
    kind: 'LABEL',
    batch: comparison.batch,
    leaseUntil: assignment.leaseUntil,
    prompt: { messages: comparison.prompt.messages as unknown as Message[] },
    completions: assignment.shownOrder.map((id) => ({ id, text: texts.get(id)! })),
    ...(previous && {
      previous: {
        groups: previous.groups as unknown as string[][],
        allBad: previous.allBad,
        strength: previous.strength,
        flags: previous.flags as unknown as Flag[],
        comment: previous.comment,
      },
    }),
  }
}
