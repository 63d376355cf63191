/**
 * One block of four 32-bit words of Philox4x32-10, written into `out`: a function of counter and key alone,
 * so that a draw depends on no order. Source: Salmon, Moraes, Dror, Shaw (2011), Parallel random numbers: as
 * easy as 1, 2, 3. The trainer has its own, because neither side may import the other.
 */
export function philox(
  counter: readonly [number, number, number, number],
  key: readonly [number, number],
  out: Uint32Array,
) {
  let [c0, c1, c2, c3] = counter
  let [k0, k1] = key
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

/** The first words of the last seed's and stream's first rows: most callers resample with one seed over and over. 4 MB. */
const keptRows = 1000
const keptWords = 1024
const kept = { seed: Number.NaN, stream: 0, words: new Uint32Array(0), counts: new Uint16Array(keptRows) }

/**
 * Fills `out` with whole numbers in 0 … below − 1, each as likely, keyed by seed (a safe integer), stream and
 * row.
 */
export function drawIndices(seed: number, stream: number, row: number, below: number, out: Int32Array): void {
  const scale = below / 0x100000000
  const known = row < keptRows ? keepWords(seed, stream, row, Math.min(out.length, keptWords)) : 0
  const start = row * keptWords
  for (let i = 0; i < known; i++) out[i] = Math.floor(kept.words[start + i]! * scale)
  const key = keyOf(seed)
  for (let i = known; i < out.length; i += 4) {
    philox([i >>> 2, row, stream, 0], key, block)
    for (let word = 0; word < 4 && i + word < out.length; word++)
      out[i + word] = Math.floor(block[word]! * scale)
  }
}

const keyOf = (seed: number) => [seed | 0, Math.floor(seed / 0x100000000) | 0] as const

/** Makes sure that at least `count` words of a row are kept. Returns `count`, which is a multiple of 4 unless it is all that is asked for. */
function keepWords(seed: number, stream: number, row: number, count: number): number {
  if (kept.words.length === 0) kept.words = new Uint32Array(keptRows * keptWords)
  if (kept.seed !== seed || kept.stream !== stream) {
    kept.seed = seed
    kept.stream = stream
    kept.counts.fill(0)
  }
  const key = keyOf(seed)
  let at = kept.counts[row]!
  for (; at < count; at += 4) {
    philox([at >>> 2, row, stream, 0], key, block)
    kept.words.set(block, row * keptWords + at)
  }
  kept.counts[row] = at
  return count
}
