import { spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { address, home, port } from './server.ts'

const root = join(import.meta.dirname, '..')

/**
 * Starts the production build, a worker and an own Postgres on an empty home; the function returned stops them.
 * With WHETSTONE_E2E_KEEP=1 the home of the last time is kept, to look at it. With WHETSTONE_E2E_REUSE=1 a server
 * that answers at the journeys' address already is used, and left running.
 */
export default async function globalSetup(): Promise<() => Promise<void>> {
  if (process.env.WHETSTONE_E2E_REUSE === '1') {
    const running = await fetch(`${address}/api/health`).catch(() => null)
    if (running?.ok) return async () => {}
  }
  if (process.env.WHETSTONE_E2E_KEEP !== '1') rmSync(home, { recursive: true, force: true })
  mkdirSync(home, { recursive: true })
  const logFile = join(home, 'server.log')
  const log = openSync(logFile, 'w')
  const { DATABASE_URL: _ignored, NODE_ENV: _test, ...inherited } = process.env
  const server = spawn(process.execPath, ['scripts/start.ts', '--port', String(port)], {
    cwd: root,
    env: { ...inherited, NODE_ENV: 'production', WHETSTONE_HOME: home },
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()))
  const deadline = Date.now() + 300_000
  for (;;) {
    const answer = await fetch(`${address}/api/health`).catch(() => null)
    if (answer?.ok) break
    if (server.exitCode !== null || Date.now() > deadline) {
      server.kill('SIGTERM')
      throw new Error(`the server did not start:\n${readFileSync(logFile, 'utf8').slice(-4000)}`)
    }
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
  return async () => {
    server.kill('SIGTERM')
    await ended
  }
}
