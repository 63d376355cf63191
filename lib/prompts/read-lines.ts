export const MAX_LINE_BYTES = 1024 * 1024

export type Line = { line: number; text: string } | { line: number; refusal: string }

/**
 * Cuts a stream of bytes into lines, numbered from 1; blank ones are left out. A line over MAX_LINE_BYTES is passed over as
 * it streams by, so memory stays bounded whatever the file is.
 */
export async function* readLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Line> {
  let line = 1
  let parts: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of chunks) {
    let from = 0
    for (;;) {
      const end = chunk.indexOf(0x0a, from)
      const part = chunk.subarray(from, end === -1 ? undefined : end)
      bytes += part.length
      if (bytes <= MAX_LINE_BYTES) parts.push(part)
      else parts = []
      if (end === -1) break
      const read = lineOf(line, parts, bytes)
      if (read) yield read
      line++
      parts = []
      bytes = 0
      from = end + 1
    }
  }
  const last = lineOf(line, parts, bytes)
  if (last) yield last
}

function lineOf(line: number, parts: Uint8Array[], bytes: number): Line | null {
  if (bytes > MAX_LINE_BYTES) {
    return { line, refusal: `the line is ${bytes} bytes long; at most ${MAX_LINE_BYTES} are taken` }
  }
  try {
    // The decoder drops a byte order mark.
    const text = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(parts)).trim()
    return text === '' ? null : { line, text }
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    return { line, refusal: 'the line is not UTF-8' }
  }
}
