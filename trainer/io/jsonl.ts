import { createReadStream } from 'node:fs'
import { z } from 'zod'
import { WhetstoneError } from '#trainer/errors.ts'

export interface JsonLine<T> {
  /** From 1. */
  line: number
  value: T
}

/**
 * The lines of a JSONL file one by one, blank lines left out. A line longer than `maxLineBytes` (1 MiB) is refused
 * without being held in memory. Throws JSONL_INVALID with line, column and reason; FILE_MISSING.
 */
export async function* readJsonl<S extends z.ZodType = z.ZodUnknown>(
  path: string,
  { schema, maxLineBytes = 1 << 20 }: { schema?: S; maxLineBytes?: number } = {},
): AsyncGenerator<JsonLine<z.output<S>>> {
  let line = 0
  for await (const bytes of splitLines(path, maxLineBytes)) {
    line++
    const text = decode(bytes, path, line)
    if (text.trim() === '') continue
    const value = parse(text, path, line)
    if (!schema) {
      yield { line, value: value as z.output<S> }
      continue
    }
    const result = schema.safeParse(value)
    if (!result.success) {
      const [issue] = result.error.issues
      const field = issue && issue.path.length > 0 ? `field "${z.core.toDotPath(issue.path)}": ` : ''
      throw invalid(path, line, `${field}${issue?.message}`)
    }
    yield { line, value: result.data }
  }
}

/** All values of a JSONL file. */
export async function readAllJsonl<S extends z.ZodType>(path: string, schema: S): Promise<z.output<S>[]> {
  const values: z.output<S>[] = []
  for await (const { value } of readJsonl(path, { schema })) values.push(value)
  return values
}

async function* splitLines(path: string, maxLineBytes: number): AsyncGenerator<Buffer> {
  let parts: Buffer[] = []
  let length = 0
  let line = 1
  try {
    for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
      let start = 0
      while (start < chunk.length) {
        const newline = chunk.indexOf(10, start)
        const end = newline < 0 ? chunk.length : newline
        length += end - start
        // Of a line that is too long only the length is kept, to name it.
        if (length > maxLineBytes) parts = []
        else parts.push(chunk.subarray(start, end))
        if (newline < 0) break
        if (length > maxLineBytes) throw tooLong(path, line, length, maxLineBytes)
        yield Buffer.concat(parts)
        parts = []
        length = 0
        line++
        start = newline + 1
      }
    }
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code !== 'ENOENT' && code !== 'EISDIR') throw error
    throw new WhetstoneError('FILE_MISSING', `there is no file ${path}`, 'check the path', { cause: error })
  }
  if (length > maxLineBytes) throw tooLong(path, line, length, maxLineBytes)
  if (length > 0) yield Buffer.concat(parts)
}

function decode(bytes: Buffer, path: string, line: number): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: line !== 1 }).decode(bytes)
  } catch {
    throw invalid(path, line, 'it is not UTF-8')
  }
}

function parse(text: string, path: string, line: number): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    const reason = (error as Error).message
    throw invalid(
      path,
      line,
      reason.replace(/ in JSON at position.*$|, [^,]* is not valid JSON$/s, ''),
      columnOf(text, reason),
    )
  }
}

/** Where JSON.parse stopped, from 1. V8 tells the place of most errors, but not of an unexpected token. */
function columnOf(text: string, reason: string): number {
  const position = /position (\d+)/.exec(reason)?.[1]
  if (position !== undefined) return Number(position) + 1
  if (!reason.startsWith('Unexpected token')) return text.length + 1
  // The shortest beginning that has the unexpected token, by bisection.
  let [without, including] = [0, text.length]
  while (including - without > 1) {
    const middle = (without + including) >> 1
    if (hasUnexpectedToken(text.slice(0, middle))) including = middle
    else without = middle
  }
  return including
}

function hasUnexpectedToken(text: string): boolean {
  try {
    JSON.parse(text)
    return false
  } catch (error) {
    return (error as Error).message.startsWith('Unexpected token')
  }
}

function tooLong(path: string, line: number, length: number, limit: number): WhetstoneError {
  return invalid(path, line, `it has ${length} bytes, the limit is ${limit}`)
}

function invalid(path: string, line: number, reason: string, column?: number): WhetstoneError {
  const place = column === undefined ? `line ${line}` : `line ${line}, column ${column}`
  return new WhetstoneError(
    'JSONL_INVALID',
    `${path}, ${place}: ${reason}`,
    'every line must be one JSON object in UTF-8',
  )
}
