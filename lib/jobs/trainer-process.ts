import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, open, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import type { RecipeKind } from '#trainer/config.ts'
import { parseEvent, type TrainerEvent } from '#trainer/events.ts'

const root = join(import.meta.dirname, '../..')
const cli = join(root, 'trainer/cli.ts')
const followParent = pathToFileURL(join(import.meta.dirname, 'follow-parent.ts')).href
const stderrLines = 20

export interface TrainerExit {
  code: number | null
  signal: NodeJS.Signals | null
  /** The last lines of stderr, for a crash that had no time for an error event. */
  stderr: string[]
}

export interface RunningTrainer {
  readonly pid: number | undefined
  /** The trainer finishes its step, writes a checkpoint, says `stopped` and exits with 0. */
  stop(): void
  kill(): void
  /**
   * Resolves when the process has ended and every event was handled; an error thrown by `onEvent`, or a line that is no
   * event, kills the trainer and rejects.
   */
  ended: Promise<TrainerExit>
}

/** Starts `trainer/cli.ts <recipe> --spec … --out …` and hands its events on, one at a time, in order. */
export async function startTrainer(options: {
  recipe: RecipeKind
  spec: string
  out: string
  /** From the second on, the trainer goes on from what is in `out`; if nothing is there, from the beginning. */
  attempt: number
  onEvent: (event: TrainerEvent) => void | Promise<void>
}): Promise<RunningTrainer> {
  const { recipe, spec, out, attempt, onEvent } = options
  await mkdir(out, { recursive: true })
  const resume = attempt > 1 ? ['--resume'] : []
  const events = eventsFile(out, attempt)
  const stdout = await open(events, 'w')
  const child = spawn(
    process.execPath,
    ['--import', followParent, cli, recipe, '--spec', spec, '--out', out, ...resume],
    {
      cwd: root,
      // Events go to a file, not a pipe: they outlive a worker that is killed before it recorded them.
      stdio: ['pipe', stdout.fd, 'pipe'],
      // Its own group: Ctrl-C in a terminal reaches the worker, which then stops the trainer in order.
      detached: true,
      // TensorFlow's notices would push what matters out of the last lines of stderr.
      env: { TF_CPP_MIN_LOG_LEVEL: '1', ...process.env },
    },
  )
  await stdout.close()
  if (child.pid !== undefined) await writeFile(pidFile(out), String(child.pid))
  return {
    pid: child.pid,
    stop: () => child.kill('SIGTERM'),
    kill: () => child.kill('SIGKILL'),
    ended: follow(child, out, events, onEvent),
  }
}

async function follow(
  child: ChildProcess,
  out: string,
  events: string,
  onEvent: (event: TrainerEvent) => void | Promise<void>,
): Promise<TrainerExit> {
  const ended = new AbortController()
  const closed = (once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>).finally(() =>
    ended.abort(),
  )
  const stderr: string[] = []
  const errors = createInterface({ input: child.stderr! }).on('line', (line) => {
    stderr.push(line)
    if (stderr.length > stderrLines) stderr.shift()
  })
  try {
    for await (const line of tail(events, ended.signal)) await onEvent(parseEvent(line))
    const [code, signal] = await closed
    return { code, signal, stderr }
  } catch (error) {
    child.kill('SIGKILL')
    await closed.catch(() => undefined)
    throw error
  } finally {
    errors.close()
    await rm(pidFile(out), { force: true })
  }
}

const eventsFile = (out: string, attempt: number) => join(out, `events-${attempt}.jsonl`)

/**
 * The events that earlier attempts wrote, one list an attempt. A worker that is killed may not have recorded the last of
 * them, and a resumed trainer does not say again what came before its checkpoint.
 */
export async function* earlierEvents(
  out: string,
  attempt: number,
): AsyncGenerator<AsyncGenerator<TrainerEvent>> {
  for (let earlier = 1; earlier < attempt; earlier++) {
    const file = eventsFile(out, earlier)
    if (existsSync(file)) yield wholeEvents(file)
  }
}

async function* wholeEvents(file: string): AsyncGenerator<TrainerEvent> {
  for await (const line of tail(file, AbortSignal.abort())) yield parseEvent(line)
}

const tailMilliseconds = 50

/** The whole lines of a file that grows, until `ended` and nothing is left; a last line cut short is left out. */
async function* tail(path: string, ended: AbortSignal): AsyncGenerator<string> {
  const file = await open(path)
  const buffer = Buffer.alloc(65_536)
  let rest = Buffer.alloc(0)
  try {
    for (;;) {
      // Asked before reading: what was written before the end is then read.
      const last = ended.aborted
      const { bytesRead } = await file.read(buffer, 0, buffer.length)
      if (bytesRead === 0) {
        if (last) return
        await pause(tailMilliseconds)
        continue
      }
      rest = Buffer.concat([rest, buffer.subarray(0, bytesRead)])
      for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
        const line = rest.toString('utf8', 0, end)
        rest = rest.subarray(end + 1)
        if (line !== '') yield line
      }
    }
  } finally {
    await file.close()
  }
}

const pidFile = (out: string) => join(out, 'trainer.pid')

/**
 * Ends a trainer that a killed worker left behind in `out`, so that two never write there. It normally ends by itself (see
 * follow-parent.ts), but only between two steps. A process id that meanwhile belongs to another program is left alone.
 */
export async function endOrphan(out: string): Promise<void> {
  if (!existsSync(pidFile(out))) return
  const pid = Number(await readFile(pidFile(out), 'utf8'))
  while (Number.isInteger(pid) && pid > 1 && (await isTrainerOf(pid, out))) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
    }
    await pause(20)
  }
  await rm(pidFile(out), { force: true })
}

async function isTrainerOf(pid: number, out: string): Promise<boolean> {
  const command = existsSync('/proc/self/cmdline')
    ? await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
    : await commandOf(pid)
  return command.includes(out)
}

/** For systems without /proc. */
async function commandOf(pid: number): Promise<string> {
  const ps = spawn('ps', ['-o', 'args=', '-p', String(pid)], { stdio: ['ignore', 'pipe', 'ignore'] })
  let text = ''
  for await (const chunk of ps.stdout) text += chunk
  return text
}
