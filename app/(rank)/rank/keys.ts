import type { Action, Strength } from './ranking-state.ts'

/** What a key asks for beside the answer itself. */
export type Command =
  | 'submit'
  | 'skip'
  | 'undo'
  | 'comment'
  | 'guidelines'
  | 'keys'
  | 'flag'
  | 'flagPrompt'
  | 'leave'
  | 'differences'
  | 'layout'

export type Intent = { action: Action } | { command: Command }

export interface KeyPress {
  key: string
  /** Physical key, so that digits work on every layout. */
  code: string
  ctrlKey: boolean
  metaKey: boolean
  altKey: boolean
  shiftKey: boolean
  repeat: boolean
}

export interface KeyContext {
  size: number
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

const letters: Record<string, Command> = {
  s: 'skip',
  z: 'undo',
  c: 'comment',
  g: 'guidelines',
  d: 'differences',
  f: 'flag',
  p: 'flagPrompt',
  x: 'leave',
  l: 'layout',
}

/** The intent of a key press, or null when the key is not ours or is dead just now. */
export function intentOf(press: KeyPress, context: KeyContext): Intent | null {
  if (press.repeat || context.dialogOpen || context.shownFor < settleTime) return null
  if (press.key === 'Enter' && (press.ctrlKey || press.metaKey)) {
    return context.on !== 'text' || context.inComment ? { command: 'submit' } : null
  }
  if (press.ctrlKey || press.metaKey || press.altKey || context.on === 'text') return null
  if (press.key === '?') return { command: 'keys' }
  if (press.key === '=') return { action: { type: 'tie' } }
  if (press.key.startsWith('Arrow')) return context.on === 'radio' ? null : arrow(press.key, context.stacked)
  if (press.key === 'Enter') return context.on === 'button' ? null : { command: 'submit' }

  const digit = digitOf(press)
  if (digit !== null) return press.shiftKey ? strengthOf(digit, context.size) : rankOf(digit, context.size)
  if (press.shiftKey) return null
  if (press.key === 'Backspace') return { action: { type: 'clear' } }
  return letterOf(press.key.toLowerCase(), context.size)
}

function arrow(key: string, stacked: boolean): Intent | null {
  if (key === 'ArrowLeft' || (stacked && key === 'ArrowUp')) return { action: { type: 'move', by: -1 } }
  if (key === 'ArrowRight' || (stacked && key === 'ArrowDown')) return { action: { type: 'move', by: 1 } }
  return null
}

function digitOf({ key, code }: KeyPress): number | null {
  const digit = /^(?:Digit|Numpad)(\d)$/.exec(code)?.[1] ?? (code === '' && /^\d$/.test(key) ? key : null)
  return digit === null ? null : Number(digit)
}

function rankOf(digit: number, size: number): Intent | null {
  if (digit === 0) return { action: { type: 'allBad' } }
  return digit <= size ? { action: { type: 'rank', mark: digit } } : null
}

function strengthOf(digit: number, size: number): Intent | null {
  if (size !== 2 || digit < 1 || digit > 4) return null
  return { action: { type: 'strength', strength: digit as Strength } }
}

function letterOf(key: string, size: number): Intent | null {
  if (size === 2) {
    if (key === 'a') return { action: { type: 'prefer', card: 0 } }
    if (key === 'b') return { action: { type: 'prefer', card: 1 } }
    if (key === 'e') return { action: { type: 'equal' } }
  }
  const command = letters[key]
  return command ? { command } : null
}
