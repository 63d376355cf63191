import { defineConfig } from 'prisma/config'

// The native schema engine is downloaded by an install script that may be unreachable. `prisma generate` only checks
// that the file exists, so any existing file will do; migrations are applied by prisma/migrate.ts through WebAssembly.
if (!process.env.PRISMA_SCHEMA_ENGINE_BINARY) process.env.PRISMA_SCHEMA_ENGINE_BINARY = process.execPath

export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  ...(process.env.DATABASE_URL ? { datasource: { url: process.env.DATABASE_URL } } : {}),
})
