import { existsSync, mkdirSync, readdirSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, totalmem } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { WhetstoneError } from '#trainer/errors.ts'
import { withLockFile } from '#trainer/lock-file.ts'
import { compile, findCompiler } from '../native/compiler.ts'
import { hasNvidiaGpu, loadProblem } from '../native/machine.ts'
import { nodeApiInclude, repositoryRoot } from '../native/paths.ts'
import { type Report, runInstaller, timed } from '../native/progress.ts'
import { fetchedLibtorch, installedLibtorch, keptLibtorch, type Libtorch, torchVersion } from './libtorch.ts'
import { readSources, sourceFolder, withHeaders } from './sources.ts'
import { hashOf, hashOfSources, processor, readStamp, type Stamp, stampPath } from './stamp.ts'

const flags = [
  ...['-O3', '-std=c++20', '-march=native', '-fPIC', '-fvisibility=hidden'],
  ...['-fno-math-errno', '-fno-trapping-math', '-fopenmp'],
  ...['-Wall', '-Wno-unknown-pragmas', '-DNAPI_VERSION=8'],
]
/** What one compiler process takes of ATen's headers. */
const bytesOfOneCompiler = 1.5 * 2 ** 30
/** From so many sources for each compiler process on, precompiling their headers (12 s) is made up for (4 s a source). */
const sourcesThatPay = 4

/** Where the addon is built, and loaded from: $WHETSTONE_TORCH_BUILD or .whetstone/torch. */
export function addonPath(): string {
  const folder = process.env.WHETSTONE_TORCH_BUILD
  return join(folder ? resolve(folder) : join(repositoryRoot, '.whetstone/torch'), 'whetstone.node')
}

/** What decides on the outcome beside libtorch. */
interface Recipe {
  compiler: string
  compilerVersion: string
  /** The processor's features: -march=native compiles for this one. */
  processor: string
  gpu: boolean
}

/**
 * Makes the engine 'torch' loadable: finds or fetches libtorch and compiles the addon against it, each source that
 * changed. Does nothing when neither sources, libtorch, compiler nor processor have changed and the addon loads; no
 * compiler need be there then. Without $WHETSTONE_LIBTORCH the libtorch of the last build stays, except that one for CUDA
 * takes its place where there is a GPU. Returns the addon's path.
 * Throws COMPILER_MISSING, PYTHON_MISSING, LIBTORCH_MISSING, UNPACKING_FAILED, TORCH_BUILD_FAILED, TORCH_DOES_NOT_LOAD or TORCH_PLATFORM.
 */
export async function buildTorch(report: Report = () => {}): Promise<string> {
  if (process.platform !== 'linux') {
    throw new WhetstoneError(
      'TORCH_PLATFORM',
      `the engine "torch" is built for Linux only, and this is ${process.platform}`,
      'choose another engine',
    )
  }
  const addon = addonPath()
  mkdirSync(dirname(addon), { recursive: true })
  const timedOut = (holder: number) =>
    new WhetstoneError(
      'TORCH_BUILD_FAILED',
      `process ${holder} has been building ${addon} for 20 minutes`,
      'wait for it or end it, then try again',
    )
  return withLockFile(`${addon}.lock`, 1200, timedOut, async () => {
    const stamp = readStamp(addon)
    const sources = hashOfSources()
    const compiler = compilerOr(stamp)
    const gpu = hasNvidiaGpu() || process.env.WHETSTONE_DEVICE === 'cuda'
    const recipe = { ...compiler, processor: processor(), gpu }
    const installed = installedLibtorch(stamp && keptLibtorch(stamp.folder, stamp.libtorch), gpu)
    if (installed && stamp?.key === keyOf(sources, recipe, installed) && loadProblem(addon) === undefined)
      report(`the torch addon is built and loads: ${addon}`)
    else {
      findCompiler()
      await build(addon, sources, recipe, installed, report)
    }
    return addon
  })
}

const keyOf = (sources: string, recipe: Recipe, libtorch: Libtorch) =>
  hashOf(sources, flags, recipe, libtorch.identity)

/** The compiler that is here, else the one that the stamp names, which an addon that is up to date does not need. */
function compilerOr(stamp: Stamp | undefined): Pick<Recipe, 'compiler' | 'compilerVersion'> {
  try {
    const { name, version } = findCompiler()
    return { compiler: name, compilerVersion: version }
  } catch (error) {
    if (!stamp) throw error
    return { compiler: stamp.compiler, compilerVersion: stamp.compilerVersion }
  }
}

