import { execFile } from 'node:child_process'
import { lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { startEngine } from '#trainer/engine/start.ts'
import { saveAdapter } from '#trainer/io/adapter-folder.ts'
import { makeModel, saveModel } from '#trainer/io/model-folder.ts'
import { strongParameters, tinyConfig } from '#trainer/nn/checks.ts'
import { addHead } from '#trainer/nn/heads.ts'
import { initialiseTransformer } from '#trainer/nn/transformer.ts'
import { temporaryFolder } from '#trainer/recipes/tiny.ts'
import { specialTokens, trainBpe } from '#trainer/text/bpe.ts'
import { makeTokenizer } from '#trainer/text/tokenizer.ts'

const program = fileURLToPath(new URL('models.ts', import.meta.url))
const bring = async (...args: string[]) =>
  (await promisify(execFile)(process.execPath, [program, 'import', ...args])).stdout

test('a folder of links is copied as files, and an adapter becomes a model of the kind that it was trained for', async () => {
  await startEngine('auto')
  const folder = temporaryFolder()
  const at = (name: string) => join(folder, name)
  const tokenizer = makeTokenizer(trainBpe(['a a b b'], 262), { eos_token: specialTokens.end })
  const { eosTokenId, padTokenId } = tokenizer
  const plain = { ...tinyConfig, vocabSize: 264, eosTokenId, padTokenId }
  await saveModel(at('base'), makeModel('policy', plain, initialiseTransformer(plain, 1), tokenizer))

  mkdirSync(at('links'))
  for (const name of readdirSync(at('base'))) symlinkSync(join('../base', name), join(at('links'), name))
  expect(await bring(at('links'), '--out', at('copy'))).toMatch(/^GPT2LMHeadModel: /)
  const copied = readdirSync(at('copy'))
  expect(copied).toEqual(readdirSync(at('base')))
  expect(copied.filter((name) => lstatSync(join(at('copy'), name)).isSymbolicLink())).toEqual([])

  const config = { ...plain, adapter: { rank: 2, alpha: 3, targets: 'all-linear' as const } }
  const parameters = strongParameters(config, 1)
  addHead(parameters, 'reward', config.width, 4)
  await saveAdapter(at('adapter'), makeModel('reward', config, parameters, tokenizer), { base: at('base') })
  expect(await bring(at('adapter'), '--out', at('merged'))).toContain('merged the adapter into its base')
  const { architectures } = JSON.parse(readFileSync(join(at('merged'), 'config.json'), 'utf8'))
  expect(architectures).toEqual(['GPT2ForSequenceClassification'])
}, 60_000)
