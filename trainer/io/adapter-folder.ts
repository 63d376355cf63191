import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { WhetstoneError } from '#trainer/errors.ts'
import type { LoraConfig } from '#trainer/nn/blocks.ts'
import { writeFolder } from './atomic.ts'
import type { ModelKind } from './config-reader.ts'
import type { Model } from './model.ts'
import { exportParameters } from './parameters.ts'
import { openSafetensors, type WritableTensor, writeTensors } from './safetensors.ts'
import { downloadedModel } from './store.ts'
import { type Weights, weightsOf } from './weights.ts'

/** Low-rank adapters in PEFT's folders: adapter_config.json names the base, adapter_model.safetensors has what learned. */

const configName = 'adapter_config.json'
const weightsName = 'adapter_model.safetensors'
/** PEFT's models wrap the base in base_model.model. */
const prefix = 'base_model.model.'
const tasks: Record<ModelKind, string> = { policy: 'CAUSAL_LM', reward: 'SEQ_CLS', value: 'TOKEN_CLS' }

export interface AdapterFolder {
  /** The folder of its base. */
  base: string
  lora: LoraConfig
  /** The adapter's and the heads' tensors, by the base's names. */
  weights: Weights
}

/** Whether a folder holds an adapter beside or instead of a whole model. */
export function isAdapterFolder(folder: string): boolean {
  return existsSync(join(folder, configName)) && !existsSync(join(folder, 'config.json'))
}

/** What an adapter makes of its base, by the task_type that PEFT saved it for. Throws MODEL_INVALID, ADAPTER_UNSUPPORTED. */
export function adapterKind(folder: string): ModelKind {
  const { task_type: task } = readConfig(folder)
  // PEFT writes null where no task was given.
  const [kind] = Object.entries(tasks).find(([, name]) => name === (task ?? 'CAUSAL_LM')) ?? []
  if (kind) return kind as ModelKind
  throw new WhetstoneError(
    'ADAPTER_UNSUPPORTED',
    `${join(folder, configName)} has task_type ${JSON.stringify(task)}; read are ${Object.values(tasks).join(', ')}`,
    'take an adapter of a language model, a sequence or a token classifier',
  )
}

function readConfig(folder: string): Record<string, unknown> {
  const path = join(folder, configName)
  let config: unknown
  try {
    config = JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw invalid(`${path} is no JSON: ${error.message}`, error)
  }
  if (typeof config === 'object' && config !== null && !Array.isArray(config))
    return config as Record<string, unknown>
  throw invalid(`${path} is no JSON object`)
}

const invalid = (reason: string, cause?: unknown) =>
  new WhetstoneError('MODEL_INVALID', reason, 'save the adapter again', { cause })

/**
 * An adapter's folder, its weights open. The base is a folder, from the adapter's or from where the process runs, or the name of a model
 * that was downloaded. Throws ADAPTER_UNSUPPORTED, MODEL_MISSING, MODEL_INVALID, SAFETENSORS_INVALID.
 */
export function openAdapter(folder: string): AdapterFolder {
  const path = join(folder, configName)
  const config = readConfig(folder)
  checkSupported(config, path)
  const field = <T>(key: string, what: string, is: (value: unknown) => boolean): T => {
    if (is(config[key])) return config[key] as T
    throw invalid(`${path} has ${key} ${JSON.stringify(config[key])}, expected ${what}`)
  }
  const isAbove0 = (value: unknown) => typeof value === 'number' && value > 0
  const rank = field<number>(
    'r',
    'an integer of at least 1',
    (value) => isAbove0(value) && Number.isInteger(value),
  )
  const alpha = field<number>('lora_alpha', 'a number above 0', isAbove0)
  const named = field<string>(
    'base_model_name_or_path',
    'a folder or a name',
    (value) => typeof value === 'string',
  )
  const base = [resolve(folder, named), resolve(named), downloadedModel(named)].find(
    (place) => place && existsSync(place),
  )
  if (!base)
    throw new WhetstoneError(
      'MODEL_MISSING',
      `${path} names the base ${named}, which is not here`,
      `download it (npm run model -- import ${named}) or write its folder into base_model_name_or_path`,
    )
  if (!existsSync(join(folder, weightsName)))
    throw new WhetstoneError(
      'MODEL_MISSING',
      `there is no ${join(folder, weightsName)}`,
      'save the adapter again with safe_serialization=True',
    )
  const file = openSafetensors(join(folder, weightsName))
  const weights = weightsOf(
    [file],
    new Map(
      Array.from(file.entries.keys(), (name) => [
        name.startsWith(prefix) ? name.slice(prefix.length) : name,
        { file, name },
      ]),
    ),
  )
  // A list of names, 'all-linear', or a regular expression: in the last case the layers are those that the file has.
  const given = config.target_modules
  const layers = [...weights.shapes.keys()].flatMap((name) =>
    name.endsWith('.lora_A.weight') ? [name.slice(0, -'.lora_A.weight'.length)] : [],
  )
  const targets = given === 'all-linear' || Array.isArray(given) ? given : layers
  const lora: LoraConfig = {
    rank,
    alpha,
    targets,
    ...(config.use_rslora === true && { rsLora: true }),
  }
  return { base, lora, weights }
}

