import { createHash, randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { migrate } from '#prisma/migrate.ts'
import { migrationsFolder } from '#prisma/schema-engine.ts'
import { db } from '../db.ts'
import { env, setDatabaseUrl } from '../env.ts'
import { ensurePostgres, isAlive } from '../postgres.ts'

export interface TestDatabase {
  url: string
  /** Disconnects and drops the database. */
  drop(): Promise<void>
}

const LOCK = 727_283_002

/**
 * A fresh migrated database for one test file, in about 50 ms: call it in `beforeAll`, `drop()` in `afterAll`. `db` then
 * talks to it. It is copied from a template that is named after the migrations and made once; the server is that of
 * DATABASE_URL, or an embedded one of the tests' own that other test files share.
 */
export async function testDatabase(): Promise<TestDatabase> {
  process.env.LOG_LEVEL ??= 'error'
  const given = env().databaseUrl !== undefined
  const server = await ensurePostgres({
    name: 'postgres-test',
    // Nothing in it outlives the tests.
    settings: ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'max_connections=200'],
  })
  const template = `whetstone_template_${fingerprint()}`
  const name = `whetstone_test_${process.pid}_${randomBytes(4).toString('hex')}`
  await asAdministrator(server.url, async (client) => {
    await client.query('select pg_advisory_lock($1)', [LOCK])
    if (!given) await dropOrphans(client, template)
    const { rowCount } = await client.query('select from pg_database where datname = $1', [template])
    if (rowCount === 0) {
      // The final name is given only when the template is whole.
      const draft = `${template}_draft`
      await client.query(`drop database if exists ${draft}`)
      await client.query(`create database ${draft}`)
      await migrate(urlOf(server.url, draft))
      await client.query(`alter database ${draft} rename to ${template}`)
    }
    await client.query(`create database ${name} template ${template} strategy wal_log`)
  })
  const url = urlOf(server.url, name)
  setDatabaseUrl(url)
  return {
    url,
    drop: async () => {
      await db.$disconnect()
      await asAdministrator(server.url, (client) => client.query(`drop database ${name} with (force)`))
      await server.stop()
    },
  }
}

/** Drops the databases of test processes that ended without doing so, and the templates of other migrations. */
async function dropOrphans(client: pg.Client, template: string): Promise<void> {
  const { rows } = await client.query<{ datname: string }>(
    `select datname from pg_database where datname ~ '^whetstone_(test|template)_' and datname <> $1`,
    [template],
  )
  for (const { datname } of rows) {
    const pid = /^whetstone_test_(\d+)_/.exec(datname)?.[1]
    if (pid === undefined || !isAlive(Number(pid)))
      await client.query(`drop database ${datname} with (force)`)
  }
}

function fingerprint(): string {
  const hash = createHash('sha256')
  for (const entry of readdirSync(migrationsFolder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) hash.update(entry.name).update(readFileSync(join(entry.parentPath, entry.name)))
  }
  return hash.digest('hex').slice(0, 12)
}

function urlOf(url: string, database: string): string {
  const other = new URL(url)
  other.pathname = `/${database}`
  return other.href
}

async function asAdministrator(url: string, work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await work(client)
  } finally {
    await client.end()
  }
}
