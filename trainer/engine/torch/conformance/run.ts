import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

// node trainer/engine/torch/conformance/run.ts [torch|tensorflow|cpu] [options of `vitest run`, as -t 'softmax']

const [engine = 'auto', ...options] = process.argv.slice(2)
const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs')
const { status } = spawnSync(
  process.execPath,
  [vitest, 'run', join(import.meta.dirname, 'conformance.test.ts'), ...options],
  {
    stdio: 'inherit',
    cwd: join(import.meta.dirname, '../../../..'),
    env: { ...process.env, WHETSTONE_ENGINE: engine },
  },
)
process.exit(status ?? 1)
