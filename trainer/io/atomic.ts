import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
} from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { WhetstoneError } from '#trainer/errors.ts'

/**
 * Writes a folder so that it is either wholly there or not at all: `write` fills a hidden temporary sibling, whose
 * files are flushed to the disk before it takes the place of `folder` (replacing an older one). On any failure
 * the temporary folder is removed and the older one stays; what a killed process left of one goes with the next write.
 * Where another process has meanwhile put a folder of the same content there, that one stays.
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
      // Another process may have finished the same folder in between.
      if (!existsSync(target) && existsSync(replaced)) renameSync(replaced, target)
      else if (isTaken(error) && sameContent(temporary, target)) return
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

const isTaken = (error: unknown) =>
  ['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')

/** Whether two folders hold files of the same names and bytes. */
export function sameContent(one: string, other: string): boolean {
  const list = (folder: string) => readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()
  const names = list(one)
  return (
    names.join('\0') === list(other).join('\0') &&
    names.every((name) => sameEntry(join(one, name), join(other, name)))
  )
}

function sameEntry(one: string, other: string): boolean {
  const [a, b] = [statSync(one), statSync(other)]
  if (a.isDirectory() || b.isDirectory()) return a.isDirectory() && b.isDirectory()
  if (a.size !== b.size) return false
  const buffers = [Buffer.alloc(1 << 20), Buffer.alloc(1 << 20)] as const
  const first = openSync(one, 'r')
  const second = openSync(other, 'r')
  try {
    for (let at = 0; at < a.size; ) {
      const count = readSync(first, buffers[0], 0, buffers[0].length, at)
      if (count === 0 || readSync(second, buffers[1], 0, count, at) !== count) return false
      if (buffers[0].compare(buffers[1], 0, count, 0, count) !== 0) return false
      at += count
    }
    return true
  } finally {
    closeSync(first)
    closeSync(second)
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
