import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readEnv } from './env.ts'

let home: string
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'whetstone-'))
})
afterAll(() => rmSync(home, { recursive: true }))

test('the settings have defaults, and empty ones count as absent', () => {
  const settings = readEnv({ WHETSTONE_HOME: home, DATABASE_URL: '', BETTER_AUTH_URL: '', PORT: '4000' })
  expect(settings).toMatchObject({
    databaseUrl: undefined,
    baseUrl: 'http://localhost:4000',
    logLevel: 'info',
    home,
  })
})

test('the secret is made once, kept to its owner, and stays the same', () => {
  const secret = readEnv({ WHETSTONE_HOME: home }).authSecret
  expect(secret).toHaveLength(43)
  expect(readEnv({ WHETSTONE_HOME: home }).authSecret).toBe(secret)
  expect(readFileSync(join(home, 'secret'), 'utf8').trim()).toBe(secret)
  expect(statSync(join(home, 'secret')).mode & 0o077).toBe(0)
  const own = 'x'.repeat(32)
  expect(readEnv({ WHETSTONE_HOME: home, BETTER_AUTH_SECRET: own }).authSecret).toBe(own)
})

test('every wrong setting is named', () => {
  const wrong = { PORT: '70000', DATABASE_URL: 'mysql://x/y', BETTER_AUTH_SECRET: 'short', LOG_LEVEL: 'loud' }
  expect(() => readEnv(wrong)).toThrow(/DATABASE_URL: .*PORT: .*BETTER_AUTH_SECRET: .*LOG_LEVEL: /)
})
