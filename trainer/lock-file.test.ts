import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { withLockFile } from './lock-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'whetstone-'))
const path = join(folder, 'lock')
beforeEach(() => rmSync(path, { force: true }))
afterAll(() => rmSync(folder, { recursive: true }))

const timedOut = (holder: number) => new Error(`held by ${holder}`)
const hold = <T>(work: () => Promise<T>, seconds = 2) => withLockFile(path, seconds, timedOut, work)

test('a lock that a crash left is taken over: an empty one, one of this number, one of a number that is gone', async () => {
  const gone = spawn(process.execPath, ['--version'], { stdio: 'ignore' })
  await once(gone, 'exit')
  for (const text of [
    '',
    `${process.pid}`,
    `${process.pid} 1`,
    `${process.ppid} 1`,
    `${gone.pid} 1`,
    'torn',
  ]) {
    writeFileSync(path, text)
    utimesSync(path, Date.now() / 1000 - 60, Date.now() / 1000 - 60)
    expect(await hold(async () => readFileSync(path, 'utf8')), text).toMatch(new RegExp(`^${process.pid} .+`))
    expect(existsSync(path)).toBe(false)
  }
  expect(readdirSync(folder)).toEqual([])
})

test('a lock that is held, or only just made, is waited for', async () => {
  const waiting = hold(async () => {
    await expect(hold(async () => 'both', 0.1)).rejects.toThrow(`held by ${process.pid}`)
    return 'first'
  })
  expect(await waiting).toBe('first')
  writeFileSync(path, '')
  await expect(hold(async () => 'both', 0.1)).rejects.toThrow('held by 0')
})

test('of many that find a lock left behind, one at a time works', async () => {
  writeFileSync(path, `${process.pid} 1`)
  const script = `
    const { withLockFile } = await import(${JSON.stringify(join(import.meta.dirname, 'lock-file.ts'))})
    const { appendFileSync } = await import('node:fs')
    for (let i = 0; i < 5; i++)
      await withLockFile(${JSON.stringify(path)}, 30, (holder) => new Error('held by ' + holder), async () => {
        appendFileSync(${JSON.stringify(join(folder, 'told'))}, 'in\\n')
        await new Promise((done) => setImmediate(done))
        appendFileSync(${JSON.stringify(join(folder, 'told'))}, 'out\\n')
      })`
  const codes = await Promise.all(
    Array.from({ length: 4 }, async () => {
      const child = spawn(process.execPath, ['--input-type=module', '--eval', script], { stdio: 'ignore' })
      return (await once(child, 'exit'))[0]
    }),
  )
  expect(codes).toEqual([0, 0, 0, 0])
  expect(readFileSync(join(folder, 'told'), 'utf8')).toBe('in\nout\n'.repeat(20))
})
