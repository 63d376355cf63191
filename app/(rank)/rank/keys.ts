import {
  type Bindings,
  type Bound,
  boundTo,
  digitOf,
  isChord,
  keyName,
  type PhysicalKey,
} from './bindings.ts'
import type { Action, Strength } from './ranking-state.ts'

/** What a key asks for beside the answer itself. */
export type Command = Exclude<Bound, keyof typeof actions>

const actions = {
  tie: { type: 'tie' },
  clear: { type: 'clear' },
  allBad: { type: 'allBad' },
  preferA: { type: 'prefer', card: 0 },
  preferB: { type: 'prefer', card: 1 },
  equal: { type: 'equal' },
} as const satisfies Partial<Record<Bound, Action>>

const ofPairs: readonly Bound[] = ['preferA', 'preferB', 'equal']

export type Intent = { action: Action } | { command: Command }

export interface KeyPress extends PhysicalKey {
  ctrlKey: boolean
  metaKey: boolean
  altKey: boolean
  shiftKey: boolean
  repeat: boolean
}

export interface KeyContext {
  size: number
  bindings: Bindings
  stacked: boolean
  /** Where the focus is: a text box, a button or link, a radio row, or nowhere special. */
  on: 'text' | 'button' | 'radio' | 'page'
  /** The comment box, from which Ctrl/Cmd+Enter submits. */
  inComment: boolean
  dialogOpen: boolean
  /** Milliseconds that the item has been on screen. */
  shownFor: number
}

/** An item younger than this (ms) takes no key: a held key must never answer an item nobody has seen. */
export const settleTime = 300

/** The intent of a key press, or null when the key is not ours or is dead just now. */
export function intentOf(press: KeyPress, context: KeyContext): Intent | null {
  if (press.repeat || context.dialogOpen || context.shownFor < settleTime) return null
  if (press.key === 'Enter' && (press.ctrlKey || press.metaKey)) {
    return context.on !== 'text' || context.inComment ? { command: 'submit' } : null
  }
  if (isChord(press) || context.on === 'text') return null
  if (press.key.startsWith('Arrow')) return context.on === 'radio' ? null : arrow(press.key, context.stacked)

  const name = keyName(press, press.shiftKey)
  const bound = boundTo(context.bindings, name)
  // A letter with shift is another letter; a sign may need shift.
  if (bound && !(press.shiftKey && /^[a-z\d]$/.test(name))) return intentOfBound(bound, name, context)
  const digit = /^[1-9]$/.exec(digitOf(press) ?? name)?.[0]
  if (!digit) return null
  return press.shiftKey ? strengthOf(Number(digit), context.size) : rankOf(Number(digit), context.size)
}

function intentOfBound(bound: Bound, name: string, { size, on }: KeyContext): Intent | null {
  // Enter presses a button that has the focus.
  if (name === 'Enter' && on === 'button') return null
  if (size !== 2 && ofPairs.includes(bound)) return null
  if (bound === 'tie' && size === 2) return { action: actions.equal }
  return isAction(bound) ? { action: actions[bound] } : { command: bound }
}

function isAction(bound: Bound): bound is keyof typeof actions {
  return Object.hasOwn(actions, bound)
}

function arrow(key: string, stacked: boolean): Intent | null {
  if (key === 'ArrowLeft' || (stacked && key === 'ArrowUp')) return { action: { type: 'move', by: -1 } }
  if (key === 'ArrowRight' || (stacked && key === 'ArrowDown')) return { action: { type: 'move', by: 1 } }
  return null
}

function rankOf(digit: number, size: number): Intent | null {
  return digit <= size ? { action: { type: 'rank', mark: digit } } : null
}

function strengthOf(digit: number, size: number): Intent | null {
  return size === 2 && digit <= 4 ? { action: { type: 'strength', strength: digit as Strength } } : null
}
