import { spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'

const lookMilliseconds = 50
/** Between making a lock file and writing into it lie microseconds; an empty one of this age was left by a crash. */
const emptyMilliseconds = 3000

/**
 * Does `work` while this process alone holds the file, which names it as `<pid> <when it began>`; one left by a process
 * that is gone is taken over, also when its number now belongs to another.
 * `timedOut` makes the error after `seconds` of waiting from the number of the process that holds it.
 */
export async function withLockFile<T>(
  path: string,
  seconds: number,
  timedOut: (holder: number) => Error,
  work: () => Promise<T>,
): Promise<T> {
  const mine = `${process.pid} ${beganAt(process.pid)}`
  const deadline = Date.now() + seconds * 1000
  while (!create(path, mine)) {
    const lock = look(path)
    if (lock && isStale(lock)) remove(path, lock)
    else if (Date.now() > deadline) throw timedOut(lock ? holderOf(lock) : 0)
    await setTimeout(lookMilliseconds)
  }
  try {
    return await work()
  } finally {
    if (look(path)?.text === mine) rmSync(path, { force: true })
  }
}

interface Lock {
  text: string
  inode: number
  /** ms since 1970. */
  written: number
}

function create(path: string, text: string): boolean {
  if (unless(['EEXIST'], () => writeFileSync(path, text, { flag: 'wx' })) === null) return false
  // A process that was halted before it wrote may have lost the empty file.
  return look(path)?.text === text
}

function look(path: string): Lock | null {
  return unless(['ENOENT'], () => {
    const { ino, mtimeMs } = statSync(path)
    return { text: readFileSync(path, 'utf8'), inode: ino, written: mtimeMs }
  })
}

const holderOf = (lock: Lock) => Number(lock.text.split(' ')[0])

function isStale(lock: Lock): boolean {
  if (lock.text === '') return Date.now() - lock.written > emptyMilliseconds
  const pid = holderOf(lock)
  if (!(pid > 0 && isAlive(pid))) return true
  const began = beganAt(pid)
  return began !== '' && lock.text !== `${pid} ${began}`
}

/** Of several that wait, only one gets the stale file by renaming it; a new lock that came in between is put back. */
function remove(path: string, stale: Lock): void {
  const aside = `${path}.${randomUUID()}`
  if (unless(['ENOENT'], () => renameSync(path, aside)) === null) return
  const got = look(aside)
  const same = got?.text === stale.text && got.inode === stale.inode && got.written === stale.written
  if (same || existsSync(path)) rmSync(aside, { force: true })
  else renameSync(aside, path)
}

/** What `act` returns, or null when it fails with one of the codes. */
function unless<T>(codes: string[], act: () => T): T | null {
  try {
    return act()
  } catch (error) {
    if (codes.includes((error as NodeJS.ErrnoException).code ?? '')) return null
    throw error
  }
}

/** Whether a process of that number exists, of whatever account. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** When a process began, in the system's own form, which tells it from later ones of its number; '' when not to be known. */
function beganAt(pid: number): string {
  if (process.platform !== 'linux') {
    return spawnSync('ps', ['-o', 'lstart=', '-p', `${pid}`], { encoding: 'utf8' }).stdout?.trim() ?? ''
  }
  // proc(5): field 22, in clock ticks after boot; the name in field 2 may have spaces and brackets.
  const stat = unless(['ENOENT', 'ESRCH'], () => readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? ''
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
}
