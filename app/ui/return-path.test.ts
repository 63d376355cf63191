import fc from 'fast-check'
import { expect, test } from 'vitest'
import { returnPath, signInAddress } from './return-path.ts'

test.each([
  ['/rank', '/rank'],
  ['/rank?batch=round%202&item=a', '/rank?batch=round%202&item=a'],
  ['/rankings#last', '/rankings#last'],
  ['/a/../rank', '/rank'],
])('%s is a path of this site', (next, path) => {
  expect(returnPath(next)).toBe(path)
})

test.each([
  undefined,
  ['/rank', '/rank'],
  '',
  'rank',
  'https://evil.example/rank',
  '//evil.example',
  '/\\evil.example',
  '/\t/evil.example',
  '/.//evil.example',
  '/x/..//evil.example',
  '/%2e//evil.example',
  'javascript:alert(1)',
  '/api/auth/sign-out',
  '/sign-in?next=/rank',
  '/x/../sign-up',
])('%j leads home', (next) => {
  expect(returnPath(next)).toBe('/')
})

test('no text leads to another site', () => {
  const pieces = fc.constantFrom(
    '/',
    '\\',
    '.',
    '..',
    '%2e',
    '%2f',
    '\t',
    '\n',
    '@',
    ':',
    '?',
    '#',
    'evil.example',
  )
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
      const site = 'https://whetstone.example'
      const path = returnPath(`/${parts.join('')}`)
      expect(new URL(path, site).origin).toBe(site)
      expect(returnPath(path)).toBe(path)
    }),
  )
})

test('the address of the sign-in page keeps the way back', () => {
  expect(signInAddress('/rank?batch=a b')).toBe('/sign-in?next=%2Frank%3Fbatch%3Da%20b')
  expect(signInAddress('//evil.example')).toBe('/sign-in')
  expect(signInAddress()).toBe('/sign-in')
})
