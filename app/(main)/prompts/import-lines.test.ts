import fc from 'fast-check'
import { expect, test } from 'vitest'
import { mergeReports, wholeLines } from './import-lines.ts'

async function* from(chunks: string[]) {
  yield* chunks
}

test('parts join to the text that went in, and every part but the last ends a line', async () => {
  const chunks = fc.array(fc.string({ unit: fc.constantFrom('a', 'é', '\n', '{', ' ') }))
  await fc.assert(
    fc.asyncProperty(chunks, fc.integer({ min: 1, max: 12 }), async (pieces, size) => {
      const parts = await Array.fromAsync(wholeLines(from(pieces), size))
      const text = pieces.join('')
      const joined = parts.map((part) => part.text).join('')
      expect(text.startsWith(joined)).toBe(true)
      expect(text.slice(joined.length).trim()).toBe('')
      for (const part of parts.slice(0, -1)) expect(part.text.endsWith('\n')).toBe(true)
    }),
  )
})

test('the lines of a later part are counted from the beginning of the file', async () => {
  const parts = await Array.fromAsync(wholeLines(from(['{}\n{}\n', '{}\nbad']), 6))
  expect(parts).toEqual([
    { text: '{}\n{}\n', lines: 2 },
    { text: '{}\n', lines: 1 },
    { text: 'bad', lines: 1 },
  ])
  const none = { added: 0, duplicates: 0, refused: 0, completionsAdded: 0, lines: [] }
  const refused = {
    ...none,
    refused: 1,
    lines: [{ line: 1, status: 'refused' as const, reason: 'not JSON' }],
  }
  expect(mergeReports({ ...none, added: 3 }, refused, 3)).toEqual({
    ...none,
    added: 3,
    refused: 1,
    lines: [{ line: 4, status: 'refused', reason: 'not JSON' }],
  })
})
