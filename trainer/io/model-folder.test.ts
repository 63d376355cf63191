import { createHash } from 'node:crypto'
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
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
import {
  initialiseTransformer,
  makeVariable,
  type TransformerConfig,
  tokenLogits,
} from '#trainer/nn/transformer.ts'
import { specialTokens, trainBpe } from '#trainer/text/bpe.ts'
import { defaultChatTemplate } from '#trainer/text/chat.ts'
import { makeTokenizer } from '#trainer/text/tokenizer.ts'
import { sha256OfFile } from './checkpoint.ts'
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
          message: expect.stringMatching(new RegExp(`${policyFolder}.*lack ${head}`)),
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
      editJson((value) => Object.assign(value, { model_type: 'opt' })),
    )
    await expect(load(llama)).rejects.toThrow(/model_type "opt"/)
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
    await expect(load(lacking)).rejects.toThrow(/lack transformer.ln_f.bias/)
  })

  it('gives back a Llama of every kind, without the head of words where it classifies', async () => {
    const llama: TransformerConfig = { ...tinyLlama, vocabSize: 264, family: 'llama' }
    const made = makeModel('policy', llama, initialiseTransformer(llama, 1), tokenizer)
    const path = join(folder, 'llama-policy')
    await saveModel(path, made)
    const loaded = await loadModel(path, 'policy')
    expect(loaded.config).toEqual(llama)
    expect(logits(loaded)).toEqual(logits(made))

    const reward = await loadModel(path, 'reward', { seed: 1 })
    expect(reward.parameters.has('lm_head.weight')).toBe(false)
    await saveModel(join(folder, 'llama-reward'), reward)
    const value = await loadModel(join(folder, 'llama-reward'), 'value', { seed: 1 })
    expect(value.parameters.get('classifier.weight')!.dataSync()).toEqual(new Float32Array(llama.width))
    value.parameters.get('classifier.bias')!.assign(tf.tensor1d([3]))
    await saveModel(join(folder, 'llama-value'), value)

    // Hugging Face's LlamaForTokenClassification calls its head score.
    const names = [...readSafetensors(join(folder, 'llama-value/model.safetensors')).tensors.keys()]
    expect(names.filter((name) => !name.startsWith('model.'))).toEqual(['score.bias', 'score.weight'])
    const again = await loadModel(join(folder, 'llama-value'), 'value')
    expect(again.parameters.get('classifier.bias')!.dataSync()[0]).toBe(3)
    await expect(loadModel(join(folder, 'llama-value'), 'reward')).rejects.toThrow(/lack score.weight/)
    for (const [kind, name] of [
      ['reward', 'LlamaForSequenceClassification'],
      ['value', 'LlamaForTokenClassification'],
    ])
      expect(readFileSync(join(folder, `llama-${kind}/config.json`), 'utf8')).toContain(name)
  })

  it('keeps a reward model of several heads', async () => {
    const model = await loadModel(policyFolder, 'reward', { seed: 4 })
    model.parameters.set(
      'score.weight',
      makeVariable(new Float32Array(3 * config.width).fill(0.5), [3, config.width]),
    )
    await saveModel(join(folder, 'ensemble'), model)
    expect(JSON.parse(readFileSync(join(folder, 'ensemble/config.json'), 'utf8')).num_labels).toBe(3)
    const loaded = await loadModel(join(folder, 'ensemble'), 'reward')
    expect(loaded.parameters.get('score.weight')!.shape).toEqual([3, config.width])
  })

  it('keeps the precision of its file where asked, byte for byte, and remembers it where fp32 is written', async () => {
    const file = (name: string) => readFileSync(join(folder, name, 'model.safetensors'))
    for (const precision of ['bf16', 'fp16'] as const) {
      const [first, second, whole, third] = ['1', '2', 'whole', '3'].map((tail) =>
        join(folder, precision + tail),
      )
      await saveModel(first!, policy, { precision })
      const loaded = await loadModel(first!, 'policy')
      expect(loaded.storedAs).toBe(precision)
      await saveModel(second!, loaded, { precision: 'keep' })
      expect(file(`${precision}2`).equals(file(`${precision}1`))).toBe(true)
      await saveModel(whole!, loaded)
      const continued = await loadModel(whole!, 'policy')
      expect(logits(continued)).toEqual(logits(loaded))
      await saveModel(third!, continued, { precision: 'keep' })
      expect(file(`${precision}3`).equals(file(`${precision}1`))).toBe(true)
    }
  })

  it('is written in shards above a size, and read back from them', async () => {
    await saveModel(join(folder, 'shards'), policy, { maxShardBytes: 8000 })
    const index = JSON.parse(readFileSync(join(folder, 'shards/model.safetensors.index.json'), 'utf8'))
    const files = readdirSync(join(folder, 'shards')).filter((name) => name.endsWith('.safetensors'))
    expect(files.length).toBeGreaterThan(2)
    expect([...new Set(Object.values(index.weight_map))].sort()).toEqual(files.sort())
    const bytes = [...policy.parameters.values()].reduce((sum, { size }) => sum + 4 * size, 0)
    expect(index.metadata.total_size).toBe(bytes)
    expect(logits(await loadModel(join(folder, 'shards'), 'policy'))).toEqual(logits(policy))
    const all = createHash('sha256')
    for (const file of files) all.update(readFileSync(join(folder, 'shards', file)))
    expect(sha256OfFile(join(folder, 'shards/model.safetensors'))).toBe(all.digest('hex'))

    rmSync(join(folder, 'shards', files[1]!))
    await expect(loadModel(join(folder, 'shards'), 'policy')).rejects.toThrow(
      `index.json names the shard ${files[1]}, which is missing`,
    )
  })

  it('keeps every token that may end a text, the one that generation stops at first', async () => {
    const many = join(folder, 'many-ends')
    await saveModel(many, policy)
    const { eosTokenId } = config
    writeFileSync(join(many, 'generation_config.json'), JSON.stringify({ eos_token_id: [7, eosTokenId, 8] }))
    const loaded = await loadModel(many, 'policy')
    expect(loaded.eosTokenIds).toEqual([eosTokenId, 7, 8])
    await saveModel(join(folder, 'many-ends-2'), loaded)
    const written = JSON.parse(readFileSync(join(folder, 'many-ends-2/generation_config.json'), 'utf8'))
    expect(written.eos_token_id).toEqual([eosTokenId, 7, 8])
  })

  it('refuses tensors that config.json says nothing of', async () => {
    const copy = changed('biased', 'model.safetensors', (path) => {
      const { tensors } = readSafetensors(path)
      const bias = { shape: [4], values: new Float32Array(4) }
      writeSafetensors(path, [...tensors, ['transformer.h.0.attn.q_proj.bias', bias]])
    })
    await expect(loadModel(copy, 'policy')).rejects.toThrow(
      /q_proj.bias, of which the configuration says nothing/,
    )
  })
})
