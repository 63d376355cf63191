import { expect, test } from 'vitest'
import { promptHash, splitOf } from '../prompts/messages.ts'
import { readSftFile, splitExamples } from './sft-file.ts'

const user = (content: string) => [{ role: 'user' as const, content }]
const file = (prompts: unknown[]) =>
  readSftFile(prompts.map((prompt) => JSON.stringify({ prompt, completion: 'c' })).join('\n'))
const texts = Array.from({ length: 200 }, (_, i) => `question ${i}`)

test('a prompt as text and as one user turn is held out alike, as it would be when imported', () => {
  const { train, held } = splitExamples(file(texts), new Map())
  expect(held.length).toBeGreaterThan(0)
  expect(held.map(({ prompt }) => splitOf(promptHash(prompt)))).toEqual(held.map(() => 'EVAL'))
  expect(train.map(({ prompt }) => splitOf(promptHash(prompt)))).toEqual(train.map(() => 'TRAIN'))
  expect(splitExamples(file(texts.map(user)), new Map())).toEqual({ train, held })
})

test("the workspace's splits stand above the hash, in short files too", () => {
  const turned = new Map(
    texts.map((text) => {
      const hash = promptHash(user(text))
      return [hash, splitOf(hash) === 'EVAL' ? 'TRAIN' : 'EVAL'] as const
    }),
  )
  const { train, held } = splitExamples(file(texts), turned)
  expect(train).toEqual(splitExamples(file(texts), new Map()).held)
  expect(held).toHaveLength(texts.length - train.length)

  const few = file(['a', 'b', 'c'])
  expect(splitExamples(few, new Map())).toEqual({ train: few, held: [] })
  expect(splitExamples(few, new Map([[promptHash(user('b')), 'EVAL']]))).toEqual({
    train: [few[0], few[2]],
    held: [few[1]],
  })
})

test('a file of held-out prompts only is refused', () => {
  expect(() => splitExamples(file(['a', 'a']), new Map([[promptHash(user('a')), 'EVAL']]))).toThrow(
    'holds out every prompt of sftFile (2 examples)',
  )
})
