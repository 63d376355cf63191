import { randomBytes } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { ensurePostgres } from '../lib/postgres.ts'
import { migrate } from './migrate.ts'
import { difference, migrationsFolder } from './schema-engine.ts'

// node prisma/new-migration.ts NAME: writes the SQL that takes the migrations' result to schema.prisma.
const name = process.argv[2]
if (!name || !/^[a-z0-9_]+$/.test(name)) {
  console.error('Usage: node prisma/new-migration.ts NAME (lower case letters, digits and _).')
  process.exit(2)
}

const { url, stop } = await ensurePostgres()
const scratch = new URL(url)
scratch.pathname = `/whetstone_migration_${randomBytes(4).toString('hex')}`
const server = new pg.Client({ connectionString: url })
await server.connect()
await server.query(`create database ${scratch.pathname.slice(1)}`)
try {
  await migrate(scratch.href)
  const sql = await difference(scratch.href)
  if (sql === null) {
    console.log('schema.prisma says nothing that the migrations do not.')
  } else {
    const stamp = new Date().toISOString().replace(/\D/g, '').slice(0, 14)
    const folder = join(migrationsFolder, `${stamp}_${name}`)
    mkdirSync(folder)
    writeFileSync(join(folder, 'migration.sql'), sql)
    console.log(`Wrote ${join(folder, 'migration.sql')}. Read it before it is applied.`)
  }
} finally {
  await server.query(`drop database ${scratch.pathname.slice(1)} with (force)`)
  await server.end()
  await stop()
}
