import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { WhetstoneError } from '#trainer/errors.ts'
import { isTrainable, mergedParameters, withoutAdapter } from '#trainer/nn/lora.ts'
import { checkConfig, type Parameters, type TransformerConfig } from '#trainer/nn/transformer.ts'
import { makeTokenizer, type Tokenizer } from '#trainer/text/tokenizer.ts'
import type { TokenizerConfig } from '#trainer/text/tokenizer-files.ts'
import { isAdapterFolder, openAdapter } from './adapter-folder.ts'
import { writeFolder } from './atomic.ts'
import type { ModelKind, Precision } from './config-reader.ts'
import type { Model } from './model.ts'
import { configFromHuggingFace, configToHuggingFace } from './model-config.ts'
import { exportParameters, readParameters } from './parameters.ts'
import { borrowBase, type SharedBase } from './shared-base.ts'
import { openWeights, type Weights, writeWeights } from './weights.ts'

const precisions: Precision[] = ['fp32', 'bf16', 'fp16']

export type { Model } from './model.ts'

/** A model of parameters made in this process. */
export function makeModel(
  kind: ModelKind,
  config: TransformerConfig,
  parameters: Parameters,
  tokenizer: Tokenizer,
  normalisation?: { gain: number; bias: number },
): Model {
  return {
    kind,
    config,
    parameters,
    trainable: parameters,
    tokenizer,
    normalisation,
    dispose: () => tf.dispose([...parameters.values()]),
  }
}

/**
 * A model from a Hugging Face folder: GPT-2, Llama, Mistral, Qwen 2 or Qwen 3; or from a PEFT folder, the base with its adapter, of which
 * only adapter and heads learn. With `seed`, a 'reward' or 'value' model may be loaded from a folder without its head, as that of a
 * policy: it then gets a fresh one (see nn/heads.ts), keyed by `seed`. With `shareBase`, the body stays as it is and is one in memory
 * for all models of this process that ask so. Throws
 * MODEL_MISSING, MODEL_WITHOUT_TOKENIZER, MODEL_UNSUPPORTED, MODEL_INVALID (also when the head is missing and there is
 * no seed), ADAPTER_UNSUPPORTED, and what safetensors and tokenizer throw.
 */
export async function loadModel(
  folder: string,
  kind: ModelKind,
  { seed, shareBase = false }: { seed?: number; shareBase?: boolean } = {},
): Promise<Model> {
  const adapter = isAdapterFolder(folder) ? openAdapter(folder) : undefined
  const base = adapter?.base ?? folder
  let weights: Weights | undefined
  let shared: SharedBase | undefined
  try {
    const hfConfig = readJson(base, 'config.json')
    const tokenizer = loadTokenizer(existsSync(join(folder, 'tokenizer.json')) ? folder : base)
    const { config: plain, notes } = configFromHuggingFace(hfConfig, tokenizer, base)
    const config = adapter ? { ...plain, adapter: adapter.lora } : plain
    checkConfig(config)
    if (tokenizer.vocabSize > config.vocabSize)
      throw invalid(
        folder,
        `the tokenizer has ${tokenizer.vocabSize} tokens, the model only ${config.vocabSize}`,
      )
    const extra = existsSync(join(folder, 'whetstone.json')) ? readJson(folder, 'whetstone.json') : {}
    weights = openWeights(base)
    if (shareBase) shared = borrowBase(base)
    const source = { folder, weights, adapter: adapter?.weights, seed, shared: shared?.variables }
    const { parameters, precision } = readParameters(config, kind, source)
    const model = makeModel(
      kind,
      config,
      parameters,
      tokenizer,
      kind === 'reward' ? normalisationOf(folder, extra) : undefined,
    )
    if (adapter || shared) {
      const kept = shared?.variables ?? new Map()
      const isOwn = ([name, variable]: [string, tf.Variable]) =>
        isTrainable(config, name) && kept.get(name) !== variable
      model.trainable = new Map([...parameters].filter(isOwn))
    }
    if (shared) model.dispose = shared.disposeOf(parameters)
    model.storedAs = precisions.find((known) => known === extra.storedAs) ?? precision
    model.eosTokenIds = eosTokenIds(base, hfConfig, config.eosTokenId)
    model.notes = notes
    return model
  } catch (error) {
    shared?.giveBack()
    throw error
  } finally {
    weights?.close()
    adapter?.weights.close()
  }
}

/** Every token that the folder says may end a text: the tokenizer's eos_token, which generation stops at, first. */
export function eosTokenIds(folder: string, hfConfig: Record<string, unknown>, eosTokenId: number): number[] {
  const path = join(folder, 'generation_config.json')
  const named = existsSync(path) ? readJson(folder, 'generation_config.json').eos_token_id : undefined
  const ids = [eosTokenId, named ?? hfConfig.eos_token_id].flat().filter((id) => Number.isInteger(id))
  return [...new Set(ids as number[])]
}

/**
 * Writes the folder atomically: wholly there or not at all. `precision` 'keep' is that of the file the model came from; where fp32 is
 * written instead, whetstone.json remembers it. Throws DISK_FULL, PRECISION_OVERFLOW, MODEL_UNSUPPORTED.
 */
