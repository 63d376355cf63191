import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startEngine } from '#trainer/engine/start.ts'
import type { LoraConfig } from '#trainer/nn/blocks.ts'
import { strongParameters, tinyConfig, tinyLlama } from '#trainer/nn/checks.ts'
import { addHead, scalarHead } from '#trainer/nn/heads.ts'
import { hiddenStates } from '#trainer/nn/hidden-states.ts'
import type { TransformerConfig } from '#trainer/nn/transformer.ts'
import { tokenLogits } from '#trainer/nn/transformer.ts'
import { specialTokens, trainBpe } from '#trainer/text/bpe.ts'
import { makeTokenizer } from '#trainer/text/tokenizer.ts'
import { adapterKind, openAdapter, saveAdapter } from './adapter-folder.ts'
import type { ModelKind } from './config-reader.ts'
import { loadModel, type Model, makeModel, saveModel } from './model-folder.ts'
import { readSafetensors } from './safetensors.ts'

const folder = mkdtempSync(join(tmpdir(), 'whetstone-'))
afterAll(() => rmSync(folder, { recursive: true }))
beforeAll(() => startEngine('auto'))

const tokenizer = makeTokenizer(trainBpe(['a a b b'], 262), { eos_token: specialTokens.end })
const roles = { vocabSize: 264, eosTokenId: tokenizer.eosTokenId, padTokenId: tokenizer.padTokenId }
const lora: LoraConfig = { rank: 2, alpha: 3, targets: 'all-linear' }

function outputs({ kind, config, parameters }: Model): number[] {
  return tf.tidy(() => {
    const batch = {
      tokens: tf.tensor2d([[5, 6, 7]], undefined, 'int32'),
      mask: tf.ones([1, 3]) as tf.Tensor2D,
    }
    const hidden = hiddenStates(config, parameters, batch)
    const all = kind === 'policy' ? tokenLogits(config, parameters, hidden) : scalarHead(parameters, hidden)
    return Array.from(all.dataSync())
  })
}

/** A base of that configuration and a model that has an adapter of some strength beside it, both in folders. */
async function saved(
  name: string,
  config: TransformerConfig,
  adapter: LoraConfig,
  kind: ModelKind = 'policy',
) {
  const base = join(folder, `${name}-base`)
  const plain = makeModel('policy', config, strongParameters(config, 1), tokenizer)
  await saveModel(base, plain)
  plain.dispose()
  const adapted = { ...config, adapter }
  const parameters = strongParameters(adapted, 1)
  if (kind === 'reward') addHead(parameters, 'reward', config.width, 4, 2)
  const model = makeModel(kind, adapted, parameters, tokenizer)
  if (kind === 'reward') model.normalisation = { gain: 2, bias: 1 }
  const path = join(folder, name)
  await saveAdapter(path, model, { base })
  return { path, base, model }
}

const configs: [string, TransformerConfig][] = [
  ['gpt2', { ...tinyConfig, ...roles }],
  ['llama', { ...tinyLlama, ...roles, family: 'llama' }],
]

