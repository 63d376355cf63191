import fc from 'fast-check'
import { expect, it } from 'vitest'
import { asWritten, setMathematicsAside, withFormulas } from './mathematics.ts'

const formulas = (source: string) => setMathematicsAside(source).found.map(({ tex }) => tex)

it('finds formulas between dollars, double dollars, and the brackets of LaTeX', () => {
  const { found } = setMathematicsAside('If $x_1$ and \\(y^2\\), then $$a*b*c$$ or \\[\n\\frac{1}{2}\n\\].')
  expect(found.map(({ tex, display }) => [tex, display])).toEqual([
    ['x_1', false],
    ['y^2', false],
    ['a*b*c', true],
    ['\\frac{1}{2}', true],
  ])
})

it.each([
  'It costs $5 and $6.',
  'From $20,000 to $30,000 a year',
  'Between $5/$6',
  'Pay $ 5 or 6 $',
  'An escaped \\$x\\$ dollar',
  'one $dollar\n\nthen another$ far away',
  '$$',
  '\\( never closed',
])('leaves money and stray signs alone: %s', (source) => {
  expect(setMathematicsAside(source)).toEqual({ text: source, found: [] })
})

it('looks into no code', () => {
  expect(formulas('`$a$` and ``b ` $c$`` but $d$')).toEqual(['d'])
  expect(formulas('```sh\necho $HOME $PATH\n$x$\n```\n$y$')).toEqual(['y'])
  expect(formulas('- a list\n  ~~~\n  $x$\n  ~~~\n\n$y$')).toEqual(['y'])
  expect(formulas('```\n$x$')).toEqual([])
})

it('keeps an escaped dollar inside a formula', () => {
  expect(formulas('$\\$5 + x$')).toEqual(['\\$5 + x'])
})

it('cuts a text at its formulas and loses none', () => {
  const { text, found } = setMathematicsAside('a $x$ b')
  expect(withFormulas(text, found)).toEqual(['a ', { tex: 'x', display: false, source: '$x$' }, ' b'])
})

it('gives every text back as it was written', () => {
  const pieces = fc.constantFrom(
    '$',
    '$$',
    '\\(',
    '\\)',
    '\\[',
    '\\]',
    '`',
    '```',
    '\n',
    '\n\n',
    'x',
    '5',
    ' ',
    '\\',
  )
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 40 }), (list) => {
      const { text, found } = setMathematicsAside(list.join(''))
      expect(asWritten(text, found)).toBe(list.join(''))
    }),
  )
})
