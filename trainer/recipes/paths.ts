import { resolve } from 'node:path'
import type { RecipeKind, Specs } from '#trainer/config.ts'
import { resolveModel } from '#trainer/io/resolve.ts'

/**
 * The spec with every file in it made an absolute path, relative ones taken from `folder`, and every model a folder: one that is named by a
 * GGUF file or by owner/name on the hub is converted or downloaded first, of which `report` tells. Throws what io/resolve.ts throws.
 */
export async function resolvePaths<K extends RecipeKind>(
  spec: Specs[K],
  folder: string,
  report: (message: string) => void = () => {},
): Promise<Specs[K]> {
  const fields = spec as Record<string, unknown>
  const resolved: Record<string, unknown> = { ...fields }
  const model = (name: string) => resolveModel(name, { from: folder, report })
  for (const key of ['policy', 'reward', 'reference', 'model'])
    if (typeof fields[key] === 'string') resolved[key] = await model(fields[key])
  if (isRecord(fields.model) && typeof fields.model.path === 'string')
    resolved.model = { path: await model(fields.model.path) }
  if (isRecord(fields.data)) {
    const data: Record<string, unknown> = { ...fields.data }
    for (const [key, path] of Object.entries(fields.data))
      if (typeof path === 'string')
        data[key] = key === 'goldReward' ? await model(path) : resolve(folder, path)
    resolved.data = data
  }
  return resolved as Specs[K]
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
