import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { claimHome, isOurs, writeRegistration } from './registration.ts'

let folder: string
let file: string
const children: ChildProcess[] = []
const idle = (cwd: string) => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { cwd, stdio: 'ignore' })
  children.push(child)
  return child
}
const root = join(import.meta.dirname, '..')
/** A number that no process has: Linux counts to 4194304 at most. */
const nobody = 4_194_305

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'whetstone-'))
  file = join(folder, 'services.json')
})
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  rmSync(folder, { recursive: true })
})

describe('the registration of a home', () => {
  it('is taken by the first, readable by its owner only', async () => {
    expect(await claimHome(file)).toBeNull()
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ supervisor: process.pid, children: [] })
    expect(statSync(file).mode & 0o777).toBe(0o600)
    writeRegistration(file, { supervisor: process.pid, children: [], url: 'http://localhost:1' })
    expect(statSync(file).mode & 0o777).toBe(0o600)
  })

  it('leaves a living supervisor that does not answer alone, and says so', async () => {
    const supervisor = idle(root)
    const child = idle(root)
    const children = [{ name: 'worker', pid: child.pid! }]
    writeRegistration(file, { supervisor: supervisor.pid!, children })
    await expect(claimHome(file, { patience: 0 })).rejects.toThrow(`process ${supervisor.pid}`)
    expect(child.exitCode ?? child.signalCode).toBeNull()
  })

  it('ends what a killed supervisor left behind, and nothing of others', async () => {
    const left = idle(root)
    const stranger = idle(folder)
    const ended = new Promise((resolve) => left.once('exit', (_, signal) => resolve(signal)))
    writeRegistration(file, {
      supervisor: nobody,
      children: [
        { name: 'worker', pid: left.pid! },
        { name: 'app', pid: stranger.pid! },
      ],
    })
    expect(await claimHome(file)).toBeNull()
    expect(await ended).toBe('SIGTERM')
    expect(isOurs(stranger.pid!)).toBe(false)
    expect(stranger.exitCode ?? stranger.signalCode).toBeNull()
  })

  it('takes over a file that was cut short', async () => {
    writeFileSync(file, '{"supervisor": 1')
    expect(await claimHome(file)).toBeNull()
    expect(JSON.parse(readFileSync(file, 'utf8')).supervisor).toBe(process.pid)
  })
})
