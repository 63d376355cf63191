/**
 * Responses differ in length. Everything measured per token is kept packed, without padding: the values of row b are
 * values[starts[b]] … values[starts[b + 1] − 1]. Padding can then count nowhere (docs/algorithms.md, 5 and 12).
 */

/** The response up to and with its first EOS, and whether it has one. Source: docs/algorithms.md, 4. */
export function truncateAtEos(
  response: readonly number[],
  eosTokenId: number,
): { tokens: number[]; finished: boolean } {
  const end = response.indexOf(eosTokenId)
  return end < 0
    ? { tokens: [...response], finished: false }
    : { tokens: response.slice(0, end + 1), finished: true }
}

/** Where each row starts in a packed array, and at the end how long the array is: length rows + 1. */
export function startsOf(lengths: readonly number[]): Int32Array {
  const starts = new Int32Array(lengths.length + 1)
  for (let row = 0; row < lengths.length; row++) starts[row + 1] = starts[row]! + lengths[row]!
  return starts
}

/**
 * For sequences query + response, right-padded to `width`, the rows of the flattened hidden states [B·width] that predict the
 * response tokens: positions [context − 1 : −1] of each (docs/algorithms.md, 2). Packed.
 */
export function predictingRows(
  queryLengths: readonly number[],
  responseLengths: readonly number[],
  width: number,
) {
  const rows = new Int32Array(responseLengths.reduce((sum, length) => sum + length, 0))
  let next = 0
  responseLengths.forEach((length, row) => {
    const first = row * width + queryLengths[row]! - 1
    for (let t = 0; t < length; t++) rows[next++] = first + t
  })
  return rows
}

/** The row of each sequence's last token in the flattened hidden states [B·width]: where a reward model reads its score. */
export function lastRows(lengths: readonly number[], width: number): Int32Array {
  return Int32Array.from(lengths, (length, row) => row * width + length - 1)
}

/** The packed values of some rows, in that order. */
export function takeRows(values: Float32Array, starts: Int32Array, rows: readonly number[]): Float32Array {
  const taken = new Float32Array(rows.reduce((sum, row) => sum + starts[row + 1]! - starts[row]!, 0))
  let next = 0
  for (const row of rows) {
    taken.set(values.subarray(starts[row]!, starts[row + 1]!), next)
    next += starts[row + 1]! - starts[row]!
  }
  return taken
}

/** Σ over each row of a packed array. */
export function sumRows(values: Float32Array, starts: Int32Array): Float64Array {
  const sums = new Float64Array(starts.length - 1)
  for (let row = 0; row < sums.length; row++)
    for (let i = starts[row]!; i < starts[row + 1]!; i++) sums[row]! += values[i]!
  return sums
}
