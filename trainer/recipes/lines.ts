import { closeSync, existsSync, fsyncSync, openSync, readFileSync, truncateSync, writeSync } from 'node:fs'

/**
 * How many whole lines a JSONL file has. A last line cut short by a crash is removed; a run that does not resume begins with an
 * empty file.
 */
export function wholeLines(path: string, resume: boolean): number {
  if (!resume || !existsSync(path)) {
    closeSync(openSync(path, 'w'))
    return 0
  }
  const bytes = readFileSync(path)
  const end = bytes.lastIndexOf(10) + 1
  if (end < bytes.length) truncateSync(path, end)
  let lines = 0
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) lines++
  return lines
}

/** Appends objects as lines and waits until they are on the disk. */
export function appendLines(path: string, lines: readonly unknown[]): void {
  const bytes = Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
  const descriptor = openSync(path, 'a')
  try {
    for (let done = 0; done < bytes.length; ) done += writeSync(descriptor, bytes, done)
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
