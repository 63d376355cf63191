/** The few parts of protocol buffers' wire format that TensorBoard's messages need. Source: protobuf.dev/programming-guides/encoding. */

type Part = Uint8Array

/** An integer field; protocol buffers' int64, enum. */
export function integer(field: number, value: number): Part {
  return Buffer.concat([varint(field * 8), varint(value)])
}

export function double(field: number, value: number): Part {
  const bytes = Buffer.alloc(8)
  bytes.writeDoubleLE(value)
  return Buffer.concat([varint(field * 8 + 1), bytes])
}

export function float(field: number, value: number): Part {
  const bytes = Buffer.alloc(4)
  bytes.writeFloatLE(value)
  return Buffer.concat([varint(field * 8 + 5), bytes])
}

/** A field of text. */
export function text(field: number, value: string): Part {
  return message(field, Buffer.from(value))
}

/** A field that holds other fields. */
export function message(field: number, ...parts: Part[]): Part {
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  return Buffer.concat([varint(field * 8 + 2), varint(length), ...parts])
}

/** The fields of a message in their order: an integer as a number, every other as its bytes. Throws RangeError when it is cut short. */
export function* fieldsOf(bytes: Buffer): Generator<{ field: number; value: number | Buffer }> {
  let at = 0
  const next = (): number => {
    let value = 0
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes.readUInt8(at++)
      value += (byte & 127) * scale
      if (byte < 128) return value
    }
  }
  const take = (length: number): Buffer => {
    if (at + length > bytes.length)
      throw new RangeError(`${length} bytes at ${at} of a message of ${bytes.length}`)
    at += length
    return bytes.subarray(at - length, at)
  }
  while (at < bytes.length) {
    const key = next()
    const wire = key % 8
    const value = wire === 0 ? next() : take(wire === 1 ? 8 : wire === 5 ? 4 : next())
    yield { field: Math.floor(key / 8), value }
  }
}

/** Up to 2^53, seven bits a byte, the lowest first. */
function varint(value: number): Buffer {
  const bytes: number[] = []
  let rest = value
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128)
  bytes.push(rest)
  return Buffer.from(bytes)
}
