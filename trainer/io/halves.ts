import { WhetstoneError } from '#trainer/errors.ts'

/** The 16-bit forms of a number: IEEE's half (fp16) and the upper half of a float32 (bf16). */

/** bf16 widened, exactly. */
export function fromBfloats(bits: Uint16Array): Float32Array<ArrayBuffer> {
  const words = new Uint32Array(bits.length)
  for (let i = 0; i < words.length; i++) words[i] = bits[i]! << 16
  return new Float32Array(words.buffer)
}

/** Rounded to the nearest bf16, ties to even. Throws PRECISION_OVERFLOW, naming the tensor `name`. */
export function toBfloats(values: Float32Array, name: string): Uint16Array {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length)
  const bits = new Uint16Array(values.length)
  for (let i = 0; i < bits.length; i++) {
    const word = words[i]!
    const exponent = word & 0x7f800000
    if (exponent === 0x7f800000) {
      // Infinities and NaN stay; a NaN keeps a bit of its mantissa.
      bits[i] = (word >>> 16) | (word & 0x007fffff ? 0x0040 : 0)
      continue
    }
    // Half of the last kept place less one, and one more where that place is odd.
    bits[i] = (word + 0x7fff + ((word >>> 16) & 1)) >>> 16
    if ((bits[i]! & 0x7f80) === 0x7f80) throw overflow(name, values[i]!, 'bf16')
  }
  return bits
}

/** Rounded to the nearest fp16, ties to even. Throws PRECISION_OVERFLOW, naming the tensor `name`. */
export function toHalves(values: Float32Array, name: string): Float16Array {
  const halves = new Float16Array(values)
  for (let i = 0; i < halves.length; i++)
    if (halves[i] === Infinity || halves[i] === -Infinity)
      if (Number.isFinite(values[i])) throw overflow(name, values[i]!, 'fp16')
  return halves
}

function overflow(name: string, value: number, precision: string): WhetstoneError {
  return new WhetstoneError(
    'PRECISION_OVERFLOW',
    `tensor ${name} holds ${value}, more than ${precision} can`,
    `save it in ${precision === 'fp16' ? 'bf16 or fp32' : 'fp32'}`,
  )
}
