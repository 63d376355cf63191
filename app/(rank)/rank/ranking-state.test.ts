import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { placed, placeOf, placesFor } from './places.ts'
import {
  type Action,
  badge,
  doubtOf,
  groupsOf,
  marksOf,
  orderLine,
  type RankingState,
  readiness,
  reduce,
  startRanking,
  unrankedCards,
} from './ranking-state.ts'
import { placeWords } from './words.ts'

const play = (size: number, ...actions: Action[]) => actions.reduce(reduce, startRanking(size))
const rank = (mark: number): Action => ({ type: 'rank', mark })
const badges = (state: RankingState) => state.answer.marks.map((_, card) => badge(state.answer.marks, card))

describe('ranking with numbers', () => {
  it('gives the focused card the rank and moves to the next unranked card', () => {
    const state = play(3, rank(2))
    expect(state.answer.marks).toEqual([2, null, null])
    expect(state.focus).toBe(1)
  })

  it('jumps over ranked cards and wraps to the first one left', () => {
    const state = play(4, { type: 'focus', card: 1 }, rank(1), { type: 'focus', card: 3 }, rank(2))
    expect(state.focus).toBe(0)
  })

  it('ties cards that get the same number', () => {
    const state = play(3, rank(1), rank(2), rank(2))
    expect(orderLine(state.answer.marks)).toBe('A › B = C')
    expect(badges(state)).toEqual(['1st', '2nd =', '2nd ='])
  })

  it('shows the typed number while cards are missing and the place once all are ranked', () => {
    const half = play(3, rank(3), rank(1))
    expect(badges(half)).toEqual(['3rd', '1st', null])
    expect(badges(reduce(half, rank(3)))).toEqual(['2nd =', '1st', '2nd ='])
  })

  it('ignores a rank beyond the number of cards', () => {
    expect(play(3, rank(4)).answer.marks).toEqual([null, null, null])
  })
})

describe('ties, clearing and undo', () => {
  it('ties the focused card with the one ranked last', () => {
    const state = play(3, rank(2), { type: 'tie' }, rank(1))
    expect(orderLine(state.answer.marks)).toBe('C › A = B')
  })

  it('does nothing on = when nothing else is ranked', () => {
    expect(play(3, { type: 'tie' }).history).toHaveLength(0)
  })

  it('clears the focused card and leaves the focus on it', () => {
    const state = play(3, rank(1), { type: 'focus', card: 0 }, { type: 'clear' })
    expect(state.answer.marks).toEqual([null, null, null])
    expect(state.focus).toBe(0)
  })

  it('takes back one action at a time, with the focus of that moment', () => {
    const before = play(3, rank(1))
    const after = [rank(2), { type: 'allBad' } as const].reduce(reduce, before)
    const back = [{ type: 'undo' } as const, { type: 'undo' } as const].reduce(reduce, after)
    expect(back).toEqual(before)
  })

  it('has nothing to undo on a fresh item', () => {
    const fresh = startRanking(4)
    expect(reduce(fresh, { type: 'undo' })).toBe(fresh)
  })
})

describe('pairs', () => {
  it('answers with A, B and E', () => {
    expect(orderLine(play(2, { type: 'prefer', card: 1 }).answer.marks)).toBe('B › A')
    expect(orderLine(play(2, { type: 'equal' }).answer.marks)).toBe('A = B')
  })

  it('keeps the strength when the preference turns round and drops it on a tie', () => {
    const strong = play(2, { type: 'prefer', card: 0 }, { type: 'strength', strength: 3 })
    expect(reduce(strong, { type: 'prefer', card: 1 }).answer.strength).toBe(3)
    expect(reduce(strong, { type: 'equal' }).answer.strength).toBeNull()
  })

  it('has no strength among three', () => {
    expect(play(3, { type: 'strength', strength: 2 }).answer.strength).toBeNull()
  })
})

describe('dragging', () => {
  it('puts a card between two groups, or into one', () => {
    const ranked = play(3, rank(1), rank(2), rank(3))
    const between = reduce(ranked, { type: 'place', card: 2, place: { how: 'before', group: 1 } })
    expect(orderLine(between.answer.marks)).toBe('A › C › B')
    const tied = reduce(ranked, { type: 'place', card: 2, place: { how: 'with', group: 0 } })
    expect(orderLine(tied.answer.marks)).toBe('A = C › B')
  })

  it('starts an order from nothing', () => {
    const state = play(2, { type: 'place', card: 1, place: { how: 'before', group: 0 } })
    expect(orderLine(state.answer.marks)).toBe('B')
  })
})

describe('readiness', () => {
  it('is ready when all are ranked or none is acceptable, partial from two ranked cards', () => {
    expect(readiness(play(3, rank(1)).answer)).toBe('empty')
    expect(readiness(play(3, rank(1), rank(2)).answer)).toBe('partial')
    expect(readiness(play(3, rank(1), rank(2), rank(3)).answer)).toBe('ready')
    expect(readiness(play(3, { type: 'allBad' }).answer)).toBe('ready')
  })
})

describe('an improved response', () => {
  const edit = { card: 1, text: 'We are sorry. It comes on Monday.' }

  it('is taken back like any step, and needs no other rank', () => {
    const state = play(3, { type: 'edit', edit })
    expect(readiness(state.answer, state.edit)).toBe('partial')
    expect(reduce(state, { type: 'undo' }).edit).toBeNull()
    expect(reduce(state, { type: 'edit', edit: null }).edit).toBeNull()
  })
})

