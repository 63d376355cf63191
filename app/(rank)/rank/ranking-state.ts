/**
 * What an annotator has done to one comparison, as a pure state machine. Cards are indices into the shown order:
 * card 0 is A, card 1 is B … A card's mark is the number the annotator gave it; equal marks tie.
 */

import { groupsOf, type Place, placed } from './places.ts'

export { groupsOf, marksOf } from './places.ts'

export type Strength = 1 | 2 | 3 | 4
export interface Flag {
  /** 'prompt' or a card's index. */
  target: 'prompt' | number
  flag: string
}

export interface Answer {
  /** By card; null where it has none yet. */
  marks: readonly (number | null)[]
  allBad: boolean
  strength: Strength | null
  flags: readonly Flag[]
}

/** A response the annotator improved: it ranks before all others. */
export interface Edit {
  card: number
  text: string
}

interface Moment {
  answer: Answer
  edit: Edit | null
  /** Cards in the order they were last ranked, the latest at the end. */
  trail: readonly number[]
  focus: number
}

export interface RankingState extends Moment {
  size: number
  history: readonly Moment[]
}

export type Action =
  | { type: 'move'; by: 1 | -1 }
  | { type: 'focus'; card: number }
  | { type: 'rank'; mark: number; card?: number }
  | { type: 'tie' }
  | { type: 'clear'; card?: number }
  | { type: 'prefer'; card: 0 | 1 }
  | { type: 'equal' }
  | { type: 'allBad' }
  | { type: 'strength'; strength: Strength }
  | { type: 'flag'; target: 'prompt' | number; flag: string }
  | { type: 'place'; card: number; place: Place }
  | { type: 'edit'; edit: Edit | null }
  | { type: 'undo' }

export const strengths = ['negligibly', 'slightly', 'better', 'significantly'] as const

export function startRanking(size: number, answer?: Partial<Answer>, edit: Edit | null = null): RankingState {
  const marks = answer?.marks ?? Array.from({ length: size }, () => null)
  return {
    size,
    answer: {
      marks,
      allBad: answer?.allBad ?? false,
      strength: answer?.strength ?? null,
      flags: answer?.flags ?? [],
    },
    edit,
    trail: groupsOf(marks).flat(),
    focus: 0,
    history: [],
  }
}

export function unrankedCards(marks: readonly (number | null)[]): number[] {
  return marks.flatMap((mark, card) => (mark === null ? [card] : []))
}

export function letter(card: number): string {
  return String.fromCharCode(65 + card)
}

/** 'A › B = C', best first; empty when nothing is ranked. */
export function orderLine(marks: readonly (number | null)[]): string {
  return groupsOf(marks)
    .map((group) => group.map(letter).join(' = '))
    .join(' › ')
}

export function ordinal(n: number): string {
  const tail = n % 100 > 10 && n % 100 < 14 ? 'th' : (['th', 'st', 'nd', 'rd'][n % 10] ?? 'th')
  return `${n}${tail}`
}

/** '1st', '2nd =' or null. The number typed while cards are missing, the place in the order once all are ranked. */
export function badge(marks: readonly (number | null)[], card: number): string | null {
  const mark = marks[card] ?? null
  if (mark === null) return null
  const groups = groupsOf(marks)
  const place = groups.findIndex((group) => group.includes(card)) + 1
  const shown = marks.includes(null) ? mark : place
  return `${ordinal(shown)}${groups[place - 1]!.length > 1 ? ' =' : ''}`
}

/**
 * Whether the answer can go: every card ranked or none acceptable; 'partial' when two or more are ranked, or when an
 * improved response stands before what is not ranked.
 */
export function readiness(answer: Answer, edit: Edit | null = null): 'ready' | 'partial' | 'empty' {
  const missing = unrankedCards(answer.marks).length
  if (answer.allBad || missing === 0) return 'ready'
  return edit || answer.marks.length - missing >= 2 ? 'partial' : 'empty'
}

/** Orders shorter than this often come out as they were shown. */
const longOrder = 4

/** What an annotator said about one comparison. */
interface Opinion {
  answer: Answer
  edit: Edit | null
  comment: string
}

/**
 * What makes an answer look unintended: 'unchanged' when it says what was `before` said already, 'as-shown' when four or
 * more cards stand in just the order in which they are on screen. Null when nothing does.
 */
export function doubtOf(now: Opinion, before: Opinion | null): 'unchanged' | 'as-shown' | null {
  if (before && sameOpinion(now, before)) return 'unchanged'
  const { marks, allBad } = now.answer
  const asShown = groupsOf(marks).every((group, place) => group.length === 1 && group[0] === place)
  return !allBad && marks.length >= longOrder && !marks.includes(null) && asShown ? 'as-shown' : null
}

