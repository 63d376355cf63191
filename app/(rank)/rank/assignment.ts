import {
  type Answer,
  type Flag,
  groupsOf,
  letter,
  marksOf,
  type Strength,
  startRanking,
} from './ranking-state.ts'

/** What POST /api/queue/claim hands out: one comparison, its completions in this annotator's order. */
export interface Assignment {
  id: string
  comparisonId: string
  batch: { id: string; name: string } | null
  leaseUntil: string
  prompt: { messages: { role: 'system' | 'user' | 'assistant'; content: string }[] }
  completions: { id: string; text: string }[]
  /** Present when an earlier ranking, or a skipped comparison, was reopened. */
  previous?: Opinion & {
    edit?: { completionId: string; text: string } | null
    /** Why it was skipped; `groups` is empty then. */
    skipReason?: string | null
  }
  /** The annotators' answers, nameless, where a researcher decides between them. */
  opinions?: Opinion[]
}

/** Somebody's answer as the server tells it: completion ids, best group first. */
export interface Opinion {
  groups: string[][]
  allBad: boolean
  strength: number | null
  flags: { target: string; flag: string }[]
  comment: string | null
}

export interface Progress {
  mine: number
  done: number
  total: number
  remainingForMe: number
}

/** An answer as the annotator is making it; cards are indices into `Assignment.completions`. */
export interface Draft {
  answer: Answer
  comment: string
  /** A response the annotator improved: it ranks before all others. */
  edit: { card: number; text: string } | null
}

/** The part of POST /api/rankings that is the annotator's opinion; cards become completion ids. */
export interface Submission {
  groups: string[][]
  allBad: boolean
  strength?: Strength
  flags: { target: string; flag: string }[]
  comment?: string
  edit?: { completionId: string; text: string }
}

export function submissionOf(assignment: Assignment, { answer, comment, edit }: Draft): Submission {
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
    ...(edit && { edit: { completionId: id(edit.card), text: edit.text.trim() } }),
  }
}

/** What an item opens with: nothing, or what was submitted before it was reopened. */
export function openingDraft({ completions, previous }: Assignment): Draft {
  const card = (id: string) => completions.findIndex((completion) => completion.id === id)
  const flagOf = ({ target, flag }: { target: string; flag: string }): Flag[] => {
    if (target === 'prompt') return [{ target, flag }]
    return card(target) < 0 ? [] : [{ target: card(target), flag }]
  }
  const answer: Partial<Answer> = previous
    ? {
        marks: marksOf(
          completions.length,
          previous.groups.map((group) => group.map(card)),
        ),
        allBad: previous.allBad,
        strength: previous.strength as Strength | null,
        flags: previous.flags.flatMap(flagOf),
      }
    : {}
  const edit = previous?.edit
  return {
    answer: startRanking(completions.length, answer).answer,
    comment: previous?.comment ?? '',
    edit: edit ? { card: card(edit.completionId), text: edit.text } : null,
  }
}

/** 'B improved › A › B = C' or 'none is acceptable': a submission as one line. */
export function lineOf(assignment: Assignment, { groups, allBad, edit }: Submission): string {
  const name = (id: string) => letter(assignment.completions.findIndex((completion) => completion.id === id))
  const order = [
    ...(edit ? [`${name(edit.completionId)} improved`] : []),
    ...groups.map((group) => group.map(name).join(' = ')),
  ].join(' › ')
  return [order, allBad && 'none is acceptable'].filter(Boolean).join(', ')
}

/** The first words of what was last asked, without the marks of Markdown. */
export function wordsOf({ prompt: { messages } }: Assignment): string {
  const asked = messages.findLast(({ role }) => role === 'user') ?? messages.at(-1)
  const words = (asked?.content ?? '')
    .replace(/\*\*|`+|^#+ /gm, '')
    .replace(/\s+/g, ' ')
    .trim()
  return words.length > 90 ? `${words.slice(0, 90)}…` : words
}
