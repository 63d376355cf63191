import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Actor } from '../auth/actor.ts'
import { db } from '../db.ts'
import { type TestDatabase, testDatabase } from '../testing/database.ts'
import { makeMember, makeWorkspace } from '../testing/fixtures.ts'
import { importPrompts } from './import-prompts.ts'
import { listPrompts, listPromptsInput } from './list-prompts.ts'
import { promptHash, splitOf } from './messages.ts'
import { parseRecord } from './parse-record.ts'
import { MAX_LINE_BYTES, readLines } from './read-lines.ts'
import { showPrompt } from './show-prompt.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database?.drop())

const researcher = async () => makeMember((await makeWorkspace()).id, 'RESEARCHER')

async function* bytes(text: string | Uint8Array, size = 64 * 1024): AsyncGenerator<Uint8Array> {
  const all = typeof text === 'string' ? new TextEncoder().encode(text) : text
  for (let from = 0; from < all.length; from += size) yield all.subarray(from, from + size)
}

const jsonl = (...records: unknown[]) => records.map((record) => `${JSON.stringify(record)}\n`).join('')

const list = (actor: Actor, query: Record<string, unknown> = {}) =>
  listPrompts(actor, listPromptsInput.parse(query))

describe('importing', () => {
  test('makes what an annotator wrote a completion like the rest', async () => {
    const actor = await researcher()
    const run = () => importPrompts(actor, bytes(jsonl({ prompt: 'p', completions: ['a', 'b'] })))
    await run()
    await db.completion.updateMany({
      where: { workspaceId: actor.workspaceId, text: 'b' },
      data: { source: 'edit', authorId: actor.userId },
    })
    expect(await run()).toMatchObject({ added: 0, completionsAdded: 1 })
    expect(await run()).toMatchObject({ added: 0, completionsAdded: 0 })
    const sources = await db.completion.findMany({
      where: { workspaceId: actor.workspaceId },
      select: { source: true },
    })
    expect(sources).toEqual([{ source: 'import' }, { source: 'import' }])
  })

  test('stores prompts with their completions, tags and split', async () => {
    const actor = await researcher()
    const conversation = [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Hello' },
      { role: 'assistant', content: 'Hello.' },
      { role: 'user', content: 'Where is my parcel?' },
    ]
    const file = jsonl(
      { prompt: 'One', completions: ['a', 'b', 'a'], tags: ['x'], split: 'EVAL' },
      { prompt: conversation },
    )
    const report = await importPrompts(actor, bytes(file), ['x', 'y'])
    expect(report).toEqual({ added: 2, duplicates: 0, refused: 0, completionsAdded: 2, lines: [] })
    const one = (await list(actor, { q: 'one', split: 'EVAL', tag: 'y' })).items
    expect(one).toMatchObject([{ text: 'One', tags: ['x', 'y'], completionCount: 2, comparisonCount: 0 }])
    const shown = await showPrompt(actor, { id: one[0]!.id })
    expect(shown.completions.map((completion) => completion.source)).toEqual(['import', 'import'])
    // Version 4: an id that tells its age would tell which completion is newer.
    for (const { id } of shown.completions) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4/)
    expect((await list(actor, { q: 'parcel' })).items[0]!.messages).toEqual(conversation)
  })

  test('the same file again adds nothing, and new completions join a prompt that is there', async () => {
    const actor = await researcher()
    await importPrompts(actor, bytes(jsonl({ prompt: 'Twice', completions: ['a'] })))
    const again = jsonl({ prompt: 'Twice', completions: ['a', 'b'] }, { prompt: 'New' }, { prompt: 'New' })
    expect(await importPrompts(actor, bytes(again))).toEqual({
      added: 1,
      duplicates: 2,
      refused: 0,
      completionsAdded: 1,
      lines: [
        { line: 1, status: 'duplicate', reason: 'the prompt is there already' },
        { line: 3, status: 'duplicate', reason: 'the same prompt as line 2' },
      ],
    })
  })

  test('says for each bad line what is wrong with it and takes the others', async () => {
    const actor = await researcher()
    const lines = [
      '\uFEFF{"prompt": "good one"}',
      '{"prompt": "x",}',
      '{"prompt": "unfinished',
      '',
      '{"prompt": "   "}',
      '{"prompt": [{"role": "bot", "content": "x"}]}',
      '{"prompt": [{"role": "user", "content": "x"}, {"role": "assistant", "content": "y"}]}',
      '{"prompt": [{"role": "assistant", "content": "y"}, {"role": "user", "content": "x"}]}',
      '{"prompt": "a\\u0000b"}',
      '{"prompt": "a\\ud800b"}',
      '{"prompt": 5}',
      '{"completions": ["x"]}',
      '{"prompt": "x", "completion": "y"}',
      '{"prompt": "x", "completions": [""]}',
      '"prompt"',
      '{"prompt": "good two"}\r',
    ]
    const report = await importPrompts(actor, bytes(lines.join('\n'), 7))
    expect(report).toMatchObject({ added: 2, refused: 13, duplicates: 0 })
    const reasons = Object.fromEntries(report.lines.map(({ line, reason }) => [line, reason]))
    expect(reasons).toEqual({
      2: 'not JSON at column 16: Expected double-quoted property name',
      3: 'not JSON at column 23: Unterminated string',
      5: 'prompt is empty',
      6: expect.stringMatching(
        /^prompt\.0\.role: Invalid option: expected one of "system"\|"user"\|"assistant"/,
      ),
      7: "prompt's last turn must be the user's",
      8: "prompt's turn 1 is assistant's; user and assistant must alternate, user first",
      9: 'prompt contains a NUL character or half of a surrogate pair',
      10: 'prompt contains a NUL character or half of a surrogate pair',
      11: 'prompt: must be a string or a list of { role, content }',
      12: 'prompt: must be a string or a list of { role, content }',
      13: 'Unrecognized key: "completion"',
      14: 'completions.0: is empty',
      15: expect.stringMatching(/expected object/),
    })
  })

  test('a line of 10 MB is refused by its length, without being held, and the next is taken', async () => {
    const actor = await researcher()
    async function* file() {
      yield Buffer.from('{"prompt": "')
      for (let index = 0; index < 160; index++) yield Buffer.alloc(64 * 1024, 'x')
      yield Buffer.from('"}\n{"prompt": "after"}')
    }
    const report = await importPrompts(actor, file())
    expect(report.lines).toEqual([
      {
        line: 1,
        status: 'refused',
        reason: `the line is 10485774 bytes long; at most ${MAX_LINE_BYTES} are taken`,
      },
    ])
    expect(report.added).toBe(1)
  })

  test('several thousand lines arrive in several transactions, and each is audited', async () => {
    const actor = await researcher()
    const file = jsonl(...Array.from({ length: 1200 }, (_, index) => ({ prompt: `Prompt ${index}` })))
    expect(await importPrompts(actor, bytes(file))).toMatchObject({ added: 1200, lines: [] })
    const held = (await list(actor, { split: 'EVAL' })).total / 1200
    expect(held).toBeGreaterThan(0.1)
    expect(held).toBeLessThan(0.2)
    expect(await db.auditEvent.count({ where: { workspaceId: actor.workspaceId } })).toBe(3)
  })

  test('pages of prompts follow each other without gaps', async () => {
    const actor = await researcher()
    const file = jsonl(...Array.from({ length: 25 }, (_, index) => ({ prompt: `Prompt ${index}` })))
    await importPrompts(actor, bytes(file))
    const seen: string[] = []
    let cursor: string | null | undefined
    do {
      const page = await list(actor, { limit: 10, cursor: cursor ?? undefined })
      seen.push(...page.items.map((item) => item.id))
      cursor = page.nextCursor
    } while (cursor)
    expect(new Set(seen).size).toBe(25)
    await expect(list(actor, { cursor: 'nonsense' })).rejects.toMatchObject({ code: 'INVALID_INPUT' })
  })
})

