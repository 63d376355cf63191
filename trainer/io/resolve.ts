import { createHash } from 'node:crypto'
import { existsSync, realpathSync, statSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { WhetstoneError } from '#trainer/errors.ts'
import { importGguf } from './gguf/import.ts'
import { downloadModel, type Report } from './hub.ts'
import { downloadedModel, isHubName, modelStore } from './store.ts'

/**
 * The folder of a model that is named by a folder, a GGUF file (converted once into the store) or owner/name on the hub, where wanted with
 * @ and a revision (downloaded once; later uses need no network, unless `refresh` asks for what is new). Relative paths are taken
 * from `from`. Throws MODEL_MISSING, and what gguf/import.ts and hub.ts throw.
 */
export async function resolveModel(
  name: string,
  {
    from = process.cwd(),
    refresh = false,
    report = () => {},
  }: { from?: string; refresh?: boolean; report?: Report } = {},
): Promise<string> {
  const path = resolve(from, name)
  if (existsSync(path)) return statSync(path).isFile() ? converted(path, report) : path
  if (!isHubName(name) || /\.(gguf|safetensors)$/.test(name))
    throw new WhetstoneError(
      'MODEL_MISSING',
      `there is no ${path}`,
      'give a model folder, a .gguf file, or owner/name of a model on the hub',
    )
  const here = downloadedModel(name)
  if (here && !refresh) return here
  report(`downloading ${name}`)
  return downloadModel(name, report)
}

/** A GGUF file's folder in the store, by its path, size and time. */
async function converted(path: string, report: Report): Promise<string> {
  if (!path.endsWith('.gguf'))
    throw new WhetstoneError(
      'MODEL_MISSING',
      `${path} is a file, and no .gguf`,
      'give the folder that the file lies in',
    )
  const { size, mtimeMs } = statSync(path)
  const key = createHash('sha256')
    .update(`${realpathSync(path)} ${size} ${mtimeMs}`)
    .digest('hex')
    .slice(0, 10)
  const folder = join(modelStore(), 'gguf', `${basename(path, '.gguf').replaceAll(/[^\w.-]/g, '_')}-${key}`)
  if (existsSync(folder)) return folder
  for (const line of await importGguf(path, folder)) report(line)
  return folder
}
