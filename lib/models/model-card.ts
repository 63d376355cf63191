import { open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
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
})

/**
 * What a Hugging Face folder says of itself, without reading its weights.
 * @throws WhetstoneError INVALID_INPUT naming the file that is missing or wrong
 */
export async function modelCard(folder: string): Promise<ModelCard> {
  const config = configSchema.safeParse(JSON.parse(await readFile(join(folder, 'config.json'), 'utf8')))
  if (!config.success) {
    throw new WhetstoneError(
      'INVALID_INPUT',
      `config.json is not that of a language model: ${z.prettifyError(config.error).replaceAll('\n', ' ')}`,
      'Give a folder saved by transformers or by Whetstone.',
    )
  }
  const { model_type, architectures, vocab_size, n_layer, n_embd, n_head, n_positions } = config.data
  return {
    architecture: model_type,
    className: architectures?.[0] ?? null,
    parameters: await countParameters(join(folder, 'model.safetensors')),
    layers: n_layer ?? null,
    width: n_embd ?? null,
    heads: n_head ?? null,
    vocabulary: vocab_size,
    context: n_positions ?? null,
  }
}

const headerSchema = z.record(z.string(), z.looseObject({ shape: z.array(z.number()).optional() }))
const longestHeader = 100_000_000

/** The elements of all tensors, from the header of a safetensors file (8 bytes of length, then JSON). */
async function countParameters(path: string): Promise<number> {
  const file = await open(path)
  try {
    const { size } = await file.stat()
    const prefix = Buffer.alloc(8)
    await file.read(prefix, 0, 8, 0)
    const length = Number(prefix.readBigUInt64LE())
    if (size < 8 || length > longestHeader || 8 + length > size) {
      throw new WhetstoneError(
        'INVALID_INPUT',
        `model.safetensors is not a safetensors file: its header would be ${length} bytes of ${size}.`,
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
