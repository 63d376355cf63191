import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { WhetstoneError } from '#trainer/errors.ts'
import { withLockFile } from '#trainer/lock-file.ts'
import { compile, findCompiler } from '../native/compiler.ts'
import { hasNvidiaGpu, loadProblem } from '../native/machine.ts'
import { nodeApiInclude, repositoryRoot } from '../native/paths.ts'
import { type Report, runInstaller, timed } from '../native/progress.ts'
import {
  downloadWheel,
  pip,
  pythonPackage,
  replaceFolder,
  requirePython,
  unpackWheel,
} from '../native/wheel.ts'
import { bindingPath, tensorflowPackage } from './package.ts'

const tensorflowVersion = '2.21.0'
const sources = ['binding/tfjs_backend.cc', 'binding/tfjs_binding.cc']
const libraries = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2']
/** What of the wheel's include/ the two sources reach, seen with `g++ -M`. */
const headers = [
  'tensorflow/c/',
  'tensorflow/core/platform/',
  'xla/tsl/c/',
  'xla/tsl/platform/',
  'tsl/platform/',
]

const quiet = { TF_CPP_MIN_LOG_LEVEL: '2' }

/**
 * Makes @tensorflow/tfjs-node-gpu loadable: finds or fetches libtensorflow, compiles the package's own
 * N-API binding against it. Does nothing when the binding loads and neither its sources nor the library
 * have changed. Returns the path of the binding.
 * Throws TENSORFLOW_PACKAGE_MISSING, PYTHON_MISSING, LIBTENSORFLOW_MISSING, COMPILER_MISSING,
 * UNPACKING_FAILED, TENSORFLOW_BUILD_FAILED or TENSORFLOW_DOES_NOT_LOAD.
 */
export async function installTensorflow(report: Report = () => {}): Promise<string> {
  const folder = tensorflowPackage()
  if (!folder) {
    throw new WhetstoneError(
      'TENSORFLOW_PACKAGE_MISSING',
      'the optional npm package @tensorflow/tfjs-node-gpu is not installed',
      'run `npm install --include=optional`, or choose the engine "cpu"',
    )
  }
  const binding = bindingPath(folder)
  if (isUpToDate(folder)) {
    report(`the TensorFlow binding is built and loads: ${binding}`)
    return binding
  }
  mkdirSync(dirname(binding), { recursive: true })
  const timedOut = (holder: number) =>
    new WhetstoneError(
      'TENSORFLOW_BUILD_FAILED',
      `process ${holder} has been building ${binding} for 30 minutes`,
      'wait for it or end it, then try again',
    )
  await withLockFile(`${binding}.lock`, 1800, timedOut, async () => {
    // Another process may have built it meanwhile.
    if (!isUpToDate(folder)) await build(folder, report)
  })
  return binding
}

async function build(folder: string, report: Report): Promise<void> {
  const binding = bindingPath(folder)
  if (process.env.WHETSTONE_TFJS_PREBUILT === '1' && (await installPrebuilt(folder, report))) return

  const libtensorflow = await findLibtensorflow(report)
  await timed(report, `compiling the binding against ${libtensorflow}`, () =>
    compileBinding(folder, libtensorflow),
  )
  const problem = loadProblem(binding, quiet)
  if (problem) {
    rmSync(binding, { force: true })
    throw new WhetstoneError(
      'TENSORFLOW_DOES_NOT_LOAD',
      `the compiled binding does not load: ${problem}`,
      'check that libtensorflow is for this machine (architecture, glibc), or choose the engine "cpu"',
    )
  }
  writeFileSync(stampPath(folder), `${stamp(folder, libtensorflow)}\n${libtensorflow}\n`)
  report(`the TensorFlow binding is ready: ${binding}`)
}

function stampPath(folder: string): string {
  return `${bindingPath(folder)}.built-from`
}

/** A hash of the binding's sources and of the library's identity. */
function stamp(folder: string, libtensorflow: string): string {
  const hash = createHash('sha256')
  for (const name of readdirSync(join(folder, 'binding')).sort()) {
    hash.update(name).update(readFileSync(join(folder, 'binding', name)))
  }
  return hash.update(realpathSync(join(libtensorflow, libraries[0]!))).digest('hex')
}

/** A binding without our stamp (npm's own prebuilt one) counts as up to date when it loads. */
function isUpToDate(folder: string): boolean {
  const binding = bindingPath(folder)
  if (!existsSync(binding)) return false
  if (existsSync(stampPath(folder))) {
    const [built, libtensorflow] = readFileSync(stampPath(folder), 'utf8').split('\n')
    const given = process.env.WHETSTONE_LIBTENSORFLOW
    if (given && resolve(given) !== libtensorflow) return false
    if (!libtensorflow || !existsSync(join(libtensorflow, libraries[0]!))) return false
    if (built !== stamp(folder, libtensorflow)) return false
  }
  return loadProblem(binding, quiet) === undefined
}

