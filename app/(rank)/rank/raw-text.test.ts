import { createElement } from 'react'
import { renderToStaticMarkup } from 'react-dom/server'
import { expect, it } from 'vitest'
import { RawText } from './raw-text.tsx'

const signs = (text: string) =>
  [...renderToStaticMarkup(createElement(RawText, { text })).matchAll(/data-space="([^"]*)"/g)].map(
    ([, sign]) => sign,
  )

it('shows tabs and the spaces at the end of a line, and no others', () => {
  expect(signs('a b  \n  c\t\td \r\n  \n e')).toEqual(['··', '→', '·', '··'])
})

it('reads a long run of spaces once, not once for each of them', () => {
  const before = performance.now()
  expect(signs(`${' '.repeat(200_000)}a`)).toEqual([])
  // Seconds, where every space is a beginning of its own.
  expect(performance.now() - before).toBeLessThan(1000)
})
