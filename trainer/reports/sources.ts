import { createHash } from 'node:crypto'
import { createReadStream, existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, isAbsolute, join } from 'node:path'
import { hubOrigin } from '#trainer/io/store.ts'

/** A file or a model that a run reads, named without its place on this machine. */
export interface Source {
  /** The name of its field in the spec. */
  role: string
  name: string
  sha256: string
  /** Of a data file. */
  lines?: number
  /** Of a model that comes from huggingface.co. */
  hubId?: string
}

/** What a spec names under `data`; what is not there is left to the recipe, which says so. */
export function dataSources(spec: object): Promise<Source[]> {
  const { data = {} } = spec as { data?: Record<string, unknown> }
  return sourcesOf(Object.entries(data).map(([role, path]) => [`data.${role}`, path]))
}

/** The models that a spec names by their folders. */
export function modelSources(spec: object): Promise<Source[]> {
  const given = Object.entries(spec).map(([role, value]): [string, unknown] => [
    role,
    typeof value === 'string' ? value : (value as { path?: unknown } | null)?.path,
  ])
  return sourcesOf(given.filter(([, path]) => typeof path === 'string' && isAbsolute(path) && isFolder(path)))
}

/** The sha256 of a model is that of its weights, all files one after the other. */
async function sourcesOf(given: readonly [string, unknown][]): Promise<Source[]> {
  const sources: Source[] = []
  for (const [role, path] of given) {
    if (typeof path !== 'string' || !existsSync(path)) continue
    const name = basename(path)
    if (!isFolder(path)) {
      sources.push({ role, name, ...(await measure([path])) })
      continue
    }
    const files = readdirSync(path).filter((file) => file.endsWith('.safetensors'))
    const { sha256 } = await measure(files.sort().map((file) => join(path, file)))
    sources.push({ role, name, sha256, hubId: hubIdOf(path) })
  }
  return sources
}

const isFolder = (path: string) => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false

async function measure(paths: readonly string[]): Promise<{ sha256: string; lines: number }> {
  const hash = createHash('sha256')
  let lines = 0
  let last = 10
  for (const path of paths)
    for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
      hash.update(chunk)
      for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) lines++
      last = chunk.at(-1) ?? last
    }
  return { sha256: hash.digest('hex'), lines: last === 10 ? lines : lines + 1 }
}

/** By what a download notes in its folder, or by the base_model that the front matter of its card names. */
function hubIdOf(folder: string): string | undefined {
  const origin = hubOrigin(folder)
  if (origin) return origin.repository
  const card = join(folder, 'README.md')
  const text = existsSync(card) ? readFileSync(card, 'utf8') : ''
  const [, front = ''] = /^---\r?\n(.*?)\r?\n---/s.exec(text) ?? []
  return /^base_model:\s*["']?([\w.-]+\/[\w.-]+)["']?\s*$/m.exec(front)?.[1]
}
