import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { join, relative } from 'node:path'
import { parseArgs } from 'node:util'
import { env } from '#lib/env.ts'
import { WhetstoneError } from '#lib/errors.ts'
import { ensurePostgres } from '#lib/postgres.ts'
import { migrate } from '#prisma/migrate.ts'

const root = join(import.meta.dirname, '..')

export interface StartOptions {
  /** Where the app listens on loopback; by default PORT or 3000, or the next free one. */
  port?: number
  /** `next dev` instead of the production build. */
  dev?: boolean
  /** Children write to files under `<home>/logs` only, not to this terminal. */
  quiet?: boolean
}

export interface Services {
  url: string
  databaseUrl: string
  /** Stops what this call started, worker first; returns when all have ended. */
  stop(): Promise<void>
}

interface Registration {
  supervisor: number
  url: string
  databaseUrl: string
  children: { name: string; pid: number }[]
}

/**
 * Starts Postgres, applies migrations, and runs the app and the worker, each started again if it dies.
 * When a living supervisor already serves this home, joins it instead; what a killed one left behind is ended first.
 * @throws WhetstoneError CONFLICT (port), INTERNAL (build), UNAVAILABLE (no answer)
 */
export async function startServices(options: StartOptions = {}): Promise<Services> {
  mkdirSync(join(env().home, 'logs'), { recursive: true })
  const registrationFile = join(env().home, 'services.json')
  const running = await joinRunning(registrationFile)
  if (running) return running

  const postgres = await ensurePostgres()
  const children: Supervised[] = []
  const stop = async () => {
    for (const child of children.toReversed()) await child.stop()
    await postgres.stop()
    rmSync(registrationFile, { force: true })
  }
  try {
    await migrate(postgres.url)
    if (!options.dev) await buildIfStale(options.quiet ?? false)
    const port = await choosePort(options.port)
    const url = `http://localhost:${port}`
    process.env.NEXT_TELEMETRY_DISABLED = '1'
    const childEnv = {
      ...process.env,
      WHETSTONE_HOME: env().home,
      DATABASE_URL: postgres.url,
      PORT: String(port),
      BETTER_AUTH_URL: process.env.BETTER_AUTH_URL || url,
      NODE_ENV: options.dev ? 'development' : 'production',
    } as NodeJS.ProcessEnv
    const register = () => {
      const registration: Registration = {
        supervisor: process.pid,
        url,
        databaseUrl: postgres.url,
        children: children.flatMap((child) => (child.pid ? [{ name: child.name, pid: child.pid }] : [])),
      }
      writeFileSync(registrationFile, JSON.stringify(registration))
    }
    const next = join(root, 'node_modules/next/dist/bin/next')
    const mode = options.dev ? 'dev' : 'start'
    children.push(
      supervise(
        'app',
        [next, mode, '--port', String(port), '--hostname', env().host],
        childEnv,
        options,
        register,
      ),
      supervise('worker', [join(root, 'lib/jobs/worker.ts')], childEnv, options, register),
    )
    await untilHealthy(url, join(env().home, 'logs/app.log'))
    return { url, databaseUrl: postgres.url, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Services of a supervisor that is alive and answers, or null after the leftovers of a dead one are ended. */
async function joinRunning(registrationFile: string): Promise<Services | null> {
  if (!existsSync(registrationFile)) return null
  const registration = JSON.parse(readFileSync(registrationFile, 'utf8')) as Registration
  if (isOurs(registration.supervisor)) {
    const answer = await fetch(`${registration.url}/api/health`).catch(() => null)
    if (answer?.ok)
      return { url: registration.url, databaseUrl: registration.databaseUrl, stop: async () => {} }
  }
  for (const { pid } of registration.children) if (isOurs(pid)) process.kill(pid, 'SIGTERM')
  for (let waited = 0; waited < 100 && registration.children.some(({ pid }) => isOurs(pid)); waited++)
    await pause(100)
  rmSync(registrationFile, { force: true })
  return null
}

/** Whether a living process with this id runs from this checkout; a number reused by another program is not. */
function isOurs(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  const commandLine = `/proc/${pid}/cmdline`
  if (!existsSync(commandLine)) return process.platform !== 'linux'
  const command = readFileSync(commandLine, 'utf8')
  return /next|worker\.ts|start\.ts|demo/.test(command)
}

interface Supervised {
  name: string
  readonly pid: number | undefined
  stop(): Promise<void>
}

/** Runs a Node program, again after a pause when it dies, until stopped. */
function supervise(
  name: string,
  args: string[],
  childEnv: NodeJS.ProcessEnv,
  options: StartOptions,
  started: () => void,
): Supervised {
  let child: ChildProcess
  let stopping = false
  let failures = 0
  let ended: Promise<void>
  const launch = () => {
    const log = openSync(join(env().home, `logs/${name}.log`), 'a')
    const output = options.quiet ? log : ('inherit' as const)
    // Its own process group: Ctrl-C reaches only this supervisor, which then stops the children in order.
    child = spawn(process.execPath, args, {
      cwd: root,
      env: childEnv,
      detached: true,
      stdio: ['ignore', output, output],
    })
    closeSync(log)
    const launchedAt = Date.now()
    ended = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        resolve()
        if (stopping) return
        failures = Date.now() - launchedAt > 60_000 ? 0 : failures + 1
        const delay = Math.min(30_000, 500 * 2 ** failures)
        console.error(`whetstone: ${name} ended (${signal ?? code}); starting it again in ${delay / 1000} s`)
        setTimeout(() => !stopping && launch(), delay)
      })
    })
    queueMicrotask(started)
  }
  launch()
  return {
    name,
    get pid() {
      return child.pid
    },
    async stop() {
      stopping = true
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
      await ended
    },
  }
}

