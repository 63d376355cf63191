import { createHash } from 'node:crypto'
import { createReadStream, existsSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'

/** A file or a model that a run reads, named without its place on this machine. */
export interface Source {
  /** The name of its field in the spec. */
  role: string
  name: string
  sha256: string
  /** Of a data file. */
  lines?: number
  /** Of a model whose card names one of huggingface.co. */
  hubId?: string
}

/** The data files of a spec; those that are not there are left to the recipe, which says so. */
export async function dataSources(spec: object): Promise<Source[]> {
  const { data = {} } = spec as { data?: Record<string, unknown> }
  const sources: Source[] = []
  for (const [role, path] of Object.entries(data))
    if (typeof path === 'string' && existsSync(path))
      sources.push({ role: `data.${role}`, name: basename(path), ...(await measure(path)) })
  return sources
}

/** The models that a spec names by their folders: the sha256 is that of their weights. */
export async function modelSources(spec: object): Promise<Source[]> {
  const sources: Source[] = []
  for (const [role, given] of Object.entries(spec)) {
    const folder = typeof given === 'string' ? given : (given as { path?: unknown } | null)?.path
    if (typeof folder !== 'string') continue
    const weights = join(folder, 'model.safetensors')
    if (!existsSync(weights)) continue
    const { sha256 } = await measure(weights)
    sources.push({ role, name: basename(folder), sha256, hubId: hubIdIn(join(folder, 'README.md')) })
  }
  return sources
}

async function measure(path: string): Promise<{ sha256: string; lines: number }> {
  const hash = createHash('sha256')
  let lines = 0
  let last = 10
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    hash.update(chunk)
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) lines++
    last = chunk.at(-1) ?? last
  }
  return { sha256: hash.digest('hex'), lines: last === 10 ? lines : lines + 1 }
}

/** The base_model that a card's front matter names. */
function hubIdIn(card: string): string | undefined {
  if (!existsSync(card)) return undefined
  const [, front] = /^---\r?\n(.*?)\r?\n---/s.exec(readFileSync(card, 'utf8')) ?? []
  return /^base_model:\s*["']?([\w.-]+\/[\w.-]+)["']?\s*$/m.exec(front ?? '')?.[1]
}
