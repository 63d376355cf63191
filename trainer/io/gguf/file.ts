import { closeSync, openSync, readSync, statSync } from 'node:fs'
import { GGMLQuantizationType, gguf } from '@huggingface/gguf'
import { WhetstoneError } from '#trainer/errors.ts'
import { formats } from './dequantise.ts'

/** A GGUF file whose tensors are read one at a time. */
export interface GgufFile {
  path: string
  metadata: Record<string, unknown>
  /** By the names in the file; shapes with the longest stride first, as everywhere here. */
  tensors: Map<string, { shape: number[]; type: string }>
  /** A tensor widened to float32. */
  read(name: string): Float32Array<ArrayBuffer>
  close(): void
}

/** Opens a GGUF file and checks that its tensors are there. Throws GGUF_INVALID, MODEL_UNSUPPORTED (big-endian, or a type of tensor that is not read). */
export async function openGguf(path: string): Promise<GgufFile> {
  refuseBigEndian(path)
  const { metadata, tensorInfos, tensorDataOffset } = await gguf(path, { allowLocalFile: true }).catch(
    (error) => {
      throw invalid(path, error instanceof Error ? error.message : String(error), error)
    },
  )
  const size = statSync(path).size
  const places = new Map(
    tensorInfos.map(({ name, shape, dtype, offset }) => {
      const type = GGMLQuantizationType[dtype] ?? String(dtype)
      const format = formats[type]
      if (!format)
        throw new WhetstoneError(
          'MODEL_UNSUPPORTED',
          `tensor ${name} of ${path} is ${type}; read are ${Object.keys(formats).join(', ')}`,
          'take a file of another quantisation, such as Q8_0 or Q4_K_M',
        )
      const lengths = shape.map(Number).reverse()
      const count = lengths.reduce((product, length) => product * length, 1)
      if (lengths.at(-1)! % format.size !== 0)
        throw invalid(
          path,
          `tensor ${name} of [${lengths}] has rows of no whole ${type} blocks of ${format.size}`,
        )
      const begin = Number(tensorDataOffset) + Number(offset)
      const bytes = (count / format.size) * format.bytes
      if (begin + bytes > size)
        throw invalid(path, `tensor ${name} ends at ${begin + bytes}, the file at ${size}: it is truncated`)
      return [name, { shape: lengths, type, format, count, begin, bytes }]
    }),
  )
  const descriptor = openSync(path, 'r')
  return {
    path,
    metadata: metadata as Record<string, unknown>,
    tensors: places,
    read(name) {
      const { format, count, begin, bytes } = places.get(name)!
      const data = new Uint8Array(bytes)
      for (let done = 0; done < bytes; ) {
        const count = readSync(descriptor, data, done, Math.min(bytes - done, 1 << 30), begin + done)
        if (count === 0) throw invalid(path, `tensor ${name} ends at byte ${begin + done}: it is truncated`)
        done += count
      }
      const values = new Float32Array(count)
      format.widen(new DataView(data.buffer), values)
      return values
    },
    close: () => closeSync(descriptor),
  }
}

/** The version, 1 … 3, stands behind the four letters of the format: turned round, it is a number above 65535. */
function refuseBigEndian(path: string): void {
  const start = Buffer.alloc(8)
  const descriptor = openSync(path, 'r')
  try {
    readSync(descriptor, start, 0, 8, 0)
  } finally {
    closeSync(descriptor)
  }
  if (start.toString('latin1', 0, 4) !== 'GGUF' || start.readUInt32LE(4) <= 0xffff) return
  throw new WhetstoneError(
    'MODEL_UNSUPPORTED',
    `${path} is a big-endian GGUF file`,
    'take the little-endian file of the model, or convert it with gguf-py (gguf_convert_endian.py)',
  )
}

function invalid(path: string, reason: string, cause?: unknown): WhetstoneError {
  return new WhetstoneError(
    'GGUF_INVALID',
    `${path} is no valid GGUF file: ${reason}`,
    'download the file again',
    {
      cause,
    },
  )
}
