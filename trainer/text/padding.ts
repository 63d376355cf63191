/** Rows of tokens brought to one length, row-major [rows, length], and which places are tokens. */
export interface PaddedBatch {
  rows: number
  length: number
  /** [rows · length] */
  tokens: Int32Array
  /** [rows · length]: 1 on tokens, 0 on padding. */
  mask: Float32Array
}

/** Padding before the tokens. Throws RangeError when a row is longer than `length`. */
export function leftPad(
  sequences: ArrayLike<number>[],
  pad: number,
  length = longest(sequences),
): PaddedBatch {
  return place(sequences, pad, length, (sequence) => length - sequence.length)
}

/** Padding behind the tokens. Throws RangeError when a row is longer than `length`. */
export function rightPad(
  sequences: ArrayLike<number>[],
  pad: number,
  length = longest(sequences),
): PaddedBatch {
  return place(sequences, pad, length, () => 0)
}

function longest(sequences: ArrayLike<number>[]): number {
  return sequences.reduce((most, sequence) => Math.max(most, sequence.length), 0)
}

function place(
  sequences: ArrayLike<number>[],
  pad: number,
  length: number,
  start: (sequence: ArrayLike<number>) => number,
): PaddedBatch {
  const rows = sequences.length
  const tokens = new Int32Array(rows * length).fill(pad)
  const mask = new Float32Array(rows * length)
  for (const [row, sequence] of sequences.entries()) {
    if (sequence.length > length)
      throw new RangeError(`row ${row} has ${sequence.length} tokens, more than ${length}`)
    const offset = row * length + start(sequence)
    tokens.set(sequence, offset)
    mask.fill(1, offset, offset + sequence.length)
  }
  return { rows, length, tokens, mask }
}
