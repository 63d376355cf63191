import { existsSync } from 'node:fs'
import { open, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { z } from 'zod'
import { WhetstoneError } from '../errors.ts'

export interface ModelCard {
  /** `model_type` of config.json: gpt2 … */
  architecture: string
  /** The class that opens it in transformers: GPT2LMHeadModel … */
  className: string | null
  parameters: number
  layers: number | null
  width: number | null
  heads: number | null
  vocabulary: number
  /** The longest sequence it reads, in tokens. */
  context: number | null
}

/** What a run left beside the model: the moving average of its policy, or the adapter it trained, in PEFT's form. */
export interface Beside {
  kind: 'ema' | 'adapter'
  /** Storage key of the folder. */
  artifact: string
  sha256: string
  bytes: number
}

const configSchema = z.looseObject({
  model_type: z.string(),
  architectures: z.array(z.string()).optional(),
  vocab_size: z.number(),
  n_layer: z.number().optional(),
  n_embd: z.number().optional(),
  n_head: z.number().optional(),
  n_positions: z.number().optional(),
  num_hidden_layers: z.number().optional(),
  hidden_size: z.number().optional(),
  num_attention_heads: z.number().optional(),
  max_position_embeddings: z.number().optional(),
})

const indexSchema = z.looseObject({ weight_map: z.record(z.string(), z.string()) })

export const wholeWeights = 'model.safetensors'
export const shardIndex = 'model.safetensors.index.json'

/**
 * The files of a folder's weights: model.safetensors, or the shards that its index names.
 * @throws WhetstoneError INVALID_INPUT where the index is wrong, or names a file elsewhere
 */
export async function weightFiles(folder: string): Promise<string[]> {
  if (existsSync(join(folder, wholeWeights)) || !existsSync(join(folder, shardIndex))) return [wholeWeights]
  const index = indexSchema.safeParse(await readJson(folder, shardIndex))
  const files = [...new Set(Object.values(index.data?.weight_map ?? {}))].sort()
  const wrong = files.find((file) => file !== basename(file) || !file.endsWith('.safetensors'))
  if (files.length > 0 && wrong === undefined) return files
  throw new WhetstoneError(
    'INVALID_INPUT',
    wrong === undefined
      ? `${shardIndex} names no files in weight_map.`
      : `${shardIndex} names ${wrong}, which is no safetensors file of its folder.`,
    'Save the model again with save_pretrained.',
  )
}

async function readJson(folder: string, file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(join(folder, file), 'utf8'))
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw new WhetstoneError('INVALID_INPUT', `${file} is no JSON: ${error.message}`, 'Copy the file again.')
  }
}

/**
 * What a Hugging Face folder says of itself, without reading its weights.
 * @throws WhetstoneError INVALID_INPUT naming the file that is missing or wrong
 */
export async function modelCard(folder: string): Promise<ModelCard> {
  const config = configSchema.safeParse(await readJson(folder, 'config.json'))
  if (!config.success) {
    throw new WhetstoneError(
      'INVALID_INPUT',
      `config.json is not that of a language model: ${z.prettifyError(config.error).replaceAll('\n', ' ')}`,
      'Give a folder saved by transformers or by Whetstone.',
    )
  }
  const { model_type, architectures, vocab_size, ...sizes } = config.data
  const files = await weightFiles(folder)
  const counts = await Promise.all(files.map((file) => countParameters(folder, file)))
  return {
    architecture: model_type,
    className: architectures?.[0] ?? null,
    parameters: counts.reduce((sum, count) => sum + count, 0),
    layers: sizes.n_layer ?? sizes.num_hidden_layers ?? null,
    width: sizes.n_embd ?? sizes.hidden_size ?? null,
    heads: sizes.n_head ?? sizes.num_attention_heads ?? null,
    vocabulary: vocab_size,
    context: sizes.n_positions ?? sizes.max_position_embeddings ?? null,
  }
}

const headerSchema = z.record(z.string(), z.looseObject({ shape: z.array(z.number()).optional() }))
const longestHeader = 100_000_000

/** The elements of all tensors, from the header of a safetensors file (8 bytes of length, then JSON). */
async function countParameters(folder: string, name: string): Promise<number> {
  const file = await open(join(folder, name))
  try {
    const { size } = await file.stat()
    const prefix = Buffer.alloc(8)
    await file.read(prefix, 0, 8, 0)
    const length = Number(prefix.readBigUInt64LE())
    if (size < 8 || length > longestHeader || 8 + length > size) {
      throw new WhetstoneError(
        'INVALID_INPUT',
        `${name} is not a safetensors file: its header would be ${length} bytes of ${size}.`,
        'Copy the file again; it may have been cut, or be a Git LFS pointer.',
      )
    }
    const header = Buffer.alloc(length)
    await file.read(header, 0, length, 8)
    const tensors = headerSchema.parse(JSON.parse(header.toString('utf8')))
    let count = 0
    for (const { shape } of Object.values(tensors)) {
      if (shape) count += shape.reduce((product, size) => product * size, 1)
    }
    return count
  } finally {
    await file.close()
  }
}
