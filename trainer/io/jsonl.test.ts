import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, expect, it } from 'vitest'
import { z } from 'zod'
import { readAllJsonl, readJsonl } from './jsonl.ts'

const folder = mkdtempSync(join(tmpdir(), 'whetstone-'))
afterAll(() => rmSync(folder, { recursive: true }))
const path = join(folder, 'a.jsonl')

async function read(content: string | Uint8Array, options: Parameters<typeof readJsonl>[1] = {}) {
  writeFileSync(path, content)
  return Array.fromAsync(readJsonl(path, options))
}

it('gives back any values with their line numbers, blank lines left out', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.jsonValue()), async (values) => {
      const lines = await read(`\n${values.map((value) => `${JSON.stringify(value)}\r\n\n`).join('')}`)
      expect(lines).toEqual(
        values.map((value, i) => ({ line: 2 + 2 * i, value: JSON.parse(JSON.stringify(value)) })),
      )
    }),
    { numRuns: 40 },
  )
})

it('reads a last line without a newline, a byte order mark and lines longer than one chunk', async () => {
  const long = 'é'.repeat(100_000)
  const lines = await read(`\uFEFF{"a":1}\n${JSON.stringify(long)}\n2`)
  expect(lines.map(({ value }) => value)).toEqual([{ a: 1 }, long, 2])
})

it('names line, column and reason of a malformed line', async () => {
  await expect(read('{"a":1}\n{"a":x}\n')).rejects.toThrow(/a\.jsonl, line 2, column 6: Unexpected token/)
  await expect(read('{"a":1')).rejects.toThrow(/line 1, column 7/)
  await expect(read(Buffer.from('2261ff22', 'hex'))).rejects.toThrow(/line 1: it is not UTF-8/)
})

it('refuses a line over the limit with its length', async () => {
  await expect(read(`1\n"${'x'.repeat(100)}"\n2`, { maxLineBytes: 50 })).rejects.toThrow(
    /line 2: it has 102 bytes, the limit is 50/,
  )
  await expect(read('x'.repeat(300_000), { maxLineBytes: 50 })).rejects.toThrow(/line 1: it has 300000 bytes/)
  expect(await read(`"${'x'.repeat(48)}"`, { maxLineBytes: 50 })).toHaveLength(1)
})

it('checks every line by a schema and names the field', async () => {
  const schema = z.strictObject({ prompt: z.string() })
  writeFileSync(path, '{"prompt":"a"}\n{"prompt":3}\n')
  await expect(readAllJsonl(path, schema)).rejects.toThrow(/line 2: field "prompt": .*string/)
  await expect(read('{"prompt":"a","x":1}', { schema })).rejects.toThrow(/line 1: .*"x"/)
})

it('names a file that is not there', async () => {
  await expect(Array.fromAsync(readJsonl(join(folder, 'none.jsonl')))).rejects.toThrow(
    expect.objectContaining({ code: 'FILE_MISSING' }),
  )
})
