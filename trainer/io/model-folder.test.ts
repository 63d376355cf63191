import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startEngine } from '#trainer/engine/start.ts'
import { tinyConfig, tinyLlama } from '#trainer/nn/checks.ts'
import { hiddenStates } from '#trainer/nn/hidden-states.ts'
import { initialiseTransformer, tokenLogits } from '#trainer/nn/transformer.ts'
import { specialTokens, trainBpe } from '#trainer/text/bpe.ts'
import { defaultChatTemplate } from '#trainer/text/chat.ts'
import { makeTokenizer } from '#trainer/text/tokenizer.ts'
import { loadModel, type Model, makeModel, saveModel } from './model-folder.ts'
import { readSafetensors, writeSafetensors } from './safetensors.ts'

const folder = mkdtempSync(join(tmpdir(), 'whetstone-'))
const policyFolder = join(folder, 'policy')
const tokenizer = makeTokenizer(trainBpe(['a a b b'], 262), {
  eos_token: specialTokens.end,
  pad_token: specialTokens.pad,
  chat_template: defaultChatTemplate,
})
const config = { ...tinyConfig, vocabSize: 264 }
let policy: Model

beforeAll(async () => {
  await startEngine('auto')
  policy = makeModel('policy', config, initialiseTransformer(config, 1), tokenizer)
  await saveModel(policyFolder, policy)
})
afterAll(() => rmSync(folder, { recursive: true }))

/** A copy of the policy's folder with one file changed. */
function changed(name: string, file: string, change: (path: string) => void): string {
  const copy = join(folder, name)
  mkdirSync(copy)
  const files = ['config.json', 'model.safetensors', 'tokenizer.json', 'tokenizer_config.json']
  for (const each of files) copyFileSync(join(policyFolder, each), join(copy, each))
  change(join(copy, file))
  return copy
}
const editJson = (edit: (value: Record<string, unknown>) => void) => (path: string) => {
  const value = JSON.parse(readFileSync(path, 'utf8'))
  edit(value)
  writeFileSync(path, JSON.stringify(value))
}

function logits({ config, parameters }: Model): number[] {
  return tf.tidy(() => {
    const batch = { tokens: tf.tensor2d([[5, 6, 7]], [1, 3], 'int32'), mask: tf.ones([1, 3]) as tf.Tensor2D }
    return Array.from(tokenLogits(config, parameters, hiddenStates(config, parameters, batch)).dataSync())
  })
}

