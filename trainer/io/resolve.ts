import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { WhetstoneError } from '#trainer/errors.ts'
import { withLockFile } from '#trainer/lock-file.ts'
import { importGguf } from './gguf/import.ts'
import { downloadModel, type Report } from './hub.ts'
import { downloadedModel, isHubName, modelStore } from './store.ts'

/**
 * The folder of a model that is named by a folder, a GGUF file (converted once into the store) or owner/name on the hub, where wanted with
 * @ and a revision (downloaded once; later uses need no network, unless `refresh` asks for what is new). Relative paths are taken
 * from `from`; what is missing in a folder that is there is no name on the hub. Throws MODEL_MISSING, MODEL_BUSY, and what gguf/import.ts and hub.ts throw.
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
  const owner = resolve(from, name, '..')
  if (!here && statSync(owner, { throwIfNoEntry: false })?.isDirectory())
    throw new WhetstoneError(
      'MODEL_MISSING',
      `there is no ${path}`,
      `correct the name of what lies in ${owner}; if the hub's ${name} is meant, download it first, from another folder: npm run model -- import ${name}`,
    )
  report(`downloading ${name}`)
  return downloadModel(name, { report, refresh })
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
  mkdirSync(dirname(folder), { recursive: true })
  const busy = (holder: number) =>
    new WhetstoneError(
      'MODEL_BUSY',
      `process ${holder} has been converting ${path} for an hour`,
      'wait for it or end it, then try again',
    )
  await withLockFile(`${folder}.lock`, 3600, busy, async () => {
    // Another process may have converted it while this one waited.
    if (existsSync(folder)) return
    for (const line of await importGguf(path, folder)) report(line)
  })
  return folder
}
