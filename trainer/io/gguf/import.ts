import { WhetstoneError } from '#trainer/errors.ts'
import { parameterShapes, type TransformerConfig } from '#trainer/nn/transformer.ts'
import { makeTokenizer } from '#trainer/text/tokenizer.ts'
import { writeFolder } from '../atomic.ts'
import type { Precision } from '../config-reader.ts'
import { fromBfloats, toBfloats, toHalves } from '../halves.ts'
import { writeModelFiles } from '../model-folder.ts'
import { configFromGguf } from './config.ts'
import { type GgufFile, openGguf } from './file.ts'
import { placeOf } from './names.ts'
import { tokenizerFromGguf } from './tokenizer.ts'

/**
 * Writes a GGUF file as a Hugging Face folder, one tensor in memory at a time: float32, exactly what the packed numbers mean, or the
 * file's own 16 bits where it is not packed. Returns what a person may want to know.
 * Throws GGUF_INVALID, MODEL_UNSUPPORTED, MODEL_INVALID, DISK_FULL, and what tokenizers throw.
 */
export async function importGguf(path: string, folder: string): Promise<string[]> {
  const file = await openGguf(path)
  try {
    const { json, config: tokenizerConfig, ends } = tokenizerFromGguf(path, file.metadata)
    const tokenizer = makeTokenizer(json, tokenizerConfig)
    const config = configFromGguf(file, tokenizer)
    const sources = sourcesOf(file, config)
    const precision = precisionOf(file)
    const tensors = Array.from(parameterShapes(config), ([name, shape]) => {
      const source = sources.get(name)!
      return [name, { shape, values: () => source() }] as [
        string,
        { shape: number[]; values: () => Float32Array },
      ]
    })
    const bytes =
      tensors.reduce((sum, [, { shape }]) => sum + shape.reduce((a, b) => a * b, 1), 0) *
      (precision === 'fp32' ? 4 : 2)
    await writeFolder(
      folder,
      (temporary) =>
        writeModelFiles(temporary, {
          kind: 'policy',
          config,
          tokenizer,
          eosTokenIds: [...new Set([tokenizer.eosTokenId, ...ends])],
          precision,
          tensors,
        }),
      { neededBytes: bytes },
    )
    const counts = new Map<string, number>()
    for (const { type } of file.tensors.values()) counts.set(type, (counts.get(type) ?? 0) + 1)
    const kinds = Array.from(counts, ([type, count]) => `${count} ${type}`).join(', ')
    return [`${String(file.metadata['general.name'] ?? 'a model')}: ${kinds}, written as ${precision}`]
  } finally {
    file.close()
  }
}

/** For every parameter, how its values are read. Throws MODEL_INVALID, naming a tensor that is missing, too much or of another shape. */
function sourcesOf(file: GgufFile, config: TransformerConfig): Map<string, () => Float32Array> {
  const architecture = String(file.metadata['general.architecture'])
  const shapes = parameterShapes(config)
  const sources = new Map<string, () => Float32Array>()
  const invalid = (reason: string) =>
    new WhetstoneError('MODEL_INVALID', `${file.path} ${reason}`, 'convert the model again')
  // A GPT-2's head is its embedding, which some converters wrote twice; Llama 3's frequencies are in the configuration.
  const known = config.architecture === 'gpt2' ? ['output.weight'] : ['rope_freqs.weight']
  for (const [inFile, { shape }] of file.tensors) {
    if (known.includes(inFile)) continue
    const place = placeOf(inFile, architecture, config)
    const wanted = place && shapes.get(place.name)
    if (!place || !wanted) throw invalid(`has tensor ${inFile}, which no ${architecture} has`)
    const found = place.transposed ? shape.toReversed() : shape
    if (found.join() !== wanted.join())
      throw invalid(`has ${inFile} of [${shape}], its metadata say [${wanted}]`)
    sources.set(place.name, () => {
      const values = file.read(inFile)
      return place.convert ? place.convert(values, shape) : values
    })
  }
  for (const name of shapes.keys()) if (!sources.has(name)) throw invalid(`lacks what becomes ${name}`)
  return sources
}

/** That of all matrices, where the vectors, which GGUF has in float32, are exact in it too; otherwise fp32. */
function precisionOf(file: GgufFile): Precision {
  const types = new Set<string>()
  for (const { shape, type } of file.tensors.values()) if (shape.length > 1) types.add(type)
  const [type] = types
  if (types.size !== 1 || (type !== 'F16' && type !== 'BF16')) return 'fp32'
  const narrowed = (values: Float32Array, name: string) =>
    type === 'F16' ? new Float32Array(toHalves(values, name)) : fromBfloats(toBfloats(values, name))
  for (const [name, { shape }] of file.tensors) {
    if (shape.length > 1 || name === 'rope_freqs.weight') continue
    const values = file.read(name)
    const narrow = narrowed(values, name)
    if (values.some((value, i) => value !== narrow[i])) return 'fp32'
  }
  return type === 'F16' ? 'fp16' : 'bf16'
}
