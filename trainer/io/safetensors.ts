import { closeSync, fstatSync, openSync, readSync, rmSync, writeSync } from 'node:fs'
import { WhetstoneError } from '#trainer/errors.ts'
import { fromBfloats, toBfloats, toHalves } from './halves.ts'
import { mapFile } from './map-file.ts'

/**
 * The safetensors format: 8 bytes little-endian length of the header, the header (JSON), the data.
 * https://github.com/huggingface/safetensors#format
 */

export interface StoredTensor {
  shape: number[]
  values: Float32Array | Int32Array
}

/** Where a tensor of a file stands. */
export interface StoredEntry {
  dtype: string
  shape: number[]
  data_offsets: [number, number]
}

/** A file whose tensors are read one at a time. */
export interface OpenSafetensors {
  path: string
  entries: Map<string, StoredEntry>
  metadata: Record<string, string>
  /** F32, F16 and BF16 become Float32Array, I32 and I64 Int32Array. Throws SAFETENSORS_INVALID. */
  read(name: string): StoredTensor
  close(): void
}

/** What is written of a tensor; its values are asked for when their turn has come. */
export interface WritableTensor {
  dtype: 'F32' | 'F16' | 'BF16' | 'I32'
  shape: number[]
  values(): Float32Array | Int32Array
}

const widths: Record<string, number> = { F32: 4, F16: 2, BF16: 2, I32: 4, I64: 8 }
const maxHeaderBytes = 100_000_000 // the limit of the reference implementation
const maxCallBytes = 1 << 30 // the system reads and writes less than 2 GiB in one call

/** Opens a file and checks its header. Its tensors are read from its pages where the engine maps files, else each by itself. Throws SAFETENSORS_INVALID, naming what is wrong. */
export function openSafetensors(path: string): OpenSafetensors {
  const descriptor = openSync(path, 'r')
  try {
    const { entries, metadata, dataStart } = readHeader(descriptor, path)
    const mapped = mapFile(path)
    return {
      path,
      entries,
      metadata,
      read(name) {
        const { dtype, shape, data_offsets } = entries.get(name)!
        const begin = dataStart + data_offsets[0]
        const size = data_offsets[1] - data_offsets[0]
        let bytes: Uint8Array<ArrayBuffer>
        if (mapped) {
          bytes = new Uint8Array(mapped, begin, size)
          if (begin % widths[dtype]! !== 0) bytes = bytes.slice()
        } else {
          bytes = new Uint8Array(size)
          readFully(descriptor, bytes, begin, path)
        }
        return { shape, values: convert(dtype, bytes, name, path) }
      },
      close: () => closeSync(descriptor),
    }
  } catch (error) {
    closeSync(descriptor)
    throw error
  }
}

/**
 * Every tensor of the file that `wanted` does not refuse. Each is read by itself from the disk, so the peak is the largest tensor
 * above the result. Throws SAFETENSORS_INVALID, naming what is wrong.
 */
export function readSafetensors(path: string, wanted: (name: string) => boolean = () => true) {
  const file = openSafetensors(path)
  try {
    const names = [...file.entries.keys()].filter(wanted)
    return { tensors: new Map(names.map((name) => [name, file.read(name)])), metadata: file.metadata }
  } finally {
    file.close()
  }
}

/** Writes tensors as F32 or I32, in the order given; the data begin on an 8-byte boundary. */
export function writeSafetensors(
  path: string,
  tensors: Iterable<[string, StoredTensor]>,
  metadata?: Record<string, string>,
): void {
  const writable = Array.from(tensors, ([name, { shape, values }]): [string, WritableTensor] => {
    const dtype = values instanceof Float32Array ? 'F32' : 'I32'
    return [name, { dtype, shape, values: () => values }]
  })
  writeTensors(path, writable, metadata)
}

/**
 * Writes tensors in the order given, one in memory at a time; 16-bit ones rounded to the nearest, ties to even. The data begin on an
 * 8-byte boundary. Throws PRECISION_OVERFLOW where a value does not fit its dtype.
 */
export function writeTensors(
  path: string,
  tensors: [string, WritableTensor][],
  metadata: Record<string, string> = { format: 'pt' },
): void {
  let offset = 0
  const header: Record<string, unknown> = { __metadata__: metadata }
  for (const [name, { dtype, shape }] of tensors) {
    const end = offset + sizeOf(shape) * widths[dtype]!
    header[name] = { dtype, shape, data_offsets: [offset, end] }
    offset = end
  }
  const json = new TextEncoder().encode(JSON.stringify(header))
  const length = Math.ceil(json.length / 8) * 8
  const start = new Uint8Array(8 + length).fill(0x20) // spaces behind the JSON
  new DataView(start.buffer).setBigUint64(0, BigInt(length), true)
  start.set(json, 8)
  // A file of its own: whoever has the old one mapped keeps it.
  rmSync(path, { force: true })
  const descriptor = openSync(path, 'w')
  try {
    writeFully(descriptor, start)
    for (const [name, tensor] of tensors) {
      const values = tensor.values()
      const size = sizeOf(tensor.shape)
      if (size !== values.length)
        throw new RangeError(`${name} has ${values.length} values, its shape says ${size}`)
      const stored = narrow(values, tensor.dtype, name)
      writeFully(descriptor, new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength))
    }
  } finally {
    closeSync(descriptor)
  }
}