async function installPrebuilt(folder: string, report: Report): Promise<boolean> {
  const kind = hasNvidiaGpu() ? 'gpu' : 'cpu'
  report(`trying the package's own download (${kind})`)
  const child = spawnSync(process.execPath, ['scripts/install.js', kind, 'download'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
    timeout: 600_000,
  })
  const problem =
    child.status === 0 ? loadProblem(bindingPath(folder), quiet) : (child.stderr ?? '').slice(-300)
  report(
    problem === undefined ? 'the downloaded binding loads' : `it did not work (${problem}); building instead`,
  )
  return problem === undefined
}

function isLibtensorflow(folder: string): boolean {
  return existsSync(join(folder, libraries[0]!)) && existsSync(join(folder, 'include/tensorflow/c/c_api.h'))
}

/** A folder with libtensorflow_cc.so.2 and include/: given, Python's, or fetched into .whetstone/. */
async function findLibtensorflow(report: Report): Promise<string> {
  const given = process.env.WHETSTONE_LIBTENSORFLOW
  if (given) {
    if (isLibtensorflow(resolve(given))) return resolve(given)
    throw new WhetstoneError(
      'LIBTENSORFLOW_MISSING',
      `WHETSTONE_LIBTENSORFLOW=${given} holds no ${libraries[0]} and include/tensorflow/c/c_api.h`,
      'point it to the folder "tensorflow" of an installed pip wheel, or unset it',
    )
  }
  const fetched = join(repositoryRoot, '.whetstone/libtensorflow/tensorflow')
  if (isLibtensorflow(fetched)) return fetched
  requirePython('libtensorflow', 'WHETSTONE_LIBTENSORFLOW')
  const ofPython = pythonPackage('tensorflow')
  if (ofPython && isLibtensorflow(ofPython)) return ofPython
  return fetch(fetched, report)
}

/**
 * With an NVIDIA GPU the whole `tensorflow[and-cuda]` with its CUDA libraries is installed beside each
 * other, as the wheel's rpath expects; otherwise only the libraries and headers of `tensorflow_cpu`.
 */
async function fetch(target: string, report: Report): Promise<string> {
  await replaceFolder(dirname(target), async (temporary) => {
    if (hasNvidiaGpu()) {
      const wanted = `tensorflow[and-cuda]==${tensorflowVersion}`
      await timed(report, `installing ${wanted} (several GB)`, () =>
        pip(['install', '--quiet', '--target', temporary, wanted], cannotGet(wanted)),
      )
      return
    }
    const wanted = `tensorflow_cpu==${tensorflowVersion}`
    const wheel = await timed(report, `downloading ${wanted} (270 MB)`, () =>
      downloadWheel(wanted, temporary, cannotGet(wanted)),
    )
    const parts = [
      ...libraries.map((name) => `tensorflow/${name}`),
      ...headers.map((name) => `tensorflow/include/${name}`),
    ]
    await timed(report, 'unpacking its libraries and headers', () => unpackWheel(wheel, temporary, parts))
    rmSync(wheel)
  })
  if (!isLibtensorflow(target))
    throw libtensorflowMissing('the wheel lacks libtensorflow_cc.so.2 or its headers')
  return target
}

const cannotGet = (wanted: string) => (output: string, cause?: unknown) =>
  libtensorflowMissing(`pip cannot get ${wanted}: ${output}`, cause)

function libtensorflowMissing(message: string, cause?: unknown): WhetstoneError {
  return new WhetstoneError(
    'LIBTENSORFLOW_MISSING',
    message,
    `pip needs a Python that TensorFlow ${tensorflowVersion} has wheels for (3.10 to 3.13, Linux) and a package ` +
      'index; or set WHETSTONE_LIBTENSORFLOW; or choose the engine "cpu"',
    { cause },
  )
}

async function compileBinding(folder: string, libtensorflow: string): Promise<void> {
  const compiler = findCompiler().name
  const binding = bindingPath(folder)
  mkdirSync(dirname(binding), { recursive: true })
  const links = linkNames(libtensorflow)
  const temporary = `${binding}.${process.pid}`
  const args = [
    ...['-O2', '-std=c++17', '-fPIC', '-shared', '-DNAPI_VERSION=8', '-w'],
    ...[nodeApiInclude(), join(libtensorflow, 'include'), dirname(folder)].map((path) => `-I${path}`),
    ...sources.map((name) => join(folder, name)),
    ...links,
    ...['-Wl,-rpath', `-Wl,${libtensorflow}`, '-o', temporary],
  ]
  try {
    await compile(compiler, args, (output, cause) => {
      return new WhetstoneError(
        'TENSORFLOW_BUILD_FAILED',
        `${compiler} cannot compile the binding: ${output}`,
        'install a compiler with C++17 (g++ 9 or newer), or choose the engine "cpu"',
        { cause },
      )
    })
    renameSync(temporary, binding)
  } finally {
    rmSync(temporary, { force: true })
  }
}

/** The libraries to link; a wheel has the `.so.2` names only, other distributions the full versions too. */
function linkNames(libtensorflow: string): string[] {
  return libraries.map((name) => {
    const path = join(libtensorflow, name)
    if (existsSync(path)) return path
    const full = readdirSync(libtensorflow).find((other) => other.startsWith(name.replace(/\.2$/, '')))
    if (!full) throw libtensorflowMissing(`${libtensorflow} holds no ${name}`)
    symlinkSync(full, path)
    return path
  })
}

if (import.meta.main) await runInstaller(installTensorflow)