describe('doubts before submitting', () => {
  const say = (state: RankingState, comment = '') => ({ answer: state.answer, edit: state.edit, comment })
  const asShown = [rank(1), rank(2), rank(3), rank(4)]

  it('asks about four or more cards in the order on screen, and about no other order', () => {
    expect(doubtOf(say(play(4, ...asShown)), null)).toBe('as-shown')
    expect(doubtOf(say(play(3, ...asShown.slice(0, 3))), null)).toBeNull()
    expect(doubtOf(say(play(4, rank(1), rank(2), rank(3), rank(3))), null)).toBeNull()
    expect(doubtOf(say(play(4, rank(2), rank(1), rank(3), rank(4))), null)).toBeNull()
    expect(doubtOf(say(play(5, ...asShown)), null)).toBeNull()
    expect(doubtOf(say(play(4, ...asShown, { type: 'allBad' })), null)).toBeNull()
  })

  it('tells a reopened ranking that says the same from one that says more', () => {
    const before = say(play(3, rank(1), rank(2), rank(3)), 'clear')
    expect(doubtOf({ ...before, comment: 'clear ' }, before)).toBe('unchanged')
    expect(doubtOf({ ...before, comment: 'unclear' }, before)).toBeNull()
    expect(doubtOf({ ...before, edit: { card: 0, text: 'x' } }, before)).toBeNull()
    expect(doubtOf(say(play(3, rank(2), rank(1), rank(3)), 'clear'), before)).toBeNull()
    expect(doubtOf(say(play(3, rank(1), rank(2), rank(2)), 'clear'), before)).toBeNull()
  })
})

describe('places', () => {
  const marks = [2, 1, 2, null]

  it('are before, in and behind each group of the others, and out of the order', () => {
    expect(placesFor(marks, 3).map((place) => orderLine(placed(marks, 3, place)))).toEqual([
      'D › B › A = C',
      'B = D › A = C',
      'B › D › A = C',
      'B › A = C = D',
      'B › A = C › D',
      'B › A = C',
    ])
    expect(placesFor(marks, 3).map((place) => placeWords(marks, 3, place))).toEqual([
      'first, before B',
      'tied with B',
      'behind B, before A and C',
      'tied with A and C',
      'last, behind A and C',
      'without a rank',
    ])
  })

  it('change nothing when a card goes where it is', () => {
    const some = fc.array(fc.option(fc.integer({ min: 1, max: 5 })), { minLength: 2, maxLength: 9 })
    fc.assert(
      fc.property(some, fc.nat(8), (marks, at) => {
        const card = at % marks.length
        expect(groupsOf(placed(marks, card, placeOf(marks, card)))).toEqual(groupsOf(marks))
        expect(placesFor(marks, card)).toContainEqual(placeOf(marks, card))
      }),
    )
  })
})

const size = fc.integer({ min: 2, max: 9 })
const card = fc.integer({ min: 0, max: 8 })
const action: fc.Arbitrary<Action> = fc.oneof(
  fc.record({ type: fc.constant('rank' as const), mark: fc.integer({ min: 0, max: 10 }) }),
  fc.record({ type: fc.constant('move' as const), by: fc.constantFrom(1 as const, -1 as const) }),
  fc.record({
    type: fc.constant('place' as const),
    card: fc.constantFrom(0, 1),
    place: fc.oneof(
      fc.record({ how: fc.constantFrom('with' as const, 'before' as const), group: card }),
      fc.constant({ how: 'out' as const }),
    ),
  }),
  fc.constantFrom<Action>(
    { type: 'tie' },
    { type: 'clear' },
    { type: 'prefer', card: 0 },
    { type: 'equal' },
    { type: 'allBad' },
    { type: 'strength', strength: 4 },
    { type: 'edit', edit: { card: 0, text: 'better' } },
    { type: 'edit', edit: null },
    { type: 'flag', target: 'prompt', flag: 'off topic' },
  ),
)

describe('whatever is pressed', () => {
  it('keeps every card in one group or unranked, with the focus on a card', () => {
    fc.assert(
      fc.property(size, fc.array(action, { maxLength: 30 }), (size, actions) => {
        const state = play(size, ...actions)
        const cards = [...groupsOf(state.answer.marks).flat(), ...unrankedCards(state.answer.marks)]
        expect(cards.sort()).toEqual(Array.from({ length: size }, (_, card) => card))
        expect(state.focus).toBeGreaterThanOrEqual(0)
        expect(state.focus).toBeLessThan(size)
      }),
    )
  })

  it('comes back to the empty answer by undoing all', () => {
    fc.assert(
      fc.property(size, fc.array(action, { maxLength: 30 }), (size, actions) => {
        const state = play(size, ...actions)
        const undone = state.history.map((): Action => ({ type: 'undo' })).reduce(reduce, state)
        expect(undone.answer).toEqual(startRanking(size).answer)
      }),
    )
  })

  it('reads the same groups back from their marks', () => {
    fc.assert(
      fc.property(size, fc.array(action, { maxLength: 30 }), (size, actions) => {
        const groups = groupsOf(play(size, ...actions).answer.marks)
        expect(groupsOf(marksOf(size, groups))).toEqual(groups)
      }),
    )
  })
})
