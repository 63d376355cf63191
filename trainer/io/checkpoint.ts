import { createHash } from 'node:crypto'
import {
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { WhetstoneError } from '#trainer/errors.ts'
import { diskFull, writeFolder } from './atomic.ts'

/**
 * Checkpoints are folders DIR/checkpoints/step-00000040 with a manifest.json that names every file, its size and its sha256. One is
 * written by io/atomic.ts: under its own name it is whole or not there.
 */

interface Manifest {
  step: number
  files: Record<string, { bytes: number; sha256: string }>
}

export interface Checkpoint {
  step: number
  path: string
  /** Of its manifest.json, which has that of every other file. */
  sha256: string
}

/**
 * Writes a checkpoint, then removes those of later steps, which a run that goes on below them has refused, and of the rest all but
 * the newest `keep`. `write` fills the empty folder that it is given.
 * Throws DISK_FULL naming the checkpoint; the checkpoints before it stay as they were.
 */
export async function saveCheckpoint(
  folder: string,
  { step, keep = 2, write }: { step: number; keep?: number; write: (folder: string) => Promise<void> },
): Promise<Checkpoint> {
  const path = join(folder, nameOf(step))
  let text = ''
  await explainFullDisk(path, () =>
    writeFolder(path, async (temporary) => {
      await write(temporary)
      const files: Manifest['files'] = {}
      for (const file of filesOf(temporary))
        files[file] = {
          bytes: statSync(join(temporary, file)).size,
          sha256: sha256OfFile(join(temporary, file)),
        }
      text = `${JSON.stringify({ step, files } satisfies Manifest, null, 1)}\n`
      writeFileSync(join(temporary, 'manifest.json'), text)
    }),
  )
  const names = namesIn(folder)
  const own = names.indexOf(nameOf(step))
  for (const old of [...names.slice(0, own), ...names.slice(own + keep)])
    rmSync(join(folder, old), { recursive: true, force: true })
  return { step, path, sha256: createHash('sha256').update(text).digest('hex') }
}

/**
 * The newest checkpoint that is whole, or null. A truncated or altered one is passed over and listed in `refused` with the reason.
 */
export function latestCheckpoint(folder: string): { checkpoint: Checkpoint | null; refused: string[] } {
  const refused: string[] = []
  for (const name of namesIn(folder)) {
    const path = join(folder, name)
    const problem = problemOf(path)
    if (problem === null) {
      const text = readFileSync(join(path, 'manifest.json'), 'utf8')
      const { step } = JSON.parse(text) as Manifest
      return { checkpoint: { step, path, sha256: createHash('sha256').update(text).digest('hex') }, refused }
    }
    refused.push(`${path}: ${problem}`)
  }
  return { checkpoint: null, refused }
}

/** The sha256 of a file of any size, in hex. Of weights in shards, where `path` names the one file that they would be, of all shards in order. */
export function sha256OfFile(path: string): string {
  const hash = createHash('sha256')
  const part = Buffer.alloc(1 << 22)
  for (const each of existsSync(path) ? [path] : shardsOf(path)) {
    const descriptor = openSync(each, 'r')
    try {
      for (let count = readSync(descriptor, part); count > 0; count = readSync(descriptor, part))
        hash.update(part.subarray(0, count))
    } finally {
      closeSync(descriptor)
    }
  }
  return hash.digest('hex')
}

/** The shards of `model.safetensors` that its index names, or the path itself. */
function shardsOf(path: string): string[] {
  if (!existsSync(`${path}.index.json`)) return [path]
  const { weight_map: map } = JSON.parse(readFileSync(`${path}.index.json`, 'utf8')) as {
    weight_map: Record<string, string>
  }
  return [...new Set(Object.values(map))].sort().map((shard) => join(dirname(path), shard))
}

/** Runs `work`; a full disk, quota or file size limit anywhere in it becomes DISK_FULL naming `path`, with the bytes that it named. */
export async function explainFullDisk<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof WhetstoneError && error.code === 'DISK_FULL')
      throw new WhetstoneError('DISK_FULL', `no space left to write ${path}: ${error.message}`, error.hint, {
        cause: error,
      })
    throw diskFull(error, path) ?? error
  }
}

/** Why a checkpoint cannot be used, or null. */
function problemOf(path: string): string | null {
  const manifestPath = join(path, 'manifest.json')
  if (!existsSync(manifestPath)) return 'it has no manifest.json'
  let manifest: Manifest
  try {
    manifest = JSON.parse(readFileSync(manifestPath, 'utf8')) as Manifest
  } catch (error) {
    return `manifest.json cannot be read: ${(error as Error).message}`
  }
  if (nameOf(manifest.step) !== basename(path)) return `its manifest is of step ${manifest.step}`
  for (const [file, { bytes, sha256 }] of Object.entries(manifest.files)) {
    const full = join(path, file)
    if (!existsSync(full)) return `${file} is missing`
    const size = statSync(full).size
    if (size !== bytes) return `${file} has ${size} bytes, expected ${bytes}`
    if (sha256OfFile(full) !== sha256) return `${file} has another sha256 than its manifest says`
  }
  return null
}

function nameOf(step: number): string {
  return `step-${String(step).padStart(8, '0')}`
}

/** Newest first. */
function namesIn(folder: string): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter((name) => /^step-\d{8}$/.test(name))
    .sort()
    .reverse()
}

function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort()
}
