import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join, relative } from 'node:path'
import { env } from '#lib/env.ts'
import { WhetstoneError } from '#lib/errors.ts'

const root = join(import.meta.dirname, '..')

/** What the build reads; the lockfile stands for the dependencies. */
const inputs = [
  'app',
  'lib',
  'trainer/config.ts',
  'trainer/config',
  'trainer/events.ts',
  'prisma/schema.prisma',
  'next.config.js',
  'postcss.config.mjs',
  'package-lock.json',
]

/**
 * Runs `next build` unless the last build was of the same sources.
 * @throws WhetstoneError INTERNAL with the end of the build's output; the signal's reason when it is aborted
 */
export async function buildIfStale(quiet: boolean, signal?: AbortSignal): Promise<void> {
  const folder = join(root, process.env.NEXT_DIST_DIR || '.next')
  const mark = join(folder, 'whetstone-sources')
  const sources = hashSources()
  if (existsSync(mark) && readFileSync(mark, 'utf8') === sources) return
  if (!quiet) console.error('whetstone: building the app')
  rmSync(mark, { force: true })
  mkdirSync(join(env().home, 'logs'), { recursive: true })
  const logFile = join(env().home, 'logs/build.log')
  const log = openSync(logFile, 'w')
  const code = await new Promise<number | null>((resolve) => {
    const build = spawn(process.execPath, [join(root, 'node_modules/next/dist/bin/next'), 'build'], {
      cwd: root,
      env: { ...process.env, NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' },
      stdio: ['ignore', log, log],
    })
    const end = () => build.kill('SIGTERM')
    signal?.addEventListener('abort', end)
    build.once('exit', (exitCode) => {
      signal?.removeEventListener('abort', end)
      resolve(exitCode)
    })
  })
  closeSync(log)
  signal?.throwIfAborted()
  if (code !== 0) {
    const tail = readFileSync(logFile, 'utf8').split('\n').slice(-25).join('\n')
    throw new WhetstoneError(
      'INTERNAL',
      `next build ended with ${code}:\n${tail}`,
      `The whole output is in ${logFile}`,
    )
  }
  writeFileSync(mark, sources)
}

function hashSources(): string {
  const hash = createHash('sha256')
  const visit = (path: string) => {
    if (statSync(path).isDirectory()) {
      for (const name of readdirSync(path).sort()) visit(join(path, name))
    } else if (!/\.test\.tsx?$/.test(path)) {
      hash.update(relative(root, path)).update(readFileSync(path))
    }
  }
  for (const input of inputs) if (existsSync(join(root, input))) visit(join(root, input))
  return hash.digest('hex')
}
