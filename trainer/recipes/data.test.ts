import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseSpec } from '#trainer/config.ts'
import { specialTokens, trainBpe } from '#trainer/text/bpe.ts'
import { makeTokenizer } from '#trainer/text/tokenizer.ts'
import { encodeQuery, epochBatches, promptText } from './data.ts'
import { resolvePaths } from './paths.ts'
import { temporaryFolder } from './tiny.ts'

test('an epoch has every example once, in batches of the size asked, and depends on seed and epoch alone', () => {
  const lengths = fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 200 })
  fc.assert(
    fc.property(lengths, fc.integer({ min: 1, max: 16 }), fc.nat(1000), (all, size, epoch) => {
      const batches = epochBatches(all, { seed: 5, epoch, size })
      expect(batches.flat().sort((a, b) => a - b)).toEqual(all.map((_, i) => i))
      expect(batches).toHaveLength(Math.ceil(all.length / size))
      expect(batches.filter((batch) => batch.length !== size).length).toBeLessThanOrEqual(1)
      expect(epochBatches(all, { seed: 5, epoch, size })).toEqual(batches)
    }),
  )
  const hundred = Array.from({ length: 100 }, () => 7)
  expect(epochBatches(hundred, { seed: 5, epoch: 0, size: 4 })).not.toEqual(
    epochBatches(hundred, { seed: 5, epoch: 1, size: 4 }),
  )
})

test('a prompt of several messages is shown with its roles', () => {
  expect(promptText('hi')).toBe('hi')
  expect(promptText([{ role: 'user', content: 'hi' }])).toBe('hi')
  expect(
    promptText([
      { role: 'system', content: 'be brief' },
      { role: 'user', content: 'hi' },
    ]),
  ).toBe('system: be brief\nuser: hi')
})

test('relative paths of a spec are taken from its folder', async () => {
  const folder = temporaryFolder()
  for (const name of ['base', 'runs', 'runs/rm']) mkdirSync(join(folder, name))
  const at = (...parts: string[]) => join(folder, ...parts)
  const spec = parseSpec('ppo', { policy: '../base', reward: at('runs/rm'), data: { train: '../p.jsonl' } })
  expect(await resolvePaths<'ppo'>(spec, at('runs'))).toMatchObject({
    ...{ policy: at('base'), reward: at('runs/rm') },
    data: { train: at('p.jsonl') },
  })
  const sft = parseSpec('sft', { model: { path: '../base' }, data: { train: 't' } })
  expect((await resolvePaths<'sft'>(sft, at('runs'))).model).toEqual({ path: at('base') })
  const missing = parseSpec('sft', { model: { path: './nowhere' }, data: { train: 't' } })
  await expect(resolvePaths<'sft'>(missing, at('runs'))).rejects.toThrow(`there is no ${at('runs/nowhere')}`)
})

test('a prompt without a token is refused by its name', () => {
  const plain = makeTokenizer(trainBpe(['a b'], 262), {
    eos_token: specialTokens.end,
    pad_token: specialTokens.pad,
  })
  const options = { name: 'prompt p7', responseLength: 1, maxPositions: 9 }
  expect(encodeQuery(plain, 'a', options)).toHaveLength(1)
  expect(() => encodeQuery(plain, '', options)).toThrow(
    expect.objectContaining({ code: 'PROMPT_EMPTY', message: 'prompt p7 has no tokens' }),
  )
})