/** A libtorch that is not of the release the addon is written for may not do; the fetched one then takes its place. */
async function build(
  addon: string,
  sources: string,
  recipe: Recipe,
  installed: Libtorch | undefined,
  report: Report,
): Promise<void> {
  const isOnlyChoice =
    Boolean(process.env.WHETSTONE_LIBTORCH) ||
    installed?.version === torchVersion ||
    (installed?.cuda && recipe.gpu)
  let libtorch = installed ?? (await fetchedLibtorch(report))
  try {
    await compileAndTry(addon, recipe, libtorch, report)
  } catch (error) {
    if (!(error instanceof WhetstoneError) || !installed || isOnlyChoice) throw error
    report(`${error.message}\ntrying torch ${torchVersion} instead of ${installed.version}`)
    libtorch = await fetchedLibtorch(report)
    await compileAndTry(addon, recipe, libtorch, report)
  }
  if (recipe.gpu && !libtorch.cuda)
    report('there is an NVIDIA GPU, but this libtorch is for the CPU only; see docs/operations.md, "CUDA"')
  if (recipe.gpu && libtorch.cuda && cudaHeaders(libtorch).length === 0)
    report('built without the headers of the CUDA runtime; see docs/operations.md, "CUDA"')
  const stamp = {
    key: keyOf(sources, recipe, libtorch),
    ...{ libtorch: libtorch.identity, folder: libtorch.folder, sources },
    ...{ ...recipe, flags },
  }
  writeFileSync(stampPath(addon), JSON.stringify(stamp, null, 2))
  report(`the torch addon is ready: ${addon}`)
}

async function compileAndTry(
  addon: string,
  recipe: Recipe,
  libtorch: Libtorch,
  report: Report,
): Promise<void> {
  const draft = `${addon.replace(/\.node$/, '')}.${process.pid}.node`
  try {
    const objects = await compileSources(addon, recipe, libtorch, report)
    await link(recipe, libtorch, objects, draft)
    const problem = loadProblem(draft)
    if (problem) {
      throw new WhetstoneError(
        'TORCH_DOES_NOT_LOAD',
        `the addon built against ${libtorch.folder} (${libtorch.version}) does not load: ${problem}`,
        'check that libtorch is for this machine (architecture, glibc), or choose another engine',
      )
    }
    renameSync(draft, addon)
    removeOthers(dirname(objects[0]!), objects)
  } finally {
    rmSync(draft, { force: true })
  }
}

/** Compiles what is not yet compiled; an object's name carries the hash of all that it depends on. */
async function compileSources(
  addon: string,
  recipe: Recipe,
  libtorch: Libtorch,
  report: Report,
): Promise<string[]> {
  const folder = join(dirname(addon), 'objects')
  mkdirSync(folder, { recursive: true })
  const args = [...flags, ...includes(recipe, libtorch)]
  const texts = readSources()
  const sources = [...texts.keys()].filter((name) => name.endsWith('.cc'))
  const objects = sources.map((name) => {
    const read = withHeaders(name, texts).map((each) => [each, texts.get(each)])
    const hash = hashOf(read, args, recipe, libtorch.identity)
    return join(folder, `${basename(name, '.cc')}-${hash.slice(0, 16)}.o`)
  })
  const missing = objects.flatMap((object, i) =>
    existsSync(object) ? [] : [{ object, source: sources[i]! }],
  )
  if (missing.length === 0) return objects
  // A container's limit may be far below the machine's memory.
  const memory = Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY)
  const most = Math.max(1, Math.min(availableParallelism(), Math.floor(memory / bytesOfOneCompiler)))
  const prelude = join(folder, `prelude.${process.pid}.h`)
  const what = `compiling ${missing.length} of ${sources.length} sources against torch ${libtorch.version}`
  await timed(report, `${what} in ${libtorch.folder}`, async () => {
    try {
      const precompiled = missing.length > sourcesThatPay * most
      const own = precompiled ? await precompile(prelude, args, recipe, libtorch) : []
      const compileNext = async (): Promise<void> => {
        for (let next = missing.shift(); next; next = missing.shift()) {
          const draft = `${next.object}.${process.pid}`
          const source = join(sourceFolder, next.source)
          await runCompiler(recipe, ['-c', ...own, ...args, source, '-o', draft], libtorch)
          renameSync(draft, next.object)
        }
      }
      await Promise.all(Array.from({ length: most }, compileNext))
    } finally {
      for (const file of [prelude, precompiledOf(prelude)]) rmSync(file, { force: true })
    }
  })
  return objects
}

