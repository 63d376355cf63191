import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { PrismaPg } from '@prisma/adapter-pg'
import { bindMigrationAwareSqlAdapterFactory, ColumnTypeEnum } from '@prisma/driver-adapter-utils'
import type { MigrationList, SchemaEngine, SchemasContainer } from '@prisma/schema-engine-wasm'
import pg from 'pg'

export const noFilter = { externalTables: [], externalEnums: [] }
export const migrationsFolder = join(import.meta.dirname, 'migrations')

/**
 * Runs `work` with Prisma's schema engine compiled to WebAssembly, talking through pg, and closes its connections. The
 * native engine is a download of `prisma`'s install script, which is not always possible; this one is an npm package.
 */
export async function withSchemaEngine<T>(
  url: string,
  work: (engine: SchemaEngine) => Promise<T>,
): Promise<T> {
  const { SchemaEngine } = await loadEngine()
  const pool = new pg.Pool({ connectionString: url, max: 2 })
  try {
    const adapter = bindMigrationAwareSqlAdapterFactory(new MigrationPg(pool))
    const datamodels = schema().files.map((file): [string, string] => [file.path, file.content])
    using engine = await SchemaEngine.new({ datamodels }, noop, adapter)
    return await work(engine)
  } finally {
    await pool.end()
  }
}

// Type numbers of Postgres's catalogue.
const CHAR = 18
const TEXT = 25

/**
 * PrismaPg with two differences the schema engine needs: scripts go to Postgres whole (it cuts them at every semicolon,
 * also those inside function bodies), and the catalogue's "char" columns, which it does not know, are read.
 */
class MigrationPg extends PrismaPg {
  override async connect(): ReturnType<PrismaPg['connect']> {
    const adapter = await super.connect()
    const pool = adapter.underlyingDriver()
    const query = pool.query.bind(pool) as (...args: unknown[]) => Promise<pg.QueryResult>
    let characters: number[] = []
    pool.query = (async (...args: unknown[]) => {
      const result = await query(...args)
      characters = result.fields.flatMap((field, index) => (field.dataTypeID === CHAR ? [index] : []))
      for (const index of characters) result.fields[index]!.dataTypeID = TEXT
      return result
    }) as typeof pool.query
    const queryRaw = adapter.queryRaw.bind(adapter)
    adapter.queryRaw = async (sql) => {
      const result = await queryRaw(sql)
      for (const index of characters) result.columnTypes[index] = ColumnTypeEnum.Character
      return result
    }
    adapter.executeScript = async (script) => {
      await query(script)
    }
    return adapter
  }
}

const noop = () => {}

type EngineModule = typeof import('@prisma/schema-engine-wasm')
let loaded: Promise<EngineModule> | undefined

// The package's entry imports the .wasm file as a module, which Node only does behind a flag on older releases.
async function loadEngine(): Promise<EngineModule> {
  loaded ??= (async () => {
    const require = createRequire(import.meta.url)
    const entry = require.resolve('@prisma/schema-engine-wasm/schema_engine_bg')
    const bindings = await import('@prisma/schema-engine-wasm/schema_engine_bg')
    const bytes = readFileSync(join(entry, '..', 'schema_engine_bg.wasm'))
    const { instance } = await WebAssembly.instantiate(bytes, { './schema_engine_bg.js': bindings })
    bindings.__wbg_set_wasm(instance.exports)
    ;(instance.exports.__wbindgen_start as () => void)()
    return bindings as unknown as EngineModule
  })()
  return loaded
}

export function schema(): SchemasContainer {
  const path = join(import.meta.dirname, 'schema.prisma')
  return { files: [{ path, content: readFileSync(path, 'utf8') }] }
}

/** The migrations folder as the engine wants it. */
export function migrationList(): MigrationList {
  const folders = readdirSync(migrationsFolder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()
  return {
    baseDir: migrationsFolder,
    lockfile: {
      path: 'migration_lock.toml',
      content: readFileSync(join(migrationsFolder, 'migration_lock.toml'), 'utf8'),
    },
    shadowDbInitScript: '',
    migrationDirectories: folders.map((path) => ({
      path,
      migrationFile: {
        path: 'migration.sql',
        content: { tag: 'ok', value: readFileSync(join(migrationsFolder, path, 'migration.sql'), 'utf8') },
      },
    })),
  }
}

/** The SQL that takes a database from what it is to what schema.prisma says; null when there is nothing to do. */
export async function difference(url: string): Promise<string | null> {
  const { stdout: sql } = await withSchemaEngine(url, (engine) =>
    engine.diff({
      from: { tag: 'schemaDatasource', ...schema(), configDir: migrationsFolder },
      to: { tag: 'schemaDatamodel', ...schema() },
      script: true,
      exitCode: null,
      filters: noFilter,
    }),
  )
  return !sql || sql.includes('This is an empty migration') ? null : sql
}
