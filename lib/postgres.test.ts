import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ensurePostgres } from './postgres.ts'

let home: string
const before = { ...process.env }

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'whetstone-'))
  // As root, Postgres runs as an account of its own, which must be able to enter.
  chmodSync(home, 0o755)
})
afterAll(() => rmSync(home, { recursive: true, force: true }))

function start() {
  process.env = { ...before, WHETSTONE_HOME: home, DATABASE_URL: '' }
  return import('./env.ts').then(({ setDatabaseUrl }) => {
    setDatabaseUrl('')
    return ensurePostgres({ settings: ['fsync=off'] })
  })
}

async function query(url: string, sql: string): Promise<unknown[][]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query({ text: sql, rowMode: 'array' })).rows
  } finally {
    await client.end()
  }
}

test('the database is made, joined, stopped, and is the same after a crash, a taken port and a stale pid file', async () => {
  const first = await start()
  expect(process.env.DATABASE_URL).toBe(first.url)
  await query(first.url, "create table kept as select 'still here' as text")
  const pidFile = join(home, 'postgres/data/postmaster.pid')
  const pid = Number(readFileSync(pidFile, 'utf8').split('\n')[0])

  const joined = await start()
  expect(joined.url).toBe(first.url)
  expect(Number(readFileSync(pidFile, 'utf8').split('\n')[0])).toBe(pid)

  await joined.stop()
  expect(existsSync(pidFile)).toBe(false)
  await expect(query(first.url, 'select 1')).rejects.toThrow(/ECONNREFUSED/)

  // What a crash of the machine leaves: a pid that now belongs to another program.
  writeFileSync(pidFile, `${process.pid}\n`)
  const { port } = new URL(first.url)
  const other = createServer().listen(Number(port), '127.0.0.1')
  await once(other, 'listening')
  const again = await start()
  other.close()
  expect(new URL(again.url).port).not.toBe(port)
  expect(await query(again.url, 'select * from kept')).toEqual([['still here']])
  // Committed rankings must survive a power cut: nothing but what the caller asks for differs from the safe defaults.
  expect(await query(again.url, 'show synchronous_commit')).toEqual([['on']])
  expect(await query(again.url, 'show full_page_writes')).toEqual([['on']])
  await again.stop()
})

test('a server that was killed runs again on its port, with what it held', async () => {
  const server = await start()
  await query(server.url, 'create table held as select 7 as n')
  expect(await server.revive()).toBe(false)
  const pidFile = join(home, 'postgres/data/postmaster.pid')
  process.kill(Number(readFileSync(pidFile, 'utf8').split('\n')[0]), 'SIGKILL')
  // Its processes need a moment to see that it is gone; until then a start is refused.
  await expect.poll(() => server.revive().catch(() => false), { timeout: 30_000 }).toBe(true)
  expect(await query(server.url, 'select n from held')).toEqual([[7]])
  await server.stop()
})

test('a given DATABASE_URL is used as it is', async () => {
  process.env = { ...before, WHETSTONE_HOME: home }
  const { setDatabaseUrl } = await import('./env.ts')
  setDatabaseUrl('postgresql://me@db.example/whetstone')
  const given = await ensurePostgres()
  expect(given.url).toBe('postgresql://me@db.example/whetstone')
  await given.stop()
})