describe('reading', () => {
  test('lines do not depend on how the bytes are cut', async () => {
    const text = fc.array(fc.string({ unit: fc.constantFrom('a', 'é', '𝄞', ' ', '\r') }), { maxLength: 8 })
    await fc.assert(
      fc.asyncProperty(text, fc.integer({ min: 1, max: 9 }), async (lines, size) => {
        const whole = await Array.fromAsync(readLines(bytes(lines.join('\n'), 1 << 20)))
        expect(await Array.fromAsync(readLines(bytes(lines.join('\n'), size)))).toEqual(whole)
        const expected = lines.map((line, index) => ({ line: index + 1, text: line.trim() }))
        expect(whole).toEqual(expected.filter((line) => line.text !== ''))
      }),
      { numRuns: 50 },
    )
  })

  test('bytes that are not UTF-8 are refused', async () => {
    expect(await Array.fromAsync(readLines(bytes(new Uint8Array([0xff, 0xfe, 0x0a, 0x61]))))).toEqual([
      { line: 1, refusal: 'the line is not UTF-8' },
      { line: 2, text: 'a' },
    ])
  })

  test('a string and one user turn are the same prompt, whatever the order of its keys', () => {
    const records = ['{"prompt": "x"}', '{"prompt": [{"content": "x", "role": "user"}]}'].map(parseRecord)
    const hashes = records.map((record) =>
      'refusal' in record ? record.refusal : promptHash(record.messages),
    )
    // printf '[["user","x"]]' | sha256sum
    expect(hashes[0]).toBe('efbae9f150869636d249ab8cbe022d0976145a5ac52a6331f7b51c7127a5eed6')
    expect(hashes[1]).toBe(hashes[0])
  })

  test('the split of a prompt follows from its hash alone', () => {
    expect(splitOf('00000000')).toBe('EVAL')
    expect(splitOf('26666665')).toBe('EVAL')
    expect(splitOf('26666667')).toBe('TRAIN')
    expect(splitOf('ffffffff')).toBe('TRAIN')
  })
})
