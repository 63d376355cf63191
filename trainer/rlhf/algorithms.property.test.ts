import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')
const text = readFileSync(join(root, 'docs/algorithms.md'), 'utf8')

/** Where a file that the text names lies; undefined where it is not there. */
const placeOf = (path: string) =>
  [join(root, 'trainer', path), join(root, path)].find((place) => existsSync(place))

test('every file that docs/algorithms.md names is there', () => {
  const paths = [...text.matchAll(/`([\w-]+(?:\/[\w-]+)+\.(?:test\.)?(?:ts|cc|h|py))`/g)].map(
    ([, path]) => path!,
  )
  expect(paths.length).toBeGreaterThan(30)
  expect(paths.filter((path) => !placeOf(path))).toEqual([])
})

test('every function that docs/algorithms.md names before a file is in it', () => {
  const named = [...text.matchAll(/`(\w+)`,\s+`([\w/-]+\.ts)`/g)]
  expect(named.length).toBeGreaterThan(15)
  const missing = named.filter(([, name, path]) => {
    const place = placeOf(path!)
    return !place || !new RegExp(`(function\\*?|const) ${name}\\b`).test(readFileSync(place, 'utf8'))
  })
  expect(missing.map(([, name, path]) => `${name}, ${path}`)).toEqual([])
})

test('every file of formulas has its place in docs/algorithms.md', () => {
  const files = readdirSync(import.meta.dirname).filter((file) => /^[\w-]+\.ts$/.test(file))
  expect(files.filter((file) => !text.includes(`rlhf/${file}`))).toEqual([])
})
