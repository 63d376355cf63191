/**
 * GGML's block formats, widened to float32 exactly as ggml does it. Source: ggml-quants.c's dequantize_row functions and the layouts
 * in ggml-common.h (llama.cpp, MIT). d, m: a block's scale and minimum (fp16); q: a number's few bits.
 */

interface Format {
  /** Numbers in a block. */
  size: number
  /** Bytes of a block. */
  bytes: number
  /** Writes block after block of `source` into `target`. */
  widen(source: DataView, target: Float32Array): void
}

type Block = (source: DataView, at: number, target: Float32Array, to: number) => void

function blocks(size: number, bytes: number, block: Block): Format {
  return {
    size,
    bytes,
    widen(source, target) {
      for (let at = 0, to = 0; to < target.length; at += bytes, to += size) block(source, at, target, to)
    },
  }
}

/** 32 numbers of 4 bits, at the places i and i + 16 in the lower and the upper half of a byte, with a fifth bit from `high` where given. */
function nibbles(source: DataView, at: number, high: number, use: (q: number, i: number) => void): void {
  for (let i = 0; i < 16; i++) {
    const byte = source.getUint8(at + i)
    use((byte & 15) | (((high >>> i) & 1) << 4), i)
    use((byte >>> 4) | (((high >>> (i + 16)) & 1) << 4), i + 16)
  }
}

/** The 6-bit scale and minimum of each of eight groups of 32, from 12 bytes. */
function groupScales(source: DataView, at: number): { scales: number[]; minima: number[] } {
  const byte = (i: number) => source.getUint8(at + i)
  const scales: number[] = []
  const minima: number[] = []
  for (let group = 0; group < 8; group++) {
    if (group < 4) {
      scales.push(byte(group) & 63)
      minima.push(byte(group + 4) & 63)
    } else {
      scales.push((byte(group + 4) & 15) | ((byte(group - 4) >>> 6) << 4))
      minima.push((byte(group + 4) >>> 4) | ((byte(group) >>> 6) << 4))
    }
  }
  return { scales, minima }
}

/** 256 numbers of 4 bits, or of 5 with the fifth in `high` [32] (bit g is group g's): q·(d·scale) − dmin·minimum. */
function groups(source: DataView, at: number, target: Float32Array, to: number, five: boolean): void {
  const d = source.getFloat16(at, true)
  const dmin = source.getFloat16(at + 2, true)
  const { scales, minima } = groupScales(source, at + 4)
  const high = at + 16
  const low = five ? high + 32 : high
  for (let group = 0; group < 8; group++) {
    const scale = d * scales[group]!
    const minimum = dmin * minima[group]!
    const shift = 4 * (group & 1)
    for (let i = 0; i < 32; i++) {
      let q = (source.getUint8(low + 32 * (group >>> 1) + i) >>> shift) & 15
      if (five) q |= ((source.getUint8(high + i) >>> group) & 1) << 4
      target[to + 32 * group + i] = scale * q - minimum
    }
  }
}

/** 256 numbers of 6 bits in 16 groups with int8 scales: q·(d·scale), q from −32 to 31. */
function sixBits(source: DataView, at: number, target: Float32Array, to: number): void {
  const d = source.getFloat16(at + 208, true)
  for (let half = 0; half < 2; half++) {
    for (let quarter = 0; quarter < 4; quarter++) {
      for (let i = 0; i < 32; i++) {
        const low = source.getUint8(at + 64 * half + 32 * (quarter & 1) + i) >>> (4 * (quarter >>> 1))
        const high = source.getUint8(at + 128 + 32 * half + i) >>> (2 * quarter)
        const scale = source.getInt8(at + 192 + 8 * half + 2 * quarter + (i >>> 4))
        const q = ((low & 15) | ((high & 3) << 4)) - 32
        target[to + 128 * half + 32 * quarter + i] = d * scale * q
      }
    }
  }
}

/** By the names that GGML gives its types. */
export const formats: Record<string, Format> = {
  F32: blocks(1, 4, (source, at, target, to) => {
    target[to] = source.getFloat32(at, true)
  }),
  F16: blocks(1, 2, (source, at, target, to) => {
    target[to] = source.getFloat16(at, true)
  }),
  BF16: {
    size: 1,
    bytes: 2,
    widen(source, target) {
      const words = new Uint32Array(target.buffer, target.byteOffset, target.length)
      for (let i = 0; i < words.length; i++) words[i] = source.getUint16(2 * i, true) << 16
    },
  },
  Q4_0: blocks(32, 18, (source, at, target, to) => {
    const d = source.getFloat16(at, true)
    nibbles(source, at + 2, 0, (q, i) => {
      target[to + i] = d * (q - 8)
    })
  }),
  Q4_1: blocks(32, 20, (source, at, target, to) => {
    const d = source.getFloat16(at, true)
    const m = source.getFloat16(at + 2, true)
    nibbles(source, at + 4, 0, (q, i) => {
      target[to + i] = d * q + m
    })
  }),
  Q5_0: blocks(32, 22, (source, at, target, to) => {
    const d = source.getFloat16(at, true)
    nibbles(source, at + 6, source.getUint32(at + 2, true), (q, i) => {
      target[to + i] = d * (q - 16)
    })
  }),
  Q5_1: blocks(32, 24, (source, at, target, to) => {
    const d = source.getFloat16(at, true)
    const m = source.getFloat16(at + 2, true)
    nibbles(source, at + 8, source.getUint32(at + 4, true), (q, i) => {
      target[to + i] = d * q + m
    })
  }),
  Q8_0: blocks(32, 34, (source, at, target, to) => {
    const d = source.getFloat16(at, true)
    for (let i = 0; i < 32; i++) target[to + i] = d * source.getInt8(at + 2 + i)
  }),
  Q4_K: blocks(256, 144, (source, at, target, to) => groups(source, at, target, to, false)),
  Q5_K: blocks(256, 176, (source, at, target, to) => groups(source, at, target, to, true)),
  Q6_K: blocks(256, 210, sixBits),
}
