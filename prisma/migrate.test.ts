import { afterAll, beforeAll, expect, test } from 'vitest'
import { db } from '#lib/db.ts'
import { type TestDatabase, testDatabase } from '#lib/testing/database.ts'
import { migrate } from './migrate.ts'
import { difference, migrationList } from './schema-engine.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database?.drop())

test('the migrations lead exactly to schema.prisma', async () => {
  expect(await difference(database.url)).toBeNull()
})

test('migrating twice, or twice at once, applies nothing more', async () => {
  expect(await Promise.all([migrate(database.url), migrate(database.url)])).toEqual([[], []])
  const rows = await db.$queryRaw<{ migration_name: string }[]>`
    select migration_name from _prisma_migrations where finished_at is not null order by 1`
  expect(rows.map((row) => row.migration_name)).toEqual(
    migrationList().migrationDirectories.map((directory) => directory.path),
  )
})