describe('an adapter in a PEFT folder', () => {
  it.each(configs)('gives back the %s that it came from', async (name, config) => {
    const { path, base, model } = await saved(name, config, { ...lora, rsLora: true })
    const loaded = await loadModel(path, 'policy')
    expect(outputs(loaded)).toEqual(outputs(model))
    expect(outputs(loaded)).not.toEqual(outputs(await loadModel(base, 'policy')))
    expect([...loaded.trainable.keys()].every((key) => /lora_[AB]/.test(key))).toBe(true)
    expect(loaded.trainable.size).toBe(
      loaded.parameters.size - (await loadModel(base, 'policy')).parameters.size,
    )

    // The names and the layout that PEFT writes.
    const layer = name === 'gpt2' ? 'transformer.h.0.attn.c_attn' : 'model.layers.0.self_attn.q_proj'
    const { tensors } = readSafetensors(join(path, 'adapter_model.safetensors'))
    expect(tensors.get(`base_model.model.${layer}.lora_A.weight`)!.shape).toEqual([2, 12])
    expect(JSON.parse(readFileSync(join(path, 'adapter_config.json'), 'utf8'))).toMatchObject({
      ...{ peft_type: 'LORA', task_type: 'CAUSAL_LM', r: 2, lora_alpha: 3, use_rslora: true },
      fan_in_fan_out: name === 'gpt2',
    })
  })

  it('has the heads of a reward model and its normalisation', async () => {
    const { path, model } = await saved('reward', configs[1]![1], lora, 'reward')
    const loaded = await loadModel(path, 'reward')
    expect(loaded.parameters.get('score.weight')!.shape).toEqual([2, 12])
    expect(outputs(loaded)).toEqual(outputs(model))
    expect(loaded.normalisation).toEqual({ gain: 2, bias: 1 })
    expect(loaded.trainable.has('score.weight')).toBe(true)
  })

  it('finds its layers in the file where its targets are a regular expression', async () => {
    const { path, model } = await saved('regex', configs[1]![1], { ...lora, targets: ['q_proj', 'v_proj'] })
    const config = JSON.parse(readFileSync(join(path, 'adapter_config.json'), 'utf8'))
    expect(config.target_modules).toEqual(['q_proj', 'v_proj'])
    writeFileSync(
      join(path, 'adapter_config.json'),
      JSON.stringify({ ...config, target_modules: '.*(q|v)_proj$' }),
    )
    expect(outputs(await loadModel(path, 'policy'))).toEqual(outputs(model))
  })

  it('shares its base in memory with whoever asks, until the last has gone', async () => {
    const { path, base } = await saved('shared', configs[1]![1], lora)
    const before = tf.memory().numTensors
    const reference = await loadModel(base, 'policy', { shareBase: true })
    const body = tf.memory().numTensors - before
    const adapted = await loadModel(path, 'policy', { shareBase: true })
    const reward = await loadModel(base, 'reward', { seed: 1, shareBase: true })
    expect(tf.memory().numTensors).toBe(before + body + adapted.trainable.size + 1)
    expect([...reward.trainable.keys()]).toEqual(['score.weight'])
    expect(reference.trainable.size).toBe(0)
    const expected = outputs(reference)
    adapted.dispose()
    reward.dispose()
    reward.dispose()
    expect(outputs(reference)).toEqual(expected)
    reference.dispose()
    expect(tf.memory().numTensors).toBe(before)
  })

  it.each([
    [{ peft_type: 'IA3' }, 'peft_type "IA3"'],
    [{ use_dora: true }, 'use_dora true'],
    [{ bias: 'lora_only' }, 'bias "lora_only"'],
    [{ rank_pattern: { q_proj: 4 } }, 'rank_pattern {"q_proj":4}'],
    [{ modules_to_save: ['lm_head'] }, 'modules_to_save "lm_head"'],
    [{ init_lora_weights: 'pissa_niter_4' }, 'init_lora_weights "pissa_niter_4"'],
  ])('is refused for %o by its name', async (changes, message) => {
    const { path } = await saved('refused', configs[0]![1], lora)
    const file = join(path, 'adapter_config.json')
    writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), ...changes }))
    await expect(loadModel(path, 'policy')).rejects.toThrow(
      expect.objectContaining({ code: 'ADAPTER_UNSUPPORTED', message: expect.stringContaining(message) }),
    )
  })

  it('is refused for a file that is broken, or a rank or an alpha that is none, by its name', async () => {
    const { path } = await saved('broken', configs[0]![1], lora)
    const file = join(path, 'adapter_config.json')
    const good = JSON.parse(readFileSync(file, 'utf8'))
    const cases: [string, string][] = [
      ['{', `${file} is no JSON`],
      ['[]', `${file} is no JSON object`],
      [JSON.stringify({ ...good, r: 0 }), `${file} has r 0, expected an integer`],
      [JSON.stringify({ ...good, r: '8' }), `${file} has r "8", expected an integer`],
      [JSON.stringify({ ...good, lora_alpha: null }), `${file} has lora_alpha null, expected a number`],
    ]
    const open = () => readdirSync('/dev/fd').length
    for (const [text, message] of cases) {
      writeFileSync(file, text)
      const before = open()
      expect(() => openAdapter(path)).toThrow(
        expect.objectContaining({ code: 'MODEL_INVALID', message: expect.stringContaining(message) }),
      )
      expect(open()).toBe(before)
    }
  })

  it('is of the kind that its task says', async () => {
    const { path } = await saved('kinds', configs[1]![1], lora, 'reward')
    expect(adapterKind(path)).toBe('reward')
    const file = join(path, 'adapter_config.json')
    const good = JSON.parse(readFileSync(file, 'utf8'))
    const kindOf = (task_type: string | null) => {
      writeFileSync(file, JSON.stringify({ ...good, task_type }))
      return adapterKind(path)
    }
    expect([kindOf('CAUSAL_LM'), kindOf(null), kindOf('TOKEN_CLS')]).toEqual(['policy', 'policy', 'value'])
    expect(() => kindOf('SEQ_2_SEQ_LM')).toThrow(/task_type "SEQ_2_SEQ_LM"/)
  })

  it('says which base is missing', async () => {
    const { path, base } = await saved('orphan', configs[0]![1], lora)
    rmSync(base, { recursive: true })
    await expect(loadModel(path, 'policy')).rejects.toThrow(`names the base ${base}, which is not here`)
  })

  it('is not saved of a model without one, nor inside a whole model', async () => {
    const { model } = await saved('both', configs[0]![1], lora)
    await expect(saveModel(join(folder, 'never'), model)).rejects.toThrow(/has an adapter beside its weights/)
    const plain = makeModel('policy', configs[0]![1], strongParameters(configs[0]![1], 1), tokenizer)
    await expect(saveAdapter(join(folder, 'never'), plain, { base: 'x/y' })).rejects.toThrow(
      /no adapter to save/,
    )
  })
})
