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

/** Left-padded queries followed by right-padded responses. */
export interface JointBatch extends PaddedBatch {
  /** The place of the first response token: [:, 0 … queryLength − 1] are queries. */
  queryLength: number
  responseLength: number
  /** [rows · length]: 1 on response tokens only. */
  responseMask: Float32Array
}

/** Queries and their responses in one batch; the lengths default to the longest of each. */
export function joinPadded(
  queries: ArrayLike<number>[],
  responses: ArrayLike<number>[],
  pad: number,
  { queryLength = longest(queries), responseLength = longest(responses) } = {},
): JointBatch {
  if (queries.length !== responses.length) {
    throw new RangeError(`${queries.length} queries but ${responses.length} responses`)
  }
  const left = leftPad(queries, pad, queryLength)
  const right = rightPad(responses, pad, responseLength)
  const rows = queries.length
  const length = queryLength + responseLength
  const tokens = new Int32Array(rows * length)
  const mask = new Float32Array(rows * length)
  const responseMask = new Float32Array(rows * length)
  for (let row = 0; row < rows; row++) {
    const queryEnd = (row + 1) * queryLength
    const responseEnd = (row + 1) * responseLength
    tokens.set(left.tokens.subarray(row * queryLength, queryEnd), row * length)
    mask.set(left.mask.subarray(row * queryLength, queryEnd), row * length)
    const start = row * length + queryLength
    tokens.set(right.tokens.subarray(row * responseLength, responseEnd), start)
    mask.set(right.mask.subarray(row * responseLength, responseEnd), start)
    responseMask.set(right.mask.subarray(row * responseLength, responseEnd), start)
  }
  return { rows, length, tokens, mask, queryLength, responseLength, responseMask }
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