async function untilHealthy(url: string, log: string): Promise<void> {
  const deadline = Date.now() + 120_000
  while (Date.now() < deadline) {
    const answer = await fetch(`${url}/api/health`).catch(() => null)
    if (answer?.ok) return
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

/** Runs `next build` unless the last build was of the same sources. */
export async function buildIfStale(quiet: boolean): Promise<void> {
  const folder = join(root, process.env.NEXT_DIST_DIR || '.next')
  const mark = join(folder, 'whetstone-sources')
  const sources = hashSources()
  if (existsSync(mark) && readFileSync(mark, 'utf8') === sources) return
  if (!quiet) console.error('whetstone: building the app')
  rmSync(mark, { force: true })
  const logFile = join(env().home, 'logs/build.log')
  const log = openSync(logFile, 'w')
  const code = await new Promise<number | null>((resolve) => {
    spawn(process.execPath, [join(root, 'node_modules/next/dist/bin/next'), 'build'], {
      cwd: root,
      env: { ...process.env, NODE_ENV: 'production' },
      stdio: ['ignore', log, log],
    }).once('exit', resolve)
  })
  closeSync(log)
  if (code !== 0) {
    const tail = readFileSync(logFile, 'utf8').split('\n').slice(-25).join('\n')
    throw new WhetstoneError(
      'INTERNAL',
      `next build ended with ${code}:\n${tail}`,
      `The whole output is in ${logFile}`,
    )
  }
  writeFileSync(mark, sources)
}

function hashSources(): string {
  const hash = createHash('sha256')
  const visit = (path: string) => {
    if (statSync(path).isDirectory()) {
      for (const name of readdirSync(path).sort()) visit(join(path, name))
    } else if (!/\.test\.tsx?$/.test(path)) {
      hash.update(relative(root, path)).update(readFileSync(path))
    }
  }
  const inputs = [
    'app',
    'lib',
    'trainer/config.ts',
    'trainer/events.ts',
    'prisma/schema.prisma',
    'next.config.js',
  ]
  for (const input of [...inputs, 'postcss.config.mjs', 'package-lock.json']) {
    if (existsSync(join(root, input))) visit(join(root, input))
  }
  return hash.digest('hex')
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))

if (import.meta.main) {
  const { values } = parseArgs({ options: { dev: { type: 'boolean' }, port: { type: 'string' } } })
  try {
    const services = await startServices({
      dev: values.dev ?? false,
      ...(values.port ? { port: Number(values.port) } : {}),
    })
    console.error(`whetstone: ${services.url}   (Ctrl-C stops it)`)
    let stopping = false
    const stop = () => {
      if (stopping) return
      stopping = true
      console.error('whetstone: stopping; a running training step is finished and checkpointed first')
      services.stop().then(() => process.exit(0))
    }
    process.on('SIGINT', stop)
    process.on('SIGTERM', stop)
  } catch (error) {
    if (!(error instanceof WhetstoneError)) throw error
    console.error(`whetstone: ${error.message}\n  ${error.hint}`)
    process.exit(1)
  }
}
