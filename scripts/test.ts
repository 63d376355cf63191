import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join, relative } from 'node:path'
import { stripVTControlCharacters } from 'node:util'

// Every check and test, one after the other; the last line is "N passed, N failed" and the exit code says the same.

const root = join(import.meta.dirname, '..')
const reports = join(root, '.whetstone/test-reports')
const bin = (name: string) => join(root, 'node_modules/.bin', name)
const playwrightReport = join(reports, 'playwright.json')

interface Tally {
  passed: number
  failed: number
  /** One text for each failure the report names: which test, and what it said. */
  failures: string[]
}

interface Stage {
  name: string
  command: string[]
  env?: Record<string, string>
  /** Counts the tests in the runner's own report; without one, the exit code counts as one test. */
  tests?: () => Tally | null
}

const conformance = 'trainer/engine/torch/conformance/conformance.test.ts'

const stages: Stage[] = [
  { name: 'lint and format (Biome)', command: [bin('biome'), 'check', '.', '--error-on-warnings'] },
  { name: 'types (tsc)', command: ['npm', 'run', '--silent', 'typecheck'] },
  {
    name: 'import directions (dependency-cruiser)',
    command: [bin('depcruise'), 'app', 'lib', 'trainer', 'prisma', '--config', '.dependency-cruiser.cjs'],
  },
  { name: 'unused files, exports and dependencies (knip)', command: [bin('knip'), '--no-progress'] },
  { name: 'every numeric engine starts', command: [process.execPath, 'trainer/engine/list.ts', '--all'] },
  vitest('unit and integration tests (vitest)', ['--exclude', conformance]),
  vitest("TensorFlow.js' own tests on the engine torch", [conformance], { WHETSTONE_ENGINE: 'torch' }),
  trainerOn('tensorflow'),
  trainerOn('cpu'),
  {
    name: 'browser tests (Playwright)',
    command: [bin('playwright'), 'test', '--reporter=list,json'],
    tests: playwrightTests,
  },
]

function trainerOn(engine: string): Stage {
  const folders = ['trainer/nn', 'trainer/rlhf', 'trainer/recipes', 'trainer/io']
  // Names its engines itself.
  const left = ['--exclude', 'trainer/recipes/agreement.test.ts']
  return vitest(`the trainer on the engine ${engine}`, [...folders, ...left], {
    WHETSTONE_ENGINE: engine,
  })
}

function vitest(name: string, args: string[], env: Record<string, string> = {}): Stage {
  const file = join(reports, `${name.replace(/\W+/g, '-')}.json`)
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile=${file}`]
  return { name, command: [bin('vitest'), 'run', ...args, ...reporters], env, tests: () => vitestTests(file) }
}

function vitestTests(file: string): Tally | null {
  const report = read<{
    numPassedTests: number
    numFailedTests: number
    testResults: {
      name: string
      status: string
      message: string
      assertionResults: { status: string; fullName: string; failureMessages: string[] }[]
    }[]
  }>(file)
  if (!report) return null
  const failures = report.testResults.flatMap((file) => {
    const failed = file.assertionResults.filter((test) => test.status === 'failed')
    const told = failed.map((test) => failure(file.name, test.fullName, test.failureMessages.join('\n')))
    // A file that fails to load has no test of its own: it counts as one failure.
    const broken = file.status === 'failed' && !file.assertionResults.length
    return broken ? [failure(file.name, 'does not load', file.message)] : told
  })
  return { passed: report.numPassedTests, failed: failures.length, failures }
}

interface PlaywrightSuite {
  title: string
  suites?: PlaywrightSuite[]
  specs: {
    title: string
    file: string
    tests: { status: string; results: { errors: { message?: string }[] }[] }[]
  }[]
}

function playwrightTests(): Tally | null {
  const report = read<{
    stats: { expected: number; unexpected: number; flaky: number }
    suites: PlaywrightSuite[]
    errors: { message?: string }[]
  }>(playwrightReport)
  if (!report) return null
  const specs = (suite: PlaywrightSuite): PlaywrightSuite['specs'] => [
    ...suite.specs,
    ...(suite.suites ?? []).flatMap(specs),
  ]
  const failures = report.errors.map((error) => failure('playwright', 'outside any test', error.message))
  for (const spec of report.suites.flatMap(specs)) {
    for (const test of spec.tests) {
      if (test.status !== 'unexpected' && test.status !== 'flaky') continue
      const errors = test.results.flatMap((result) => result.errors.map((error) => error.message))
      failures.push(failure(spec.file, spec.title, errors.join('\n')))
    }
  }
  const { stats, errors } = report
  return { passed: stats.expected, failed: stats.unexpected + stats.flaky + errors.length, failures }
}

/** The first lines of what a test said: enough to know what broke where only the end of a log is kept. */
function failure(file: string, test: string, said = ''): string {
  const lines = stripVTControlCharacters(said).split('\n')
  return [`${relative(root, file)} › ${test}`, ...lines.slice(0, 12)].join('\n    ')
}

function read<T>(file: string): T | null {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as T) : null
}

function run({ command, env }: Stage): Promise<number> {
  return new Promise((resolve) => {
    spawn(command[0]!, command.slice(1), {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, PLAYWRIGHT_JSON_OUTPUT_FILE: playwrightReport, NODE_ENV: 'test', ...env },
    }).once('exit', (code) => resolve(code ?? 1))
  })
}

rmSync(reports, { recursive: true, force: true })
mkdirSync(reports, { recursive: true })
const total = { passed: 0, failed: 0 }
const failures: string[] = []
const lines: string[] = []
for (const stage of stages) {
  console.log(`\n── ${stage.name}`)
  const began = performance.now()
  const code = await run(stage)
  const seconds = ((performance.now() - began) / 1000).toFixed(0)
  const tally = stage.tests?.() ?? { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, failures: [] }
  const ranNothing = tally.passed + tally.failed === 0
  if (tally.failed === 0 && (code !== 0 || ranNothing)) tally.failed = 1
  total.passed += tally.passed
  total.failed += tally.failed
  failures.push(...tally.failures.map((text) => `✗ ${text}`))
  const mark = tally.failed === 0 ? '✓' : '✗'
  lines.push(`${mark} ${stage.name}: ${tally.passed} passed, ${tally.failed} failed, ${seconds} s`)
}
if (failures.length) console.log(`\n${failures.join('\n\n')}`)
console.log(`\n${lines.join('\n')}\n`)
console.log(`${total.passed} passed, ${total.failed} failed`)
process.exit(total.failed === 0 ? 0 : 1)