function narrow(values: Float32Array | Int32Array, dtype: WritableTensor['dtype'], name: string) {
  if (dtype === 'BF16') return toBfloats(values as Float32Array, name)
  if (dtype === 'F16') return toHalves(values as Float32Array, name)
  return values
}

function sizeOf(shape: number[]): number {
  return shape.reduce((product, length) => product * length, 1)
}

function readHeader(descriptor: number, path: string) {
  const fileBytes = fstatSync(descriptor).size
  if (fileBytes < 8) throw invalid(path, `it has ${fileBytes} bytes, too few for a header`)
  const prefix = new Uint8Array(8)
  readFully(descriptor, prefix, 0, path)
  const length = Number(new DataView(prefix.buffer).getBigUint64(0, true))
  if (length > maxHeaderBytes || 8 + length > fileBytes) {
    throw invalid(path, `its header claims ${length} bytes, the file has ${fileBytes}`)
  }
  const bytes = new Uint8Array(length)
  readFully(descriptor, bytes, 8, path)
  const { __metadata__: metadata = {}, ...entries } = parseHeader(bytes, path)
  const dataStart = 8 + length
  checkEntries(entries, fileBytes - dataStart, path)
  return {
    entries: new Map(Object.entries(entries) as [string, StoredEntry][]),
    metadata: metadata as Record<string, string>,
    dataStart,
  }
}

function parseHeader(bytes: Uint8Array, path: string): Record<string, unknown> {
  try {
    const header: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    if (typeof header === 'object' && header !== null && !Array.isArray(header))
      return header as Record<string, unknown>
  } catch (error) {
    throw invalid(path, `its header is no JSON: ${(error as Error).message}`)
  }
  throw invalid(path, 'its header is no JSON object')
}

function checkEntries(entries: Record<string, unknown>, dataBytes: number, path: string): void {
  const ranges: [number, number, string][] = []
  const isSize = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0
  for (const [name, value] of Object.entries(entries)) {
    const { dtype, shape, data_offsets: offsets } = (value ?? {}) as Partial<StoredEntry>
    if (typeof dtype !== 'string' || !Array.isArray(shape) || !shape.every(isSize)) {
      throw invalid(path, `tensor ${name} has no dtype and shape`)
    }
    if (
      !Array.isArray(offsets) ||
      offsets.length !== 2 ||
      !offsets.every(isSize) ||
      offsets[0] > offsets[1]
    ) {
      throw invalid(path, `tensor ${name} has data_offsets ${JSON.stringify(offsets)}`)
    }
    const [begin, end] = offsets
    if (end > dataBytes)
      throw invalid(path, `tensor ${name} ends at ${end}, the data at ${dataBytes}: it is truncated`)
    const width = widths[dtype]
    const expected = sizeOf(shape) * (width ?? 0)
    if (width !== undefined && end - begin !== expected) {
      throw invalid(
        path,
        `tensor ${name} of shape [${shape}] ${dtype} has ${end - begin} bytes, expected ${expected}`,
      )
    }
    if (end > begin) ranges.push([begin, end, name])
  }
  ranges.sort((a, b) => a[0] - b[0])
  for (let i = 1; i < ranges.length; i++) {
    if (ranges[i]![0] < ranges[i - 1]![1])
      throw invalid(path, `tensors ${ranges[i - 1]![2]} and ${ranges[i]![2]} overlap`)
  }
}

/** Of F32 and I32, the bytes' own memory. */
function convert(
  dtype: string,
  bytes: Uint8Array<ArrayBuffer>,
  name: string,
  path: string,
): Float32Array | Int32Array {
  const width = widths[dtype]
  if (width === undefined)
    throw invalid(path, `tensor ${name} is ${dtype}; read are ${Object.keys(widths).join(', ')}`)
  const { buffer, byteOffset } = bytes
  const length = bytes.length / width
  if (dtype === 'F32') return new Float32Array(buffer, byteOffset, length)
  if (dtype === 'F16') return new Float32Array(new Float16Array(buffer, byteOffset, length))
  if (dtype === 'BF16') return fromBfloats(new Uint16Array(buffer, byteOffset, length))
  if (dtype === 'I32') return new Int32Array(buffer, byteOffset, length)
  return Int32Array.from(new BigInt64Array(buffer, byteOffset, length), (value) => {
    if (value !== BigInt.asIntN(32, value))
      throw invalid(path, `tensor ${name} holds ${value}, beyond 32 bits`)
    return Number(value)
  })
}

function readFully(descriptor: number, target: Uint8Array, position: number, path: string): void {
  for (let done = 0; done < target.length; ) {
    const count = readSync(
      descriptor,
      target,
      done,
      Math.min(target.length - done, maxCallBytes),
      position + done,
    )
    if (count === 0) throw invalid(path, `it ends at byte ${position + done}: it is truncated`)
    done += count
  }
}

function writeFully(descriptor: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; )
    done += writeSync(descriptor, bytes, done, Math.min(bytes.length - done, maxCallBytes))
}

function invalid(path: string, reason: string): WhetstoneError {
  return new WhetstoneError(
    'SAFETENSORS_INVALID',
    `${path} is no valid safetensors file: ${reason}`,
    'copy or export the file again',
  )
}
