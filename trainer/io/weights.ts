import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { WhetstoneError } from '#trainer/errors.ts'
import type { Precision } from './config-reader.ts'
import {
  type OpenSafetensors,
  openSafetensors,
  type StoredTensor,
  type WritableTensor,
  writeTensors,
} from './safetensors.ts'

const single = 'model.safetensors'
const index = `${single}.index.json`
const dtypes = { fp32: 'F32', bf16: 'BF16', fp16: 'F16' } as const satisfies Record<Precision, string>

/** The weights of a model folder, in one file or in shards, read one tensor at a time. */
export interface Weights {
  /** Every tensor's shape, by its name in the file. */
  shapes: Map<string, number[]>
  /** The precision of all of those names; fp32 where they differ. */
  precision(names: Iterable<string>): Precision
  /** Throws SAFETENSORS_INVALID, naming file and tensor. */
  read(name: string): StoredTensor
  close(): void
}

/**
 * Opens model.safetensors, or the shards that model.safetensors.index.json names.
 * Throws MODEL_MISSING, MODEL_INVALID (an index that does not fit its shards), SAFETENSORS_INVALID.
 */
export function openWeights(folder: string): Weights {
  const files: OpenSafetensors[] = []
  const places = new Map<string, Place>()
  try {
    if (existsSync(join(folder, single))) {
      const file = openSafetensors(join(folder, single))
      files.push(file)
      for (const name of file.entries.keys()) places.set(name, { file, name })
    } else openShards(folder, files, places)
  } catch (error) {
    for (const file of files) file.close()
    throw error
  }
  return weightsOf(files, places)
}

/** A tensor's file and its name there. */
interface Place {
  file: OpenSafetensors
  name: string
}

/** The weights at those places in open files. */
export function weightsOf(files: OpenSafetensors[], places: Map<string, Place>): Weights {
  const entry = (name: string) => {
    const { file, name: inFile } = places.get(name)!
    return file.entries.get(inFile)!
  }
  return {
    shapes: new Map(Array.from(places.keys(), (name) => [name, entry(name).shape])),
    precision(names) {
      const found = new Set(Array.from(names, (name) => entry(name).dtype))
      const [dtype] = found
      if (found.size !== 1) return 'fp32'
      return dtype === 'BF16' ? 'bf16' : dtype === 'F16' ? 'fp16' : 'fp32'
    },
    read(name) {
      const { file, name: inFile } = places.get(name)!
      return file.read(inFile)
    },
    close() {
      for (const file of files) file.close()
    },
  }
}

function openShards(folder: string, files: OpenSafetensors[], places: Map<string, Place>): void {
  const path = join(folder, index)
  if (!existsSync(path))
    throw new WhetstoneError(
      'MODEL_MISSING',
      `${folder} has neither ${single} nor ${index}`,
      existsSync(join(folder, 'pytorch_model.bin'))
        ? 'its weights are a pickle (pytorch_model.bin): load and save the model with transformers, which writes safetensors'
        : 'give the folder of a model in Hugging Face form',
    )
  const shards = new Map<string, OpenSafetensors>()
  for (const [name, shard] of Object.entries(readIndex(path))) {
    let file = shards.get(shard)
    if (!file) {
      if (!/^[^/\\]+\.safetensors$/.test(shard))
        throw invalid(`${path} names the shard ${JSON.stringify(shard)}, which is no file beside it`)
      if (!existsSync(join(folder, shard)))
        throw invalid(`${path} names the shard ${shard}, which is missing`, 'download the missing file')
      file = openSafetensors(join(folder, shard))
      files.push(file)
      shards.set(shard, file)
    }
    if (!file.entries.has(name)) throw invalid(`${path} has tensor ${name} in ${shard}, where it is not`)
    places.set(name, { file, name })
  }
}

function readIndex(path: string): Record<string, string> {
  let map: unknown
  try {
    map = JSON.parse(readFileSync(path, 'utf8')).weight_map
  } catch (error) {
    throw invalid(`${path} is no JSON: ${(error as Error).message}`)
  }
  if (
    typeof map === 'object' &&
    map !== null &&
    Object.values(map).every((shard) => typeof shard === 'string')
  )
    return map as Record<string, string>
  throw invalid(`${path} has no weight_map from tensors to files`)
}

/**
 * Writes model.safetensors, in the order and the bytes of Hugging Face's own files; weights of more than `maxShardBytes` into shards
 * model-00001-of-00002.safetensors and their index. One tensor is in memory at a time.
 */
export function writeWeights(
  folder: string,
  tensors: [string, { shape: number[]; values: () => Float32Array }][],
  { precision, maxShardBytes = 5e9 }: { precision: Precision; maxShardBytes?: number },
): void {
  const dtype = dtypes[precision]
  const shards: [string, WritableTensor][][] = [[]]
  let room = maxShardBytes
  let total = 0
  for (const [name, { shape, values }] of tensors) {
    const bytes = shape.reduce((product, length) => product * length, 1) * (precision === 'fp32' ? 4 : 2)
    if (bytes > room && shards.at(-1)!.length > 0) {
      shards.push([])
      room = maxShardBytes
    }
    room -= bytes
    total += bytes
    shards.at(-1)!.push([name, { dtype, shape, values }])
  }
  // The reference implementation sorts tensors of one dtype by their names.
  for (const shard of shards) shard.sort(([a], [b]) => (a < b ? -1 : 1))
  if (shards.length === 1) {
    writeTensors(join(folder, single), shards[0]!)
    return
  }
  const digits = (n: number) => String(n).padStart(5, '0')
  const map: [string, string][] = []
  for (const [i, shard] of shards.entries()) {
    const file = `model-${digits(i + 1)}-of-${digits(shards.length)}.safetensors`
    writeTensors(join(folder, file), shard)
    for (const [name] of shard) map.push([name, file])
  }
  map.sort(([a], [b]) => (a < b ? -1 : 1))
  const content = { metadata: { total_size: total }, weight_map: Object.fromEntries(map) }
  writeFileSync(join(folder, index), `${JSON.stringify(content, null, 2)}\n`)
}

function invalid(reason: string, hint = 'export the model again'): WhetstoneError {
  return new WhetstoneError('MODEL_INVALID', reason, hint)
}
