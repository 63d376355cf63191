/** What can be asked for by a key of the annotator's choice, with the key it has at first. */
export const defaultKeys = {
  submit: 'Enter',
  undo: 'z',
  skip: 's',
  tie: '=',
  clear: 'Backspace',
  allBad: '0',
  move: 'm',
  improve: 'i',
  preferA: 'a',
  preferB: 'b',
  equal: 'e',
  comment: 'c',
  flag: 'f',
  flagPrompt: 'p',
  prompt: 'w',
  guidelines: 'g',
  differences: 'd',
  raw: 'r',
  layout: 'l',
  keys: '?',
  leave: 'x',
} as const satisfies Record<string, string>

export type Bound = keyof typeof defaultKeys
export type Bindings = Readonly<Record<Bound, string>>

export interface PhysicalKey {
  key: string
  /** Physical key, so that digits work on every layout. */
  code: string
}

/** The digit on a key, whatever it types in the row of digits; on the numeric pad only while it types digits. */
export function digitOf({ key, code }: PhysicalKey): string | null {
  const [, place, digit] = /^(Digit|Numpad)(\d)$/.exec(code) ?? []
  return digit && (place === 'Digit' || /^\p{Nd}$/u.test(key)) ? digit : null
}

/** Whether a key is pressed with one that makes it the browser's or the system's. */
export function isChord(press: { ctrlKey: boolean; metaKey: boolean; altKey: boolean }): boolean {
  return press.ctrlKey || press.metaKey || press.altKey
}

/**
 * The name under which a key is bound: '0' for the digit row on any layout, the letter that is typed (on keyboards of
 * other scripts, the letter at that place), else what the key types or is called.
 */
export function keyName({ key, code }: PhysicalKey, shifted = false): string {
  const digit = digitOf({ key, code })
  if (digit && (!shifted || /^\d$/.test(key))) return digit
  if (/^[a-z]$/i.test(key)) return key.toLowerCase()
  const place = /^Key([A-Z])$/.exec(code)?.[1]
  return place && /^\p{L}$/u.test(key) ? place.toLowerCase() : key
}

/** Keys that mean something else everywhere: ranks, movement, the browser's own, and the decision's opinions (V). */
const reserved =
  /^([1-9v ]|Tab|Escape|Arrow.*|Shift|Control|Alt.*|Meta|CapsLock|Dead|Process|Unidentified|ContextMenu|F\d+)$/

export function canBind(key: string): boolean {
  return key !== '' && !reserved.test(key)
}

/** Whose key this is; null when it is free. */
export function boundTo(bindings: Bindings, key: string): Bound | null {
  return (Object.keys(bindings) as Bound[]).find((bound) => bindings[bound] === key) ?? null
}

/** What was stored, read with care: what is unknown, not a key, or another's key too, falls back to the first keys. */
export function readBindings(stored: string | null): Bindings {
  const found = parsed(stored)
  const own = Object.entries(found).filter(
    ([bound, key]) => Object.hasOwn(defaultKeys, bound) && typeof key === 'string' && canBind(key),
  )
  const bindings: Bindings = { ...defaultKeys, ...Object.fromEntries(own) }
  return new Set(Object.values(bindings)).size === Object.keys(defaultKeys).length ? bindings : defaultKeys
}

function parsed(stored: string | null): object {
  try {
    const found: unknown = JSON.parse(stored ?? '{}')
    return typeof found === 'object' && found !== null ? found : {}
  } catch {
    // Written by hand or cut off: the first keys serve.
    return {}
  }
}

/** What to store: only what differs from the first keys. */
export function changesOf(bindings: Bindings): string {
  const changes = Object.entries(bindings).filter(([bound, key]) => defaultKeys[bound as Bound] !== key)
  return JSON.stringify(Object.fromEntries(changes))
}

const signs: Record<string, string> = {
  Enter: '⏎',
  Backspace: '⌫',
  Delete: 'Del',
  PageUp: 'PgUp',
  PageDown: 'PgDn',
}

/** How a key is written on screen. */
export function keyLabel(key: string): string {
  return signs[key] ?? (key.length === 1 ? key.toUpperCase() : key)
}
