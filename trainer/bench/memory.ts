import { readFileSync, writeFileSync } from 'node:fs'

/** Bytes of main memory that this process holds, and held at most since the last reset (Linux; elsewhere both are the present). */
export function residentMemory(reset: boolean): { now: number; peak: number } {
  globalThis.gc?.()
  if (process.platform !== 'linux') {
    const now = process.memoryUsage.rss()
    return { now, peak: now }
  }
  const status = readFileSync('/proc/self/status', 'utf8')
  const bytes = (key: string) => 1024 * Number(new RegExp(`^${key}:\\s+(\\d+) kB`, 'm').exec(status)![1])
  const memory = { now: bytes('VmRSS'), peak: bytes('VmHWM') }
  // man 5 proc: 5 resets the peak resident set size.
  if (reset) writeFileSync('/proc/self/clear_refs', '5')
  return memory
}
