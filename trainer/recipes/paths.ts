import { resolve } from 'node:path'
import type { RecipeKind, Specs } from '#trainer/config.ts'

/** The spec with every path in it made absolute, relative ones taken from `folder`. */
export function resolvePaths<K extends RecipeKind>(spec: Specs[K], folder: string): Specs[K] {
  const fields = spec as Record<string, unknown>
  const resolved: Record<string, unknown> = { ...fields }
  for (const key of ['policy', 'reward', 'reference', 'model'])
    if (typeof fields[key] === 'string') resolved[key] = resolve(folder, fields[key])
  if (isRecord(fields.model) && typeof fields.model.path === 'string')
    resolved.model = { path: resolve(folder, fields.model.path) }
  if (isRecord(fields.data))
    resolved.data = Object.fromEntries(
      Object.entries(fields.data).map(([key, path]) => [
        key,
        typeof path === 'string' ? resolve(folder, path) : path,
      ]),
    )
  return resolved as Specs[K]
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