function sameOpinion(a: Opinion, b: Opinion): boolean {
  const plain = ({ answer, edit, comment }: Opinion) => ({
    groups: groupsOf(answer.marks),
    allBad: answer.allBad,
    strength: answer.strength,
    flags: answer.flags.map(({ target, flag }) => `${target} ${flag}`).sort(),
    edit: edit && { card: edit.card, text: edit.text.trim() },
    comment: comment.trim(),
  })
  return same(plain(a), plain(b))
}

export function reduce(state: RankingState, action: Action): RankingState {
  switch (action.type) {
    case 'move':
      return { ...state, focus: clamp(state.focus + action.by, state.size) }
    case 'focus':
      return { ...state, focus: clamp(action.card, state.size) }
    case 'rank': {
      if (!Number.isInteger(action.mark) || action.mark < 1 || action.mark > state.size) return state
      return mark(state, action.card ?? state.focus, action.mark)
    }
    case 'tie': {
      const with_ = previousCard(state)
      return with_ === null ? state : mark(state, state.focus, state.answer.marks[with_]!)
    }
    case 'clear': {
      const card = action.card ?? state.focus
      if (state.answer.marks[card] == null) return state
      const marks = state.answer.marks.with(card, null)
      const trail = without(state.trail, card)
      return remember(state, { ...state.answer, marks }, { trail, focus: card })
    }
    case 'prefer':
      if (state.size !== 2) return state
      return settle(state, action.card === 0 ? [1, 2] : [2, 1], [action.card, 1 - action.card])
    case 'equal':
      return state.size === 2 ? settle(state, [1, 1], [0, 1]) : state
    case 'allBad':
      return remember(state, { ...state.answer, allBad: !state.answer.allBad })
    case 'strength': {
      const [a, b] = state.answer.marks
      if (state.size !== 2 || (a !== null && a === b)) return state
      const strength = state.answer.strength === action.strength ? null : action.strength
      return remember(state, { ...state.answer, strength })
    }
    case 'flag':
      return remember(state, { ...state.answer, flags: toggleFlag(state.answer.flags, action) })
    case 'place':
      return place(state, action.card, action.place)
    case 'edit':
      return remember(state, state.answer, { edit: action.edit })
    case 'undo': {
      const last = state.history.at(-1)
      return last ? { ...state, ...last, history: state.history.slice(0, -1) } : state
    }
  }
}

function mark(state: RankingState, card: number, value: number): RankingState {
  const marks = state.answer.marks.with(card, value)
  const trail = [...without(state.trail, card), card]
  return remember(state, { ...state.answer, marks }, { trail, focus: nextUnranked(marks, card) })
}

function settle(state: RankingState, marks: number[], trail: number[]): RankingState {
  return remember(state, { ...state.answer, marks }, { trail, focus: trail[0] })
}

function place(state: RankingState, card: number, to: Place): RankingState {
  const marks = placed(state.answer.marks, card, to)
  const trail = without(state.trail, card)
  return remember(
    state,
    { ...state.answer, marks },
    { trail: to.how === 'out' ? trail : [...trail, card], focus: card },
  )
}

/** Writes a step of history; an answer that says the same is not a step. A tie has no strength. */
function remember(
  state: RankingState,
  answer: Answer,
  { trail = state.trail, focus = state.focus, edit = state.edit }: Partial<Moment> = {},
): RankingState {
  const [a, b] = answer.marks
  const tied = state.size === 2 && a !== null && a === b
  const next = tied ? { ...answer, strength: null } : answer
  if (same(next, state.answer) && same(edit, state.edit)) return { ...state, trail, focus }
  const { size: _, history, ...before } = state
  return { ...state, answer: next, edit, trail, focus, history: [...history, before] }
}

/** The card ranked last other than the focused one; failing that nothing. */
function previousCard(state: RankingState): number | null {
  return without(state.trail, state.focus).at(-1) ?? null
}

function nextUnranked(marks: readonly (number | null)[], from: number): number {
  for (let step = 1; step <= marks.length; step++) {
    const card = (from + step) % marks.length
    if (marks[card] === null) return card
  }
  return from
}

function toggleFlag(flags: readonly Flag[], { target, flag }: Flag): Flag[] {
  const rest = flags.filter((own) => own.target !== target || own.flag !== flag)
  return rest.length < flags.length ? rest : [...rest, { target, flag }]
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

function without(list: readonly number[], item: number): number[] {
  return list.filter((own) => own !== item)
}

function clamp(card: number, size: number): number {
  return Math.max(0, Math.min(size - 1, card))
}
