import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, readlinkSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { WhetstoneError } from '#lib/errors.ts'

const root = join(import.meta.dirname, '..')

/** Who serves a home: written by the one supervisor it has, read by whoever starts a second time. */
export interface Registration {
  supervisor: number
  /** Absent until the app is being started. */
  url?: string
  databaseUrl?: string
  children: { name: string; pid: number }[]
}

/**
 * Takes the home for this process, or returns the registration of the living supervisor that serves it already. What a
 * killed supervisor left behind is ended first; a living one is waited for, never disturbed.
 * @throws WhetstoneError CONFLICT when a living supervisor does not answer within `patience` milliseconds
 */
export async function claimHome(
  file: string,
  options: { patience?: number; signal?: AbortSignal } = {},
): Promise<Registration | null> {
  const deadline = Date.now() + (options.patience ?? 180_000)
  for (;;) {
    options.signal?.throwIfAborted()
    try {
      const own: Registration = { supervisor: process.pid, children: [] }
      writeFileSync(file, JSON.stringify(own), { flag: 'wx', mode: 0o600 })
      return null
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    const other = readRegistration(file)
    if (!other || !isOurs(other.supervisor)) {
      await endLeftBehind(other)
      rmSync(file, { force: true })
    } else if (other.url && (await answers(other.url))) {
      return other
    } else if (Date.now() > deadline) {
      throw new WhetstoneError(
        'CONFLICT',
        `Another Whetstone (process ${other.supervisor}) has this home and does not answer.`,
        `Read the files under logs/ beside ${file}, or end process ${other.supervisor} and start again.`,
      )
    } else {
      await pause(500)
    }
  }
}

/** Replaces the registration whole: a reader never sees half of it. The URL of the database carries a password. */
export function writeRegistration(file: string, registration: Registration): void {
  const draft = `${file}.${process.pid}`
  writeFileSync(draft, JSON.stringify(registration), { mode: 0o600 })
  renameSync(draft, file)
}

/** Whether the app at this address answers as healthy. */
export async function answers(url: string): Promise<boolean> {
  const options = { signal: AbortSignal.timeout(5000) }
  const answer = await fetch(`${url}/api/health`, options).catch(() => null)
  return answer?.ok ?? false
}

function readRegistration(file: string): Registration | null {
  if (!existsSync(file)) return null
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Registration
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    // Written half by a process that was killed in the middle; it names nobody.
    return null
  }
}

async function endLeftBehind(registration: Registration | null): Promise<void> {
  const living = () => registration?.children.filter(({ pid }) => isOurs(pid)) ?? []
  for (const { pid } of living()) process.kill(pid, 'SIGTERM')
  for (const deadline = Date.now() + 10_000; living().length > 0 && Date.now() < deadline; ) await pause(100)
  for (const { pid } of living()) process.kill(pid, 'SIGKILL')
}

/** Whether a living process with this id works in this checkout; a number that another program got since does not. */
export function isOurs(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch {
    // Gone, or another user's: in both cases none of ours.
    return false
  }
  if (process.platform !== 'linux') {
    const { stdout } = spawnSync('lsof', ['-a', '-p', String(pid), '-d', 'cwd', '-Fn'], { encoding: 'utf8' })
    return stdout?.split('\n').includes(`n${root}`) ?? false
  }
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === root
  } catch {
    // It ended between the two looks.
    return false
  }
}
