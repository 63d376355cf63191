/**
 * Philox4x32-10 (Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3", SC 2011).
 * A random number is a function of its key and counter, so it depends on no order, batch, engine or resume.
 */

/** What the numbers are for; a part of the counter, so that no two uses share numbers. */
export const streams = { sampling: 0, initialisation: 1, shuffle: 2, bootstrap: 3, split: 4 } as const
export type Stream = keyof typeof streams

/**
 * The four 32-bit words of one block, written into `out`. Counter words and key words are uint32.
 */
export function philox4x32(
  c0: number,
  c1: number,
  c2: number,
  c3: number,
  k0: number,
  k1: number,
  out: Uint32Array,
): Uint32Array {
  for (let round = 0; round < 10; round++) {
    const high0 = multiplyHigh(0xd2511f53, c0)
    const low0 = Math.imul(0xd2511f53, c0)
    const high1 = multiplyHigh(0xcd9e8d57, c2)
    const low1 = Math.imul(0xcd9e8d57, c2)
    c0 = high1 ^ c1 ^ k0
    c1 = low1
    c2 = high0 ^ c3 ^ k1
    c3 = low0
    k0 = (k0 + 0x9e3779b9) | 0
    k1 = (k1 + 0xbb67ae85) | 0
  }
  out[0] = c0
  out[1] = c1
  out[2] = c2
  out[3] = c3
  return out
}

/** The high 32 bits of the 64-bit product of two uint32, by 16-bit halves. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff
  const aHigh = a >>> 16
  const bLow = b & 0xffff
  const bHigh = b >>> 16
  const low = Math.imul(aLow, bLow) >>> 16
  const middle = Math.imul(aHigh, bLow) + low
  const other = Math.imul(aLow, bHigh) + (middle & 0xffff)
  return (Math.imul(aHigh, bHigh) + (middle >>> 16) + (other >>> 16)) | 0
}

const block = new Uint32Array(4)

/** One uniform number in (0, 1), 53 bits, keyed by the seed (any safe integer) and the counter's words. */
export function uniform(seed: number, stream: Stream, step: number, row: number, position: number): number {
  philox4x32(position, row, step, streams[stream], seed | 0, Math.floor(seed / 0x100000000), block)
  return ((block[0]! >>> 6) * 0x8000000 + (block[1]! >>> 5) + 0.5) / 0x20000000000000
}

/** `count` independent normal numbers (Box–Muller), keyed by seed and `index`. */
export function normals(seed: number, stream: Stream, index: number, count: number, deviation: number) {
  const values = new Float32Array(count)
  for (let i = 0; i < count; i += 4) {
    philox4x32(i / 4, index, 0, streams[stream], seed | 0, Math.floor(seed / 0x100000000), block)
    for (let pair = 0; pair < 4; pair += 2) {
      const radius = deviation * Math.sqrt(-2 * Math.log((block[pair]! + 0.5) / 0x100000000))
      const angle = (2 * Math.PI * block[pair + 1]!) / 0x100000000
      // Stores beyond the end are ignored by typed arrays.
      values[i + pair] = radius * Math.cos(angle)
      values[i + pair + 1] = radius * Math.sin(angle)
    }
  }
  return values
}

/** The numbers 0 … count − 1 in a random order (Fisher–Yates), keyed by seed and `step`. */
export function permutation(
  seed: number,
  step: number,
  count: number,
  stream: Stream = 'shuffle',
): Int32Array {
  const order = Int32Array.from({ length: count }, (_, i) => i)
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(uniform(seed, stream, step, 0, i) * (i + 1))
    const kept = order[i]!
    order[i] = order[j]!
    order[j] = kept
  }
  return order
}
