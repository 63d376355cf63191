import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Assignment, type Draft, lineOf, openingDraft, submissionOf } from './assignment.ts'
import { marksOf, type Strength } from './ranking-state.ts'

const assignment = (size: number): Assignment => ({
  id: 'a',
  comparisonId: 'c',
  batch: null,
  leaseUntil: '2026-01-01T00:00:00Z',
  prompt: { messages: [{ role: 'user', content: 'Where is it?' }] },
  completions: Array.from({ length: size }, (_, card) => ({ id: `id-${card}`, text: `text ${card}` })),
})

const drafts: fc.Arbitrary<Draft> = fc.integer({ min: 2, max: 9 }).chain((size) =>
  fc.record({
    answer: fc.record({
      marks: fc
        .array(fc.option(fc.integer({ min: 1, max: 3 })), { minLength: size, maxLength: size })
        .map((marks) => {
          const given = [...new Set(marks.filter((mark) => mark !== null))].sort()
          return marks.map((mark) => (mark === null ? null : given.indexOf(mark) + 1))
        }),
      allBad: fc.boolean(),
      strength: fc.option(fc.constantFrom<Strength>(1, 2, 3, 4)),
      flags: fc.array(
        fc.record({
          target: fc.oneof(fc.constant('prompt' as const), fc.nat(size - 1)),
          flag: fc.constantFrom('harmful', 'off the subject'),
        }),
      ),
    }),
    comment: fc.string().map((text) => text.trim()),
    edit: fc.option(
      fc.record({ card: fc.nat(size - 1), text: fc.string({ minLength: 1 }).map((t) => `x${t}`.trim()) }),
    ),
  }),
)

test('what was submitted opens as it was when it is reopened', () => {
  fc.assert(
    fc.property(drafts, (draft) => {
      const item = assignment(draft.answer.marks.length)
      const { strength = null, comment = null, edit = null, ...sent } = submissionOf(item, draft)
      const previous = { ...sent, strength, comment, edit }
      expect(openingDraft({ ...item, previous })).toEqual(draft)
    }),
  )
})

test('an item opens empty, and an un-skipped one too', () => {
  const empty: Draft = {
    answer: { marks: [null, null], allBad: false, strength: null, flags: [] },
    comment: '',
    edit: null,
  }
  expect(openingDraft(assignment(2))).toEqual(empty)
  const previous = { groups: [], allBad: false, strength: null, flags: [], comment: null, skipReason: 'Long' }
  expect(openingDraft({ ...assignment(2), previous })).toEqual(empty)
})

test('a submission is told in one line', () => {
  const item = assignment(3)
  const draft = openingDraft(item)
  const answer = { ...draft.answer, marks: marksOf(3, [[0], [1, 2]]) }
  const edit = { card: 1, text: ' better ' }
  expect(lineOf(item, submissionOf(item, { ...draft, answer, edit }))).toBe('B improved › A › B = C')
  expect(submissionOf(item, { ...draft, answer, edit }).edit).toEqual({
    completionId: 'id-1',
    text: 'better',
  })
  expect(lineOf(item, submissionOf(item, { ...draft, answer: { ...draft.answer, allBad: true } }))).toBe(
    'none is acceptable',
  )
})