export async function saveModel(
  folder: string,
  model: Model,
  { precision = 'fp32', maxShardBytes }: { precision?: 'keep' | Precision; maxShardBytes?: number } = {},
): Promise<void> {
  const { kind, config, parameters, tokenizer, normalisation, storedAs = 'fp32' } = model
  const written = precision === 'keep' ? storedAs : precision
  const labels = parameters.get('score.weight')?.shape[0]
  if (config.adapter)
    throw new WhetstoneError(
      'MODEL_UNSUPPORTED',
      'the model has an adapter beside its weights',
      'merge it (nn/lora.ts) or save the adapter',
    )
  // Refused before anything is written.
  configToHuggingFace(config, kind, { precision: written, labels })
  const size = [...parameters.values()].reduce((sum, variable) => sum + variable.size, 0)
  const extra = {
    ...(normalisation && { normalisation }),
    ...(written === 'fp32' && storedAs !== 'fp32' && { storedAs }),
  }
  const tensors = exportParameters(config, kind, parameters)
  const parts = {
    kind,
    config,
    tokenizer,
    eosTokenIds: model.eosTokenIds,
    precision: written,
    labels,
    extra,
    tensors,
    maxShardBytes,
  }
  await writeFolder(folder, (temporary) => writeModelFiles(temporary, parts), {
    neededBytes: size * (written === 'fp32' ? 4 : 2),
  })
}

/** The model with its adapter as a part of its weights: parameters of its own, to be disposed of. */
export function mergedModel(model: Model): Model {
  const { kind, config, tokenizer, normalisation, storedAs, eosTokenIds } = model
  const parameters = mergedParameters(config, model.parameters)
  const merged = makeModel(kind, withoutAdapter(config), parameters, tokenizer, normalisation)
  return { ...merged, storedAs, eosTokenIds }
}

interface ModelFiles {
  kind: ModelKind
  config: TransformerConfig
  tokenizer: Tokenizer
  eosTokenIds?: number[]
  precision: Precision
  labels?: number
  /** What whetstone.json holds. */
  extra?: Record<string, unknown>
  tensors: [string, { shape: number[]; values: () => Float32Array }][]
  maxShardBytes?: number
}

/** Every file of a model's folder, into one that is there. */
export function writeModelFiles(
  folder: string,
  { kind, config, tokenizer, precision, extra = {}, tensors, ...rest }: ModelFiles,
): void {
  const json = (name: string, value: unknown) =>
    writeFileSync(join(folder, name), `${JSON.stringify(value, null, 2)}\n`)
  json('config.json', configToHuggingFace(config, kind, { precision, labels: rest.labels }))
  json('tokenizer.json', tokenizer.json)
  json('tokenizer_config.json', tokenizer.config)
  const { eosTokenId, padTokenId, bosTokenId } = config
  const { eosTokenIds = [eosTokenId] } = rest
  const eos = eosTokenIds.length > 1 ? eosTokenIds : eosTokenId
  const generation = { eos_token_id: eos, pad_token_id: padTokenId, bos_token_id: bosTokenId }
  if (kind === 'policy') json('generation_config.json', { ...generation, do_sample: true })
  if (Object.keys(extra).length > 0) json('whetstone.json', extra)
  writeWeights(folder, tensors, { precision, maxShardBytes: rest.maxShardBytes })
}

/** The tokenizer of a model folder. Throws MODEL_WITHOUT_TOKENIZER. */
export function loadTokenizer(folder: string): Tokenizer {
  if (!existsSync(join(folder, 'tokenizer.json'))) {
    throw new WhetstoneError(
      'MODEL_WITHOUT_TOKENIZER',
      `the model folder ${folder} has no tokenizer.json`,
      'save it with AutoTokenizer.from_pretrained(…).save_pretrained(folder), which writes the fast tokenizer',
    )
  }
  const hasConfig = existsSync(join(folder, 'tokenizer_config.json'))
  const config = (hasConfig ? readJson(folder, 'tokenizer_config.json') : {}) as TokenizerConfig
  const template = join(folder, 'chat_template.jinja')
  if (config.chat_template === undefined && existsSync(template))
    config.chat_template = readFileSync(template, 'utf8')
  return makeTokenizer(readJson(folder, 'tokenizer.json') as never, config)
}

export function readJson(folder: string, name: string): Record<string, unknown> {
  const path = join(folder, name)
  if (!existsSync(path)) {
    throw new WhetstoneError(
      'MODEL_MISSING',
      `there is no ${path}`,
      'give the folder of a model in Hugging Face form',
    )
  }
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    throw invalid(folder, `${name} is no JSON: ${(error as Error).message}`)
  }
}

function normalisationOf(folder: string, extra: Record<string, unknown>): Model['normalisation'] {
  if (extra.normalisation === undefined) return undefined
  const { gain, bias } = extra.normalisation as { gain?: number; bias?: number }
  if (Number.isFinite(gain) && Number.isFinite(bias)) return { gain: gain!, bias: bias! }
  throw invalid(folder, `whetstone.json has normalisation gain ${gain}, bias ${bias}`)
}

function invalid(folder: string, reason: string, hint = 'export the model again'): WhetstoneError {
  return new WhetstoneError('MODEL_INVALID', `the model folder ${folder} is not consistent: ${reason}`, hint)
}
