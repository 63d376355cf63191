import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statfsSync,
} from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { WhetstoneError } from '#trainer/errors.ts'

/**
 * Writes a folder so that it is either wholly there or not at all: `write` fills a hidden temporary sibling, whose
 * files are flushed to the disk before it takes the place of `folder` (replacing an older one). On any failure
 * the temporary folder is removed and the older one stays; what a killed process left of one goes with the next write.
 * `neededBytes` is named when the disk is full. Throws DISK_FULL, or what `write` threw.
 */
export async function writeFolder(
  folder: string,
  write: (temporary: string) => void | Promise<void>,
  { neededBytes }: { neededBytes?: number } = {},
): Promise<void> {
  const target = resolve(folder)
  const parent = dirname(target)
  const temporary = join(parent, `.${basename(target)}.${process.pid}.writing`)
  const replaced = join(parent, `.${basename(target)}.${process.pid}.replaced`)
  try {
    mkdirSync(parent, { recursive: true })
    removeAbandoned(target)
    rmSync(temporary, { recursive: true, force: true })
    mkdirSync(temporary)
    await write(temporary)
    flush(temporary)
    if (existsSync(target)) renameSync(target, replaced)
    try {
      renameSync(temporary, target)
    } catch (error) {
      if (existsSync(replaced)) renameSync(replaced, target)
      throw error
    }
    flushOne(parent)
  } catch (error) {
    throw diskFull(error, target, neededBytes) ?? error
  } finally {
    rmSync(temporary, { recursive: true, force: true })
    rmSync(replaced, { recursive: true, force: true })
  }
}

/**
 * Removes the hidden siblings of `target` whose process is gone. The older folder that a process had set aside when it was killed
 * comes back first where nothing has taken its place.
 */
function removeAbandoned(target: string): void {
  const parent = dirname(target)
  for (const name of readdirSync(parent)) {
    const [, of, pid, state] = /^\.(.+)\.(\d+)\.(writing|replaced)$/.exec(name) ?? []
    if (of !== basename(target) || isRunning(Number(pid))) continue
    if (state === 'replaced' && !existsSync(target)) renameSync(join(parent, name), target)
    else rmSync(join(parent, name), { recursive: true, force: true })
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // EPERM: it runs, under another user.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}

/** fsync of every file below the folder, then of the folders. */
function flush(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) flush(path)
    else flushOne(path)
  }
  flushOne(folder)
}

function flushOne(path: string): void {
  const descriptor = openSync(path, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

/** The error that says so when the cause is a full disk, quota or file size limit, otherwise undefined. */
export function diskFull(error: unknown, path: string, neededBytes?: number): WhetstoneError | undefined {
  const code = (error as NodeJS.ErrnoException | undefined)?.code
  if (code !== 'ENOSPC' && code !== 'EDQUOT' && code !== 'EFBIG') return undefined
  const free = freeBytes(path)
  const room = [
    free === undefined ? '' : `${free} bytes are free`,
    neededBytes === undefined ? '' : `${neededBytes} bytes are needed`,
  ]
  const numbers = room.filter(Boolean).join(', ')
  return new WhetstoneError(
    'DISK_FULL',
    `the disk is full while writing ${path}${numbers && `: ${numbers}`}`,
    'free some space (old checkpoints?) or choose another folder, then resume: what was written before is untouched',
    { cause: error },
  )
}

/** Of the nearest folder above `path` that exists, or undefined where the system does not say. */
function freeBytes(path: string): number | undefined {
  let folder = dirname(path)
  while (!existsSync(folder) && folder !== dirname(folder)) folder = dirname(folder)
  try {
    const { bavail, bsize } = statfsSync(folder)
    return bavail * bsize
  } catch {
    // The number is an aid; the full disk is what must be told.
    return undefined
  }
}
