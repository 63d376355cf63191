import { type Answer, groupsOf, marksOf, type Strength } from './ranking-state.ts'

/** What POST /api/queue/claim hands out: one comparison, its completions in this annotator's order. */
export interface Assignment {
  id: string
  comparisonId: string
  batch: { id: string; name: string } | null
  leaseUntil: string
  prompt: { messages: { role: 'system' | 'user' | 'assistant'; content: string }[] }
  completions: { id: string; text: string }[]
  /** Present when an earlier ranking was reopened. */
  previous?: {
    groups: string[][]
    allBad: boolean
    strength: number | null
    flags: { target: string; flag: string }[]
    comment: string | null
  }
}

export interface Progress {
  mine: number
  done: number
  total: number
  remainingForMe: number
}

/** The part of POST /api/rankings that is the annotator's opinion; cards become completion ids. */
export interface Submission {
  groups: string[][]
  allBad: boolean
  strength?: Strength
  flags: { target: string; flag: string }[]
  comment?: string
}

export function submissionOf(assignment: Assignment, answer: Answer, comment: string): Submission {
  const id = (card: number) => assignment.completions[card]!.id
  return {
    groups: groupsOf(answer.marks).map((group) => group.map(id)),
    allBad: answer.allBad,
    ...(answer.strength && { strength: answer.strength }),
    flags: answer.flags.map(({ target, flag }) => ({
      target: target === 'prompt' ? target : id(target),
      flag,
    })),
    ...(comment.trim() && { comment: comment.trim() }),
  }
}

/** The answer an item opens with: empty, or what was submitted before it was reopened. */
export function openingAnswer({ completions, previous }: Assignment): Partial<Answer> {
  if (!previous) return {}
  const card = (id: string) => completions.findIndex((completion) => completion.id === id)
  return {
    marks: marksOf(
      completions.length,
      previous.groups.map((group) => group.map(card)),
    ),
    allBad: previous.allBad,
    strength: previous.strength as Strength | null,
    flags: previous.flags.map(({ target, flag }) => ({
      target: target === 'prompt' ? target : card(target),
      flag,
    })),
  }
}
