import { mkdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { env } from '#lib/env.ts'
import { WhetstoneError } from '#lib/errors.ts'
import { ensurePostgres, type RunningPostgres } from '#lib/postgres.ts'
import { migrate } from '#prisma/migrate.ts'
import { buildIfStale } from './build.ts'
import { answers, claimHome, writeRegistration } from './registration.ts'
import { type Supervised, supervise } from './supervise.ts'

const root = join(import.meta.dirname, '..')

export interface StartOptions {
  /** Where the app listens; by default PORT or 3000, or the next free one. */
  port?: number
  /** `next dev` instead of the production build. */
  dev?: boolean
  /** Children write to files under `<home>/logs` only, not to this terminal. */
  quiet?: boolean
  /** Ends a start that is under way; what it had started is stopped before it throws. */
  signal?: AbortSignal
}

export interface Services {
  url: string
  databaseUrl: string
  /** Stops what this call started, worker first; returns when all have ended. Forced, a step under way is lost. */
  stop(force?: boolean): Promise<void>
}

/**
 * Starts Postgres, applies migrations, and runs the app and the worker, each started again if it dies.
 * When a living supervisor already serves this home, joins it instead; what a killed one left behind is ended first.
 * @throws WhetstoneError CONFLICT (port, home), INTERNAL (build), UNAVAILABLE (no answer)
 */
export async function startServices(options: StartOptions = {}): Promise<Services> {
  const { home, host } = env()
  const { signal } = options
  mkdirSync(join(home, 'logs'), { recursive: true })
  const registration = join(home, 'services.json')
  const running = await claimHome(registration, { signal })
  if (running) return { url: running.url!, databaseUrl: running.databaseUrl!, stop: async () => {} }

  const children: Supervised[] = []
  let postgres: RunningPostgres | undefined
  let watch: NodeJS.Timeout | undefined
  const stop = async (force = false) => {
    clearInterval(watch)
    for (const child of children.toReversed()) await child.stop(force)
    await postgres?.stop()
    rmSync(registration, { force: true })
  }
  try {
    postgres = await ensurePostgres()
    const databaseUrl = postgres.url
    watch = keepAlive(postgres)
    signal?.throwIfAborted()
    await migrate(databaseUrl)
    if (!options.dev) await buildIfStale(options.quiet ?? false, signal)
    const port = await choosePort(options.port)
    const reached = ['127.0.0.1', '0.0.0.0', '::'].includes(host) ? 'localhost' : host
    const url = `http://${reached}:${port}`
    const register = () =>
      writeRegistration(registration, {
        supervisor: process.pid,
        url,
        databaseUrl,
        children: children.flatMap(({ name, pid }) => (pid ? [{ name, pid }] : [])),
      })
    const common = {
      cwd: root,
      env: {
        ...process.env,
        WHETSTONE_HOME: home,
        DATABASE_URL: databaseUrl,
        PORT: String(port),
        BETTER_AUTH_URL: process.env.BETTER_AUTH_URL || url,
        NODE_ENV: options.dev ? 'development' : 'production',
        NEXT_TELEMETRY_DISABLED: '1',
      } as NodeJS.ProcessEnv,
      onLaunch: register,
    }
    const log = (name: string) => (options.quiet ? join(home, `logs/${name}.log`) : undefined)
    const next = [join(root, 'node_modules/next/dist/bin/next'), options.dev ? 'dev' : 'start']
    children.push(
      supervise({
        ...common,
        name: 'app',
        args: [...next, '--port', String(port), '--hostname', host],
        logFile: log('app'),
        grace: 5_000,
      }),
      supervise({
        ...common,
        name: 'worker',
        args: [join(root, 'lib/jobs/worker.ts')],
        logFile: log('worker'),
        // The trainer finishes its step and writes a checkpoint.
        grace: 120_000,
      }),
    )
    await untilHealthy(url, join(home, 'logs/app.log'), signal)
    return { url, databaseUrl, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Looks every two seconds whether Postgres still runs; app and worker find it again by themselves. */
function keepAlive(postgres: RunningPostgres): NodeJS.Timeout {
  let looking = false
  const watch = setInterval(async () => {
    if (looking) return
    looking = true
    try {
      if (await postgres.revive()) console.error('whetstone: Postgres had ended; it runs again')
    } catch (error) {
      // A killed server's processes may still hold its memory; the next look tries again.
      console.error(`whetstone: Postgres does not start: ${(error as Error).message}`)
    } finally {
      looking = false
    }
  }, 2000)
  return watch.unref()
}

async function untilHealthy(url: string, log: string, signal?: AbortSignal): Promise<void> {
  const deadline = Date.now() + 120_000
  while (Date.now() < deadline) {
    signal?.throwIfAborted()
    if (await answers(url)) return
    await pause(250)
  }
  throw new WhetstoneError('UNAVAILABLE', `The app did not answer on ${url} within 120 s.`, `Read ${log}`)
}

async function choosePort(wanted: number | undefined): Promise<number> {
  const first = wanted ?? env().port
  for (let port = first; port < first + 20; port++) {
    if (await isFree(port)) {
      if (port !== first) console.error(`whetstone: port ${first} is in use; using ${port}`)
      return port
    }
    if (wanted !== undefined) break
  }
  throw new WhetstoneError(
    'CONFLICT',
    `Port ${first} is in use.`,
    'Stop the program that listens there, or set PORT.',
  )
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen(port, env().host, () => probe.close(() => resolve(true)))
  })
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { dev: { type: 'boolean' }, port: { type: 'string' } } })
  const startup = new AbortController()
  const starting = startServices({
    dev: values.dev ?? false,
    signal: startup.signal,
    ...(values.port ? { port: Number(values.port) } : {}),
  })
  let asked = 0
  const stop = async () => {
    asked++
    if (asked === 1)
      console.error(
        'whetstone: stopping; a running training step is finished and checkpointed (once more: at once)',
      )
    startup.abort()
    const services = await starting.catch(() => undefined)
    await services?.stop(asked > 1)
    process.exit(0)
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  try {
    const { url } = await starting
    console.error(`whetstone: ${url}   (Ctrl-C stops it)`)
  } catch (error) {
    if (asked > 0) return
    if (!(error instanceof WhetstoneError)) throw error
    console.error(`whetstone: ${error.message}\n  ${error.hint}`)
    process.exit(1)
  }
}

if (import.meta.main) await main()
