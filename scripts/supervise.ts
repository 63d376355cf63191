import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'

export interface Supervised {
  name: string
  readonly pid: number | undefined
  /** SIGTERM, then SIGKILL when it has not ended within its grace; at once when forced. */
  stop(force: boolean): Promise<void>
}

/** Runs a Node program, again after a growing pause when it dies, until stopped. */
export function supervise(options: {
  name: string
  args: string[]
  cwd: string
  env: NodeJS.ProcessEnv
  /** Where its output goes; undefined means this terminal. */
  logFile: string | undefined
  /** Milliseconds between SIGTERM and SIGKILL. */
  grace: number
  /** Called each time that it runs under a new process id. */
  onLaunch: () => void
}): Supervised {
  let child: ChildProcess
  let ended: Promise<void>
  let stopping = false
  let failures = 0
  const launch = () => {
    const log = options.logFile === undefined ? undefined : openSync(options.logFile, 'a')
    const output = log ?? ('inherit' as const)
    // Its own process group: Ctrl-C reaches only the supervisor, which then stops the children in order.
    child = spawn(process.execPath, options.args, {
      cwd: options.cwd,
      env: options.env,
      detached: true,
      stdio: ['ignore', output, output],
    })
    if (log !== undefined) closeSync(log)
    const launchedAt = Date.now()
    ended = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        resolve()
        if (stopping) return
        failures = Date.now() - launchedAt > 60_000 ? 0 : failures + 1
        const delay = Math.min(30_000, 500 * 2 ** failures)
        console.error(
          `whetstone: ${options.name} ended (${signal ?? code}); starting it again in ${delay / 1000} s`,
        )
        setTimeout(() => !stopping && launch(), delay)
      })
    })
    queueMicrotask(options.onLaunch)
  }
  launch()
  return {
    name: options.name,
    get pid() {
      return child.pid
    },
    async stop(force) {
      stopping = true
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill(force ? 'SIGKILL' : 'SIGTERM')
      // Next waits for open streams to end, which those of a page that watches a run do not.
      const impatience = setTimeout(() => child.kill('SIGKILL'), options.grace)
      await ended
      clearTimeout(impatience)
    },
  }
}
