import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { WhetstoneError } from '#trainer/errors.ts'
import { addHead } from '#trainer/nn/heads.ts'
import type { TransformerConfig } from '#trainer/nn/transformer.ts'
import { makeVariable, type Parameters, parameterShapes } from '#trainer/nn/transformer.ts'
import { makeTokenizer, type Tokenizer } from '#trainer/text/tokenizer.ts'
import type { TokenizerConfig } from '#trainer/text/tokenizer-files.ts'
import { writeFolder } from './atomic.ts'
import { configFromHuggingFace, configToHuggingFace, type ModelKind } from './model-config.ts'
import { readSafetensors, type StoredTensor, writeSafetensors } from './safetensors.ts'

export interface Model {
  kind: ModelKind
  config: TransformerConfig
  parameters: Parameters
  /** Those of the parameters that learn: all of them, or with an adapter its own and the head. */
  trainable: Parameters
  tokenizer: Tokenizer
  /** Of a reward model: score · gain + bias. */
  normalisation?: { gain: number; bias: number }
  dispose(): void
}

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
 * A model from a Hugging Face folder (GPT-2). With `seed`, a 'reward' or 'value' model may be loaded from a folder
 * without its head, as that of a policy: it then gets a fresh one (see nn/heads.ts), keyed by `seed`. Throws
 * MODEL_MISSING, MODEL_WITHOUT_TOKENIZER, MODEL_UNSUPPORTED, MODEL_INVALID (also when the head is missing and there is
 * no seed), and what safetensors and tokenizer throw.
 */
export async function loadModel(
  folder: string,
  kind: ModelKind,
  { seed }: { seed?: number } = {},
): Promise<Model> {
  const hfConfig = readJson(folder, 'config.json')
  const tokenizer = loadTokenizer(folder)
  const config = configFromHuggingFace(hfConfig, tokenizer, folder)
  if (tokenizer.vocabSize > config.vocabSize) {
    throw invalid(
      folder,
      `the tokenizer has ${tokenizer.vocabSize} tokens, the model only ${config.vocabSize}`,
    )
  }
  const stored = readParameters(folder, hfConfig)
  const shapes = parameterShapes(config)
  const { width } = config
  const head = kind === 'policy' ? undefined : kind === 'reward' ? 'score.weight' : 'classifier.weight'
  const fresh = head !== undefined && !stored.has(head)
  if (fresh && seed === undefined)
    throw invalid(folder, `model.safetensors lacks ${head}`, `give the folder of a trained ${kind} model`)
  if (head && !fresh) {
    shapes.set(head, [1, width])
    if (kind === 'value') shapes.set('classifier.bias', [1])
  }
  for (const [name, shape] of shapes) {
    const found = stored.get(name)?.shape
    if (!found) throw invalid(folder, `model.safetensors lacks ${name}`)
    if (found.join() !== shape.join())
      throw invalid(folder, `${name} is [${found}], config.json says [${shape}]`)
  }
  const parameters: Parameters = new Map()
  for (const [name, shape] of shapes)
    parameters.set(name, makeVariable(stored.get(name)!.values as Float32Array, shape))
  if (kind !== 'policy' && fresh) addHead(parameters, kind, width, seed!)
  const normalisation = kind === 'reward' ? readNormalisation(folder) : undefined
  return makeModel(kind, config, parameters, tokenizer, normalisation)
}

/** Writes the folder atomically: wholly there or not at all. Throws DISK_FULL. */
export async function saveModel(folder: string, model: Model): Promise<void> {
  const { kind, config, parameters, tokenizer, normalisation } = model
  const size = [...parameters.values()].reduce((sum, variable) => sum + 4 * variable.size, 0)
  await writeFolder(
    folder,
    (temporary) => {
      const json = (name: string, value: unknown) =>
        writeFileSync(join(temporary, name), `${JSON.stringify(value, null, 2)}\n`)
      json('config.json', configToHuggingFace(config, kind))
      json('tokenizer.json', tokenizer.json)
      json('tokenizer_config.json', tokenizer.config)
      const { eosTokenId, padTokenId, bosTokenId } = config
      const generation = { eos_token_id: eosTokenId, pad_token_id: padTokenId, bos_token_id: bosTokenId }
      if (kind === 'policy') json('generation_config.json', { ...generation, do_sample: true })
      if (normalisation) json('whetstone.json', { normalisation })
      writeSafetensors(join(temporary, 'model.safetensors'), exportParameters(parameters))
    },
    { neededBytes: size },
  )
}

/** Every parameter's shape and values, downloaded from the engine one by one. */
export function* exportParameters(parameters: Parameters): Generator<[string, StoredTensor]> {
  for (const [name, variable] of parameters) {
    yield [name, { shape: variable.shape, values: variable.dataSync() as Float32Array }]
  }
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

function readJson(folder: string, name: string): Record<string, unknown> {
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

/** By GPT2LMHeadModel's names, whatever prefix the file has; buffers and a tied head are left out. */
function readParameters(folder: string, hfConfig: Record<string, unknown>): Map<string, StoredTensor> {
  const path = join(folder, 'model.safetensors')
  if (!existsSync(path)) {
    throw new WhetstoneError(
      'MODEL_MISSING',
      `there is no ${path}`,
      'save the model with save_pretrained(folder, safe_serialization=True) in one file',
    )
  }
  if (hfConfig.tie_word_embeddings === false) {
    throw new WhetstoneError(
      'MODEL_UNSUPPORTED',
      `${folder} has tie_word_embeddings false; only heads tied to the embedding are supported`,
      'use a model with a tied head, as GPT-2 has',
    )
  }
  const { tensors } = readSafetensors(
    path,
    (name) => !/(\.attn\.(masked_)?bias|^lm_head\.weight)$/.test(name),
  )
  return new Map(
    Array.from(tensors, ([name, tensor]) => [
      /^(wte|wpe|h|ln_f)\./.test(name) ? `transformer.${name}` : name,
      tensor,
    ]),
  )
}

function readNormalisation(folder: string): Model['normalisation'] {
  if (!existsSync(join(folder, 'whetstone.json'))) return undefined
  const { gain, bias } = (readJson(folder, 'whetstone.json').normalisation ?? {}) as {
    gain?: number
    bias?: number
  }
  if (Number.isFinite(gain) && Number.isFinite(bias)) return { gain: gain!, bias: bias! }
  throw invalid(folder, `whetstone.json has normalisation gain ${gain}, bias ${bias}`)
}

function invalid(folder: string, reason: string, hint = 'export the model again'): WhetstoneError {
  return new WhetstoneError('MODEL_INVALID', `the model folder ${folder} is not consistent: ${reason}`, hint)
}
