import { expect, test } from 'vitest'
import { specialTokens, trainBpe } from '#trainer/text/bpe.ts'
import { makeTokenizer } from '#trainer/text/tokenizer.ts'
import { readComparisons } from './comparisons.ts'
import { temporaryFolder, writeLines } from './tiny.ts'

const line = { prompt: 'yes', completions: ['no', 'day', 'good day', 'x'.repeat(60)] }
const pair = (chosen: number, rejected: number, more = {}) => ({ chosen, rejected, ...more })
const half = (chosen: number, rejected: number) => pair(chosen, rejected, { weight: 0.5 })

const tokenizer = makeTokenizer(trainBpe(['yes no good day'], 270), {
  eos_token: specialTokens.end,
  pad_token: specialTokens.pad,
})

async function read(...lines: object[]) {
  return readComparisons(writeLines(temporaryFolder(), 'data.jsonl', lines), tokenizer, 48)
}

test('a tie of two reversed halves, as older files have it, is the tie of a newer file', async () => {
  const older = await read({ ...line, pairs: [pair(1, 0), half(1, 2), half(2, 1), pair(2, 0)] })
  const newer = await read({ ...line, pairs: [pair(1, 0), pair(1, 2, { tie: true }), pair(2, 0)] })
  expect(older).toEqual(newer)
  const [{ pairs, rankings } = { pairs: [], rankings: [] }] = newer.comparisons
  expect(pairs.map(({ tie }) => tie)).toEqual([false, true, false])
  // Of the places in the order in which pairs name them: 1, 0, 2.
  expect(rankings.map(({ groups }) => groups)).toEqual([[[0, 2], [1]]])
})

test('rankings alone give their pairs, and pairs alone their ranking', async () => {
  const ranked = await read({ ...line, rankings: [{ groups: [[0], [1], [2]] }] })
  const paired = await read({ ...line, pairs: [pair(0, 1), pair(0, 2), pair(1, 2)] })
  expect(ranked).toEqual(paired)
})

test('a completion that is too long is in no pair and no ranking, and its pairs are counted', async () => {
  const { comparisons, dropped } = await read(
    { ...line, rankings: [{ groups: [[3], [0]], worse: [1] }] },
    { ...line, rankings: [{ groups: [[3], [0]] }] },
  )
  // 3 > 0 and 3 > 1 of the first, 3 > 0 of the second, of which nothing is left
  expect(dropped).toBe(3)
  expect(comparisons).toHaveLength(1)
  expect(comparisons[0]!.rankings).toEqual([{ groups: [[0]], worse: [1], weight: 1 }])
  expect(comparisons[0]!.sequences).toHaveLength(2)
})

test('a completion that was cut off by its length has no EOS behind it', async () => {
  const pairs = [pair(0, 1)]
  const { comparisons } = await read({ ...line, finished: [true, false, true, true], pairs })
  const [ended, cut] = comparisons[0]!.sequences
  expect(ended!.response.at(-1)).toBe(tokenizer.eosTokenId)
  expect([...cut!.response, tokenizer.eosTokenId]).toEqual(tokenizer.encodeCompletion('day'))
  await expect(read({ ...line, finished: [true], pairs })).rejects.toThrow('it says so of 1 of 4 completions')
})

test.each([
  [{ rankings: [{ groups: [[0], [0]] }] }, 'it names the completion 0 of 4 twice'],
  [{ rankings: [{ groups: [[0], [7]] }] }, 'it names the completion 7 of 4:'],
  [{ rankings: [{ groups: [[0]] }] }, 'it ranks 1 completion'],
  [{}, 'neither a pair nor a ranking'],
  [{ pairs: [pair(2, 2)] }, 'the completions 2 and 2 of 4'],
])('a wrong comparison %j is refused with its line and value', async (said, reason) => {
  await expect(read({ ...line, pairs: [pair(0, 1)] }, { ...line, ...said })).rejects.toMatchObject({
    code: 'JSONL_INVALID',
    message: expect.stringMatching(new RegExp(`data\\.jsonl, line 2: field ".*${reason}`)),
  })
})