const precompiledOf = (header: string) => `${header}.gch`

/**
 * Precompiles ATen's headers, nearly all that most sources take to compile; 390 MB. Returns what a source is then compiled
 * with beside the same arguments. Each source still includes all it needs: a few are compiled without this.
 */
async function precompile(
  prelude: string,
  args: string[],
  recipe: Recipe,
  libtorch: Libtorch,
): Promise<string[]> {
  writeFileSync(prelude, '#include <ATen/ATen.h>\n')
  const target = precompiledOf(prelude)
  await runCompiler(recipe, ['-x', 'c++-header', ...args, prelude, '-o', target], libtorch)
  // g++ finds the .gch beside the header.
  return recipe.compilerVersion.includes('clang') ? ['-include-pch', target] : ['-include', prelude]
}

async function link(recipe: Recipe, libtorch: Libtorch, objects: string[], target: string): Promise<void> {
  const cuda = recipe.gpu && libtorch.cuda
  // libtorch_cuda registers its kernels when it loads; no symbol of it is named here.
  const libraries = ['torch_cpu', 'c10', ...(cuda ? ['torch_cuda', 'c10_cuda', 'torch'] : [])]
  const lib = join(libtorch.folder, 'lib')
  const args = [
    ...['-shared', '-o', target, ...objects],
    ...[`-L${lib}`, '-Wl,--no-as-needed', ...libraries.map((name) => `-l${name}`)],
    ...[lib, ...(cuda ? nvidiaFolders(libtorch, 'lib') : [])].map((folder) => `-Wl,-rpath,${folder}`),
  ]
  await runCompiler(recipe, args, libtorch)
}

function includes(recipe: Recipe, libtorch: Libtorch): string[] {
  const include = join(libtorch.folder, 'include')
  const args = [`-I${nodeApiInclude()}`]
  for (const folder of [include, join(include, 'torch/csrc/api/include')]) args.push('-isystem', folder)
  const headers = recipe.gpu && libtorch.cuda ? cudaHeaders(libtorch) : []
  if (headers.length > 0) args.push('-DWHETSTONE_CUDA', ...headers.flatMap((path) => ['-isystem', path]))
  return args
}

/**
 * Folders with the CUDA runtime's headers: those of the pip packages beside torch (whose nvidia-cuda-crt torch itself does
 * not ask for), else the toolkit's. Without them the addon computes on CUDA too, but lacks what WHETSTONE_CUDA guards.
 */
function cudaHeaders(libtorch: Libtorch): string[] {
  const toolkit = join(process.env.CUDA_HOME ?? process.env.CUDA_PATH ?? '/usr/local/cuda', 'include')
  const isComplete = (folders: string[]) =>
    ['cuda_runtime_api.h', 'crt/host_defines.h'].every((header) =>
      folders.some((folder) => existsSync(join(folder, header))),
    )
  return [nvidiaFolders(libtorch, 'include'), [toolkit]].find(isComplete) ?? []
}

/** site-packages/nvidia/<package>/lib or /include, of the CUDA packages that pip installed with torch. */
function nvidiaFolders(libtorch: Libtorch, kind: 'lib' | 'include'): string[] {
  const parent = join(realpathSync(libtorch.folder), '../nvidia')
  if (!existsSync(parent)) return []
  return readdirSync(parent)
    .sort()
    .map((name) => join(parent, name, kind))
    .filter((folder) => existsSync(folder))
}

function runCompiler(recipe: Recipe, args: string[], libtorch: Libtorch): Promise<void> {
  return compile(recipe.compiler, args, (output, cause) => {
    return new WhetstoneError(
      'TORCH_BUILD_FAILED',
      `${recipe.compiler} cannot build the addon against torch ${libtorch.version} in ${libtorch.folder}: ${output}`,
      `it is written for torch ${torchVersion} and a compiler with C++20 (g++ 11 or clang 14, or newer); or choose another engine`,
      { cause },
    )
  })
}

/** Removes what earlier sources left, also drafts of a compiler that was killed. */
function removeOthers(folder: string, objects: string[]): void {
  for (const name of readdirSync(folder)) {
    if (!objects.includes(join(folder, name))) rmSync(join(folder, name), { force: true })
  }
}

if (import.meta.main) await runInstaller(buildTorch)
