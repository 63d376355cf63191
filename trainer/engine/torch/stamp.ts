import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { readSources } from './sources.ts'

/** What an addon was built from, in a file beside it. */
export interface Stamp {
  key: string
  /** The identity and the folder of its libtorch. */
  libtorch: string
  folder: string
  compiler: string
  compilerVersion: string
  processor: string
  /** Of all sources and headers. */
  sources?: string
}

export const stampPath = (addon: string) => `${addon}.built-from.json`

/** The stamp beside the addon, or undefined. */
export function readStamp(addon: string): Stamp | undefined {
  const path = stampPath(addon)
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Stamp) : undefined
}

/** Why the addon must not be loaded: its functions may be others, its instructions unknown. Undefined where it may. */
export function staleness(addon: string): string | undefined {
  const stamp = readStamp(addon)
  if (!stamp) return undefined
  if (stamp.processor !== processor()) return `${addon} is built for another processor`
  if (stamp.sources && stamp.sources !== hashOfSources()) return `${addon} is built from other sources`
  return undefined
}

export const hashOfSources = () => hashOf([...readSources()])

/** The processor's name and features, for which -march=native compiles. */
export function processor(): string {
  if (!existsSync('/proc/cpuinfo')) return process.arch
  const lines = readFileSync('/proc/cpuinfo', 'utf8').split('\n')
  const line = (name: RegExp) => lines.find((each) => name.test(each)) ?? ''
  const features = hashOf(line(/^(flags|Features)\s*:/)).slice(0, 16)
  return `${process.arch} ${line(/^model name\s*:/).replace(/^.*:\s*/, '')} ${features}`
}

export function hashOf(...parts: unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex')
}
