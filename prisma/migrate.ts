import pg from 'pg'
import { migrationList, noFilter, withSchemaEngine } from './schema-engine.ts'

/** Any number, the same in every process that migrates. */
const LOCK = 727_283_001

/**
 * Applies the migrations the database lacks, as `prisma migrate deploy` does and recorded in the same table, one process
 * at a time. Returns their names.
 */
export async function migrate(url: string): Promise<string[]> {
  const guard = new pg.Client({ connectionString: url })
  await guard.connect()
  try {
    await guard.query('select pg_advisory_lock($1)', [LOCK])
    return await withSchemaEngine(url, async (engine) => {
      const done = await engine.applyMigrations({ migrationsList: migrationList(), filters: noFilter })
      return done.appliedMigrationNames
    })
  } finally {
    await guard.end()
  }
}

if (import.meta.main) {
  const { ensurePostgres } = await import('../lib/postgres.ts')
  const { url, stop } = await ensurePostgres()
  const applied = await migrate(url)
  console.log(applied.length ? `Applied ${applied.join(', ')}.` : 'The database is up to date.')
  await stop()
}
