import { randomBytes } from 'node:crypto'
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import { WhetstoneError } from './errors.ts'

const blank = (value: unknown) => (value === '' ? undefined : value)

const schema = z.object({
  /** Postgres to use instead of the embedded one. */
  DATABASE_URL: z.preprocess(blank, z.url({ protocol: /^postgres(ql)?$/ }).optional()),
  /** Connections of one process. */
  DATABASE_POOL: z.coerce.number().int().min(1).max(500).default(10),
  /** Whether statements are prepared by name: a pooler between that hands out connections by transaction may not allow it. */
  DATABASE_PREPARE: z.enum(['on', 'off']).default('on'),
  PORT: z.coerce.number().int().min(1).max(65535).default(3000),
  HOST: z.string().default('127.0.0.1'),
  /** Database, artifacts, secret and logs. */
  WHETSTONE_HOME: z.preprocess(blank, z.string().default('.whetstone')).transform((path) => resolve(path)),
  /** Where people reach the app; http://localhost:PORT when not given. */
  BETTER_AUTH_URL: z.preprocess(blank, z.url().optional()),
  /** Signs sessions; made once and kept in WHETSTONE_HOME/secret when not given. */
  BETTER_AUTH_SECRET: z.preprocess(blank, z.string().min(32).optional()),
  /** Sign-ups allowed from one address in a minute. */
  SIGN_UPS_PER_MINUTE: z.coerce.number().int().min(1).default(120),
  /** Bearer token for /metrics; without it only signed-in researchers read them. */
  METRICS_TOKEN: z.preprocess(blank, z.string().min(16).optional()),
  LOG_LEVEL: z.enum(['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace']).default('info'),
  NODE_ENV: z.string().default('production'),
})

export interface Env {
  databaseUrl: string | undefined
  databasePool: number
  databasePrepare: boolean
  port: number
  host: string
  home: string
  baseUrl: string
  authSecret: string
  signUpsPerMinute: number
  metricsToken: string | undefined
  logLevel: z.infer<typeof schema>['LOG_LEVEL']
  production: boolean
}

let read: Env | undefined

/** The settings, read from the process's environment at the first call and then kept. */
export function env(): Env {
  read ??= readEnv(process.env)
  return read
}

/** Makes `url` the database of this process and of the processes it starts. */
export function setDatabaseUrl(url: string): void {
  process.env.DATABASE_URL = url
  read = undefined
}

/** @throws WhetstoneError INVALID_INPUT naming every setting that is wrong. */
export function readEnv(variables: Record<string, string | undefined>): Env {
  const parsed = schema.safeParse(variables)
  if (!parsed.success) {
    const wrong = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)
    throw new WhetstoneError(
      'INVALID_INPUT',
      `Settings are wrong. ${wrong.join('; ')}.`,
      'Correct these environment variables and start again. They are described in docs/operations.md.',
    )
  }
  const values = parsed.data
  return {
    databaseUrl: values.DATABASE_URL,
    databasePool: values.DATABASE_POOL,
    databasePrepare: values.DATABASE_PREPARE === 'on',
    port: values.PORT,
    host: values.HOST,
    home: values.WHETSTONE_HOME,
    baseUrl: values.BETTER_AUTH_URL ?? `http://localhost:${values.PORT}`,
    authSecret: values.BETTER_AUTH_SECRET ?? secretIn(values.WHETSTONE_HOME),
    signUpsPerMinute: values.SIGN_UPS_PER_MINUTE,
    metricsToken: values.METRICS_TOKEN,
    logLevel: values.LOG_LEVEL,
    production: values.NODE_ENV === 'production',
  }
}

function secretIn(home: string): string {
  mkdirSync(home, { recursive: true })
  const path = join(home, 'secret')
  const draft = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`
  writeFileSync(draft, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600 })
  try {
    // A hard link appears whole or not at all, and fails when another process was first.
    linkSync(draft, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    rmSync(draft)
  }
  return readFileSync(path, 'utf8').trim()
}
