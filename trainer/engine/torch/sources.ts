import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export const sourceFolder = join(import.meta.dirname, 'addon')

/** The text of every source and header of the addon by its name, in order. */
export function readSources(): Map<string, string> {
  const names = readdirSync(sourceFolder).filter((name) => /\.(cc|h)$/.test(name))
  return new Map(names.sort().map((name) => [name, readFileSync(join(sourceFolder, name), 'utf8')]))
}

/** That source and every header of the addon that it includes, also by way of others: their names, in order. */
export function withHeaders(source: string, texts: ReadonlyMap<string, string>): string[] {
  const found = new Set<string>()
  const visit = (name: string) => {
    const text = texts.get(name)
    if (text === undefined || found.has(name)) return
    found.add(name)
    for (const [, header] of text.matchAll(/^\s*#\s*include\s*"([^"]+)"/gm)) visit(header!)
  }
  visit(source)
  return [...found].sort()
}
