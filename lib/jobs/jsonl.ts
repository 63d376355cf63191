import { createReadStream, createWriteStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { z } from 'zod'

/** Writes one JSON object a line, as fast as the disk takes them; returns how many. */
export async function writeJsonl(path: string, rows: AsyncIterable<unknown>): Promise<number> {
  let count = 0
  async function* lines() {
    for await (const row of rows) {
      count += 1
      yield `${JSON.stringify(row)}\n`
    }
  }
  await pipeline(Readable.from(lines()), createWriteStream(path))
  return count
}

/** Reads what the trainer wrote, a line at a time. */
export async function* readJsonl<S extends z.ZodType>(path: string, schema: S): AsyncGenerator<z.output<S>> {
  for await (const line of createInterface({ input: createReadStream(path) })) {
    if (line !== '') yield schema.parse(JSON.parse(line))
  }
}