describe('a model folder', () => {
  it('gives back the same policy', async () => {
    const loaded = await loadModel(policyFolder, 'policy')
    expect(loaded.config).toEqual(config)
    expect([...loaded.parameters.keys()]).toEqual([...policy.parameters.keys()])
    expect(logits(loaded)).toEqual(logits(policy))
    expect(loaded.tokenizer.encodePrompt('a b')).toEqual(tokenizer.encodePrompt('a b'))
    loaded.dispose()
  })

  it('starts a reward model from a policy by its seed, and keeps head and normalisation', async () => {
    const fresh = await loadModel(policyFolder, 'reward', { seed: 4 })
    const head = (model: Model) => Array.from(model.parameters.get('score.weight')!.dataSync())
    fresh.normalisation = { gain: 2, bias: -0.5 }
    await saveModel(join(folder, 'reward'), fresh)
    const loaded = await loadModel(join(folder, 'reward'), 'reward')
    expect(head(loaded)).toEqual(head(fresh))
    expect(head(await loadModel(policyFolder, 'reward', { seed: 5 }))).not.toEqual(head(fresh))
    expect(loaded.normalisation).toEqual({ gain: 2, bias: -0.5 })
    const written = JSON.parse(readFileSync(join(folder, 'reward/config.json'), 'utf8'))
    expect(written).toMatchObject({ architectures: ['GPT2ForSequenceClassification'], pad_token_id: 0 })
  })

  it('starts a value model from a reward model with a head of zeros', async () => {
    const value = await loadModel(join(folder, 'reward'), 'value', { seed: 1 })
    expect(value.parameters.has('score.weight')).toBe(false)
    expect(value.parameters.get('classifier.weight')!.dataSync()).toEqual(new Float32Array(config.width))
    value.parameters.get('classifier.bias')!.assign(tf.tensor1d([3]))
    await saveModel(join(folder, 'value'), value)
    const loaded = await loadModel(join(folder, 'value'), 'value')
    expect(loaded.parameters.get('classifier.bias')!.dataSync()[0]).toBe(3)
  })

  it('refuses a folder without the head of its kind unless a fresh one is asked for', async () => {
    for (const [kind, head] of [
      ['reward', 'score.weight'],
      ['value', 'classifier.weight'],
    ] as const)
      await expect(loadModel(policyFolder, kind)).rejects.toThrow(
        expect.objectContaining({
          code: 'MODEL_INVALID',
          message: expect.stringMatching(new RegExp(`${policyFolder}.*lacks ${head}`)),
        }),
      )
  })

  it('reads the names of the original GPT-2, and leaves its buffers out', async () => {
    const copy = changed('original', 'model.safetensors', (path) => {
      const { tensors } = readSafetensors(path)
      const renamed = Array.from(
        tensors,
        ([name, tensor]) => [name.replace('transformer.', ''), tensor] as const,
      )
      const buffer = { shape: [1, 1, 2, 2], values: new Float32Array(4) }
      writeSafetensors(path, [
        ...renamed.map(([name, tensor]) => [name, tensor] as [string, typeof tensor]),
        ['h.0.attn.bias', buffer],
      ])
    })
    expect(logits(await loadModel(copy, 'policy'))).toEqual(logits(policy))
  })

  it('says what is missing or does not fit', async () => {
    const load = (copy: string) => loadModel(copy, 'policy')
    await expect(load(join(folder, 'none'))).rejects.toThrow(
      expect.objectContaining({ code: 'MODEL_MISSING' }),
    )
    const bare = changed('bare', 'tokenizer.json', rmSync)
    await expect(load(bare)).rejects.toThrow(
      expect.objectContaining({ code: 'MODEL_WITHOUT_TOKENIZER', message: expect.stringContaining(bare) }),
    )
    const llama = changed(
      'llama',
      'config.json',
      editJson((value) => Object.assign(value, { model_type: 'llama' })),
    )
    await expect(load(llama)).rejects.toThrow(/model_type "llama"/)
    const wide = changed(
      'wide',
      'config.json',
      editJson((value) => Object.assign(value, { n_embd: 15 })),
    )
    await expect(load(wide)).rejects.toThrow(
      /transformer.wte.weight is \[264,12\], config.json says \[264,15\]/,
    )
    const small = changed(
      'small',
      'config.json',
      editJson((value) => Object.assign(value, { vocab_size: 100 })),
    )
    await expect(load(small)).rejects.toThrow(/tokenizer has 262 tokens, the model only 100/)
    const lacking = changed('lacking', 'model.safetensors', (path) => {
      const { tensors } = readSafetensors(path, (name) => name !== 'transformer.ln_f.bias')
      writeSafetensors(path, tensors)
    })
    await expect(load(lacking)).rejects.toThrow(/lacks transformer.ln_f.bias/)
  })

  it('is not written for an architecture it could not be read back for', async () => {
    const llama = makeModel('policy', tinyLlama, initialiseTransformer(tinyLlama, 1), tokenizer)
    await expect(saveModel(join(folder, 'llama-out'), llama)).rejects.toThrow(
      expect.objectContaining({ code: 'MODEL_UNSUPPORTED', message: expect.stringContaining('"llama"') }),
    )
    expect(existsSync(join(folder, 'llama-out'))).toBe(false)
    llama.dispose()
  })
})
