import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Bound,
  boundTo,
  canBind,
  changesOf,
  defaultKeys,
  digitOf,
  keyName,
  readBindings,
} from './bindings.ts'
import { intentOf, type KeyContext, type KeyPress } from './keys.ts'

const context: KeyContext = {
  size: 4,
  bindings: defaultKeys,
  stacked: false,
  on: 'page',
  inComment: false,
  dialogOpen: false,
  shownFor: 1000,
}
const press = (key: string, more: Partial<KeyPress> = {}): KeyPress => ({
  key,
  code: /^\d$/.test(key) ? `Digit${key}` : '',
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  repeat: false,
  ...more,
})

describe('keys', () => {
  it('ranks by digits up to the number of cards, 0 is none acceptable', () => {
    expect(intentOf(press('3'), context)).toEqual({ action: { type: 'rank', mark: 3 } })
    expect(intentOf(press('5'), context)).toBeNull()
    expect(intentOf(press('0'), context)).toEqual({ action: { type: 'allBad' } })
  })

  it('has a key for every command', () => {
    const asked = (key: string) => intentOf(press(key), { ...context, size: 2 })
    const commands = { s: 'skip', z: 'undo', c: 'comment', g: 'guidelines', d: 'differences', l: 'layout' }
    const more = { f: 'flag', p: 'flagPrompt', x: 'leave', '?': 'keys', Enter: 'submit', r: 'raw' }
    for (const [key, command] of Object.entries({
      ...commands,
      ...more,
      i: 'improve',
      m: 'move',
      w: 'prompt',
    }))
      expect(asked(key)).toEqual({ command })
  })

  it('takes digits from the physical key, so AZERTY ranks without shift', () => {
    expect(intentOf(press('&', { code: 'Digit1' }), context)).toEqual({ action: { type: 'rank', mark: 1 } })
  })

  it('ranks by the numeric pad while it types digits, not while it scrolls', () => {
    expect(intentOf(press('3', { code: 'Numpad3' }), context)).toEqual({ action: { type: 'rank', mark: 3 } })
    for (const [key, code] of [
      ['PageDown', 'Numpad3'],
      ['End', 'Numpad1'],
      ['Insert', 'Numpad0'],
      ['Clear', 'Numpad5'],
    ] as const) {
      expect(intentOf(press(key, { code }), context)).toBeNull()
      expect(digitOf({ key, code })).toBeNull()
    }
    expect(digitOf({ key: '٣', code: 'Numpad3' })).toBe('3')
  })

  it('ties on = even where = needs shift', () => {
    expect(intentOf(press('=', { code: 'Digit0', shiftKey: true }), context)).toEqual({
      action: { type: 'tie' },
    })
  })

  it('answers pairs with A, B, E and grades them with shift and a digit', () => {
    const pair = { ...context, size: 2 }
    expect(intentOf(press('b'), pair)).toEqual({ action: { type: 'prefer', card: 1 } })
    expect(intentOf(press('#', { code: 'Digit3', shiftKey: true }), pair)).toEqual({
      action: { type: 'strength', strength: 3 },
    })
    expect(intentOf(press('a'), context)).toBeNull()
  })

  it('moves with up and down only when stacked', () => {
    expect(intentOf(press('ArrowDown'), context)).toBeNull()
    expect(intentOf(press('ArrowDown'), { ...context, stacked: true })).toEqual({
      action: { type: 'move', by: 1 },
    })
  })

  it('leaves Enter to a focused button and arrows to a focused radio row', () => {
    expect(intentOf(press('Enter'), { ...context, on: 'button' })).toBeNull()
    expect(intentOf(press('ArrowRight'), { ...context, on: 'radio' })).toBeNull()
    expect(intentOf(press('Enter'), context)).toEqual({ command: 'submit' })
  })

  it('submits from the comment with Ctrl or Cmd and Enter, and from no other text box', () => {
    const typing = { ...context, on: 'text' as const }
    expect(intentOf(press('Enter', { metaKey: true }), { ...typing, inComment: true })).toEqual({
      command: 'submit',
    })
    expect(intentOf(press('Enter', { ctrlKey: true }), typing)).toBeNull()
  })

  it('is dead to every key while typing, in a dialog, held down, with a modifier or on an unseen item', () => {
    const keys = fc.constantFrom('1', '0', '=', 'a', 's', 'z', '?', 'Enter', 'Backspace', 'ArrowLeft')
    fc.assert(
      fc.property(keys, fc.integer({ min: 0, max: 299 }), (key, shownFor) => {
        expect(intentOf(press(key), { ...context, on: 'text' })).toBeNull()
        expect(intentOf(press(key), { ...context, dialogOpen: true })).toBeNull()
        expect(intentOf(press(key), { ...context, shownFor })).toBeNull()
        expect(intentOf(press(key, { repeat: true }), context)).toBeNull()
        expect(intentOf(press(key, { altKey: true }), context)).toBeNull()
      }),
    )
  })
})

describe("keys of one's own", () => {
  const bindings = { ...defaultKeys, skip: 'k', submit: 'PageDown' }

  it('take the place of the first ones', () => {
    const own = { ...context, bindings }
    expect(intentOf(press('k'), own)).toEqual({ command: 'skip' })
    expect(intentOf(press('s'), own)).toBeNull()
    expect(intentOf(press('PageDown'), own)).toEqual({ command: 'submit' })
    expect(intentOf(press('Enter'), own)).toBeNull()
  })

  it("leave a pair's = to mean equal, and its letters to pairs", () => {
    expect(intentOf(press('='), { ...context, size: 2 })).toEqual({ action: { type: 'equal' } })
    expect(intentOf(press('e'), context)).toBeNull()
  })

  it('go by the letter typed, or its place on a keyboard of another script', () => {
    expect(keyName({ key: 'Z', code: 'KeyY' })).toBe('z')
    expect(keyName({ key: 'ы', code: 'KeyS' })).toBe('s')
    expect(keyName({ key: 'ö', code: 'Semicolon' })).toBe('ö')
    expect(keyName({ key: 'à', code: 'Digit0' })).toBe('0')
  })

  it('cannot be ranks, arrows, Tab, Escape or the space bar', () => {
    for (const key of ['1', '9', 'ArrowUp', 'Tab', 'Escape', ' ', 'Shift', 'v', ''])
      expect(canBind(key)).toBe(false)
    for (const key of ['0', 'q', '-', 'Delete', 'é']) expect(canBind(key)).toBe(true)
  })

  it('are stored as what differs and read back the same', () => {
    const own = { ...defaultKeys, skip: 'k', undo: 's' }
    expect(changesOf(own)).toBe('{"undo":"s","skip":"k"}')
    expect(readBindings(changesOf(own))).toEqual(own)
    expect(boundTo(own, 's')).toBe('undo')
  })

  it('fall back to the first keys when what was stored makes no sense', () => {
    const stores = ['{', 'null', '[]', '7', '{"skip":"z"}', '{"skip":3,"dance":"q","undo":"Tab"}']
    for (const stored of stores) expect(readBindings(stored)).toEqual(defaultKeys)
  })

  it('are never one key for two commands, whatever was stored', () => {
    const bound = fc.constantFrom(...(Object.keys(defaultKeys) as Bound[]))
    fc.assert(
      fc.property(fc.dictionary(bound, fc.constantFrom('z', 'k', 'Tab', '0', 'q')), (stored) => {
        const keys = Object.values(readBindings(JSON.stringify(stored)))
        expect(new Set(keys).size).toBe(keys.length)
        expect(keys.every(canBind)).toBe(true)
      }),
    )
  })
})
