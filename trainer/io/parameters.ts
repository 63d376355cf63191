import { WhetstoneError } from '#trainer/errors.ts'
import { addHead } from '#trainer/nn/heads.ts'
import {
  makeVariable,
  type Parameters,
  parameterShapes,
  type TransformerConfig,
} from '#trainer/nn/transformer.ts'
import type { ModelKind, Precision } from './config-reader.ts'
import type { Weights } from './weights.ts'

/** The parameters of a model by the names of trainer/nn, and by those of its Hugging Face class in a file. */

/** Heads by their names here, each with its name in the file. A Llama's token classifier calls score what a GPT-2's calls classifier. */
function headNames(config: TransformerConfig, kind: ModelKind): [string, string][] {
  if (kind === 'policy') return []
  if (kind === 'reward') return [['score.weight', 'score.weight']]
  const head = config.architecture === 'gpt2' ? 'classifier' : 'score'
  return [
    ['classifier.weight', `${head}.weight`],
    ['classifier.bias', `${head}.bias`],
  ]
}

export interface ParameterSource {
  /** What errors name. */
  folder: string
  weights: Weights
  /** Where an adapter's folder has the adapter and the heads. */
  adapter?: Weights
  /** Of a fresh head. */
  seed?: number
  /** Variables of the base that are there already are taken from here, and new ones put here. */
  shared?: Parameters
}

/**
 * Every parameter of a model of that kind, one tensor at a time, and the precision that its file had. Reward and value models have no
 * head of words. Throws MODEL_INVALID naming the tensor that is missing, too much, or of another shape than config.json says.
 */
export function readParameters(
  config: TransformerConfig,
  kind: ModelKind,
  { folder, weights, adapter, seed, shared }: ParameterSource,
): { parameters: Parameters; precision: Precision } {
  const invalid = (reason: string, hint = 'export the model again') =>
    new WhetstoneError('MODEL_INVALID', `the model folder ${folder} is not consistent: ${reason}`, hint)
  const shapes = parameterShapes(config)
  if (kind !== 'policy') shapes.delete('lm_head.weight')
  const sources = new Map<string, { from: Weights; name: string }>()
  for (const from of adapter ? [weights, adapter] : [weights])
    for (const [name, inFile] of fileNames(config, from)) {
      if (/^(transformer|model)\./.test(name) && !shapes.has(name))
        throw invalid(
          `its weights have ${name}, of which the configuration says nothing`,
          'check config.json',
        )
      sources.set(name, { from, name: inFile })
    }

  const head = headNames(config, kind)
  const lacks = head.filter(([, name]) => !sources.has(name))
  // A Llama's value head is told from a reward head by its bias.
  const isValue = config.architecture !== 'gpt2' && sources.has('score.bias')
  const hasHead = head.length > 0 && lacks.length === 0 && (kind === 'value' || !isValue)
  if (head.length > 0 && !hasHead && seed === undefined)
    throw invalid(
      `its weights lack ${(lacks[0] ?? head[0]!)[1]}`,
      `give the folder of a trained ${kind} model`,
    )
  const heads = new Map<string, { from: Weights; name: string }>()
  if (hasHead)
    for (const [name, inFile] of head) {
      const source = sources.get(inFile)!
      // A reward model may have several heads.
      const rows = kind === 'reward' ? (source.from.shapes.get(source.name)![0] ?? 1) : 1
      shapes.set(name, name.endsWith('.bias') ? [rows] : [rows, config.width])
      heads.set(name, source)
    }
  const sourceOf = (name: string) => heads.get(name) ?? sources.get(name)
  for (const [name, shape] of shapes) {
    const source = sourceOf(name)
    if (!source) throw invalid(`its weights lack ${name}`)
    const found = source.from.shapes.get(source.name)!
    if (found.join() !== shape.join()) throw invalid(`${name} is [${found}], config.json says [${shape}]`)
  }
  const parameters: Parameters = new Map()
  for (const [name, shape] of shapes) {
    const { from, name: inFile } = sourceOf(name)!
    const sharing = from === weights && !heads.has(name) ? shared : undefined
    const variable = sharing?.get(name) ?? makeVariable(from.read(inFile).values as Float32Array, shape)
    sharing?.set(name, variable)
    parameters.set(name, variable)
  }
  if (kind !== 'policy' && !hasHead) addHead(parameters, kind, config.width, seed!)
  const names = Array.from(shapes.keys(), (name) => sourceOf(name)!).filter(({ from }) => from === weights)
  return { parameters, precision: weights.precision(names.map(({ name }) => name)) }
}

/** The names that the causal model's class has, each with its name in the file: prefixes may be absent, buffers are left out. */
function fileNames(config: TransformerConfig, { shapes }: Weights): Map<string, string> {
  const names = new Map<string, string>()
  for (const name of shapes.keys()) {
    if (/(\.attn\.(masked_)?bias|\.rotary_emb\.inv_freq)$/.test(name)) continue
    const bare = config.architecture === 'gpt2' ? /^(wte|wpe|h|ln_f)\./ : /^(embed_tokens|layers|norm)\./
    const prefix = config.architecture === 'gpt2' ? 'transformer' : 'model'
    names.set(bare.test(name) ? `${prefix}.${name}` : name, name)
  }
  return names
}

/** What a file holds of the parameters, by its names there, downloaded from the engine one by one. */
export function exportParameters(
  config: TransformerConfig,
  kind: ModelKind,
  parameters: Parameters,
): [string, { shape: number[]; values: () => Float32Array }][] {
  const heads = new Map(headNames(config, kind))
  // A classifier has no head of words.
  const kept = [...parameters].filter(([name]) => kind === 'policy' || name !== 'lm_head.weight')
  return kept.map(([name, variable]) => [
    heads.get(name) ?? name,
    { shape: variable.shape, values: () => variable.dataSync() as Float32Array },
  ])
}