function checkSupported(config: Record<string, unknown>, path: string): void {
  const unsupported = (what: string) =>
    new WhetstoneError(
      'ADAPTER_UNSUPPORTED',
      `${path} has ${what}`,
      'merge the adapter with PEFT (merge_and_unload) and load the merged model',
    )
  if (config.peft_type !== 'LORA')
    throw unsupported(`peft_type ${JSON.stringify(config.peft_type)}; only "LORA" is read`)
  if ((config.bias ?? 'none') !== 'none') throw unsupported(`bias ${JSON.stringify(config.bias)}`)
  for (const key of ['use_dora', 'lora_bias', 'use_qalora']) if (config[key]) throw unsupported(`${key} true`)
  const lists = [
    'rank_pattern',
    'alpha_pattern',
    'layers_to_transform',
    'layer_replication',
    'target_parameters',
    'trainable_token_indices',
  ]
  for (const key of lists)
    if (Object.keys((config[key] ?? {}) as object).length > 0)
      throw unsupported(`${key} ${JSON.stringify(config[key])}`)
  // These begin from other base weights than the base's folder has.
  const start = config.init_lora_weights
  if (typeof start === 'string' && /^(pissa|olora|corda|loftq|lora_ga)/i.test(start))
    throw unsupported(`init_lora_weights ${JSON.stringify(start)}`)
  for (const name of (config.modules_to_save ?? []) as string[])
    if (name !== 'score' && name !== 'classifier')
      throw unsupported(`modules_to_save ${JSON.stringify(name)}`)
}

/**
 * Writes the model's adapter, and its scalar head, as a PEFT folder whose base is `base`, a folder or a hub name. The tokenizer comes
 * along. Throws MODEL_WITHOUT_ADAPTER, DISK_FULL.
 */
export async function saveAdapter(folder: string, model: Model, { base }: { base: string }): Promise<void> {
  const { kind, config, parameters, tokenizer, normalisation } = model
  const { adapter } = config
  if (!adapter)
    throw new WhetstoneError(
      'MODEL_WITHOUT_ADAPTER',
      'the model has no adapter to save',
      'save the whole model with saveModel',
    )
  const learned = new Map(
    [...parameters].filter(([name]) => /\.lora_[AB]\.weight$|^(score|classifier)\./.test(name)),
  )
  const tensors = exportParameters(config, kind, learned).map(([name, tensor]): [string, WritableTensor] => [
    prefix + name,
    { dtype: 'F32', ...tensor },
  ])
  tensors.sort(([a], [b]) => (a < b ? -1 : 1))
  const layers = tensors.flatMap(([name]) =>
    name.endsWith('.lora_A.weight') ? [name.slice(0, -'.lora_A.weight'.length)] : [],
  )
  const heads = new Set(
    tensors.flatMap(([name]) => (name.includes('.lora_') ? [] : [name.slice(prefix.length).split('.')[0]!])),
  )
  const hf = {
    peft_type: 'LORA',
    task_type: tasks[kind],
    base_model_name_or_path: base,
    inference_mode: true,
    r: adapter.rank,
    lora_alpha: adapter.alpha,
    lora_dropout: 0,
    use_rslora: adapter.rsLora ?? false,
    target_modules:
      adapter.targets === 'all-linear'
        ? [...new Set(layers.map((layer) => layer.split('.').at(-1)!))]
        : adapter.targets,
    // A GPT-2's matrices are [in, out].
    fan_in_fan_out: config.architecture === 'gpt2',
    bias: 'none',
    modules_to_save: heads.size > 0 ? [...heads] : null,
  }
  await writeFolder(folder, (temporary) => {
    const json = (name: string, value: unknown) =>
      writeFileSync(join(temporary, name), `${JSON.stringify(value, null, 2)}\n`)
    json(configName, hf)
    json('tokenizer.json', tokenizer.json)
    json('tokenizer_config.json', tokenizer.config)
    if (normalisation) json('whetstone.json', { normalisation })
    writeTensors(join(temporary, weightsName), tensors)
  })
}
