import { WhetstoneError } from '#trainer/errors.ts'
import { addHead } from '#trainer/nn/heads.ts'
import {
  makeVariable,
  type Parameters,
  parameterShapes,
  type TransformerConfig,
} from '#trainer/nn/transformer.ts'
import type { ModelKind, Precision } from './model-config.ts'
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

/**
 * Every parameter of a model of that kind, one tensor at a time, and the precision that they all had. Reward and value models have no
 * head of words. Throws MODEL_INVALID naming the tensor that is missing, too much, or of another shape than config.json says.
 */
export function readParameters(
  folder: string,
  weights: Weights,
  config: TransformerConfig,
  kind: ModelKind,
  seed: number | undefined,
): { parameters: Parameters; precision: Precision } {
  const invalid = (reason: string, hint = 'export the model again') =>
    new WhetstoneError('MODEL_INVALID', `the model folder ${folder} is not consistent: ${reason}`, hint)
  const stored = fileNames(config, weights)
  const shapes = parameterShapes(config)
  if (kind !== 'policy') shapes.delete('lm_head.weight')
  for (const name of stored.keys())
    if (/^(transformer|model)\./.test(name) && !shapes.has(name))
      throw invalid(`its weights have ${name}, of which config.json says nothing`, 'check config.json')

  const head = headNames(config, kind)
  // A Llama's value head is told from a reward head by its bias.
  const isOf = (names: [string, string][]) => names.length > 0 && names.every(([, name]) => stored.has(name))
  const isValue = config.architecture !== 'gpt2' && stored.has('score.bias')
  const hasHead = isOf(head) && (kind === 'value' || !isValue)
  if (head.length > 0 && !hasHead && seed === undefined)
    throw invalid(
      `its weights lack ${head.find(([, name]) => !stored.has(name))?.[1] ?? head[0]![1]}`,
      `give the folder of a trained ${kind} model`,
    )
  if (hasHead)
    for (const [name, inFile] of head) {
      const shape = weights.shapes.get(stored.get(inFile)!)!
      stored.set(name, stored.get(inFile)!)
      // A reward model may have several heads.
      shapes.set(
        name,
        name.endsWith('.bias') ? [1] : kind === 'reward' ? [shape[0] ?? 1, config.width] : [1, config.width],
      )
    }
  for (const [name, shape] of shapes) {
    const place = stored.get(name)
    if (place === undefined) throw invalid(`its weights lack ${name}`)
    const found = weights.shapes.get(place)!
    if (found.join() !== shape.join()) throw invalid(`${name} is [${found}], config.json says [${shape}]`)
  }
  const parameters: Parameters = new Map()
  for (const [name, shape] of shapes) {
    const { values } = weights.read(stored.get(name)!)
    parameters.set(name, makeVariable(values as Float32Array, shape))
  }
  if (kind !== 'policy' && !hasHead) addHead(parameters, kind, config.width, seed!)
  return { parameters, precision: weights.precision(Array.from(shapes.keys(), (name) => stored.get(name)!)) }
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
