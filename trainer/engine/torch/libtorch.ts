import { existsSync, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { WhetstoneError } from '#trainer/errors.ts'
import { withLockFile } from '#trainer/lock-file.ts'
import { repositoryRoot } from '../native/paths.ts'
import { type Report, timed } from '../native/progress.ts'
import {
  downloadWheel,
  pythonPackage,
  replaceFolder,
  requirePython,
  unpackWheel,
  wheelHolds,
} from '../native/wheel.ts'

/** The release that the addon is written against and that is fetched where there is none. */
export const torchVersion = '2.13.0'

/** A folder with lib/ and include/: `torch` of an installed wheel, or a libtorch distribution. */
export interface Libtorch {
  folder: string
  /** '2.13.0' */
  version: string
  /** Whether it was built for CUDA, not whether a device is here. */
  cuda: boolean
  /** Changes when another libtorch takes its place. */
  identity: string
}

/** The libtorch in that folder, or undefined when it lacks the library or the headers. */
export function readLibtorch(folder: string): Libtorch | undefined {
  const library = join(folder, 'lib/libtorch_cpu.so')
  const versionHeader = join(folder, 'include/torch/headeronly/version.h')
  const olderHeader = join(folder, 'include/torch/csrc/api/include/torch/version.h')
  const header = existsSync(versionHeader) ? versionHeader : olderHeader
  if (!existsSync(library) || !existsSync(header)) return undefined
  const text = readFileSync(header, 'utf8')
  const part = (name: string) => text.match(new RegExp(`TORCH_VERSION_${name}\\s+(\\d+)`))?.[1] ?? '?'
  const version = ['MAJOR', 'MINOR', 'PATCH'].map(part).join('.')
  const { size, mtimeMs } = statSync(library)
  const cuda = existsSync(join(folder, 'lib/libtorch_cuda.so'))
  return { folder, version, cuda, identity: [folder, version, cuda, size, mtimeMs].join(' ') }
}

/** The libtorch of an earlier build, while it is the same, or undefined; a fetched one only of this checkout and release. */
export function keptLibtorch(folder: string, identity: string): Libtorch | undefined {
  const kept = readLibtorch(folder)
  if (kept?.identity !== identity) return undefined
  const isFetched = folder.endsWith('.whetstone/libtorch/torch')
  if (isFetched && (folder !== fetchedFolder || kept.version !== torchVersion)) return undefined
  return kept
}

/**
 * The libtorch to build against before any is fetched: $WHETSTONE_LIBTORCH, else the one kept, else that of python3; for a
 * GPU python3's goes before one kept that is for the CPU, if it is for CUDA.
 * Throws LIBTORCH_MISSING when $WHETSTONE_LIBTORCH names a folder without one.
 */
export function installedLibtorch(kept?: Libtorch, gpu = false): Libtorch | undefined {
  const given = process.env.WHETSTONE_LIBTORCH
  if (!given) {
    if (kept && (kept.cuda || !gpu)) return kept
    const folder = pythonPackage('torch')
    const ofPython = folder ? readLibtorch(folder) : undefined
    return kept && !ofPython?.cuda ? kept : ofPython
  }
  const libtorch = readLibtorch(resolve(given))
  if (libtorch) return libtorch
  throw new WhetstoneError(
    'LIBTORCH_MISSING',
    `WHETSTONE_LIBTORCH=${given} holds no lib/libtorch_cpu.so and include/torch`,
    'point it to the folder "torch" of an installed pip wheel or to an unpacked libtorch, or unset it',
  )
}

const fetchedFolder = join(repositoryRoot, '.whetstone/libtorch/torch')

/**
 * The libtorch for the CPU that was or is now fetched into .whetstone/.
 * Throws PYTHON_MISSING, LIBTORCH_MISSING or UNPACKING_FAILED.
 */
export async function fetchedLibtorch(report: Report): Promise<Libtorch> {
  const parent = dirname(fetchedFolder)
  mkdirSync(dirname(parent), { recursive: true })
  const timedOut = (holder: number) => missing(`process ${holder} has been fetching it for 20 minutes`)
  return withLockFile(`${parent}.lock`, 1200, timedOut, async () => {
    const present = readLibtorch(fetchedFolder)
    if (present?.version === torchVersion) return present
    requirePython('libtorch', 'WHETSTONE_LIBTORCH')
    await replaceFolder(parent, (temporary) => fetch(temporary, report))
    const fetched = readLibtorch(fetchedFolder)
    if (!fetched) throw missing(`the wheel of torch ${torchVersion} lacks libtorch_cpu.so or its headers`)
    return fetched
  })
}

/** What the engine needs of the wheel: neither Python's part, nor CUDA's, nor what only tests load. */
const libraries = [
  'libtorch_cpu',
  'libc10.so',
  'libgomp',
  'libomp',
  'libarm_compute',
  'libopenblas',
  'libgfortran',
]
const otherHeaders = [
  'google',
  'pybind11',
  'fbgemm',
  'kineto',
  'tensorpipe',
  'libshm',
  'caffe2/serialize',
].map((name) => `torch/include/${name}`)

/** The CPU's wheel where the package index has it; else that for CUDA, whose part for the CPU needs two small libraries more. */
async function fetch(target: string, report: Report): Promise<void> {
  const wheel = await timed(
    report,
    `downloading torch ${torchVersion} (190 MB, or 530 MB with CUDA)`,
    async () => {
      try {
        return await download(`torch==${torchVersion}+cpu`, target)
      } catch (error) {
        if (!(error instanceof WhetstoneError)) throw error
        report(`  this package index has no torch ${torchVersion}+cpu; taking the wheel it has`)
        return download(`torch==${torchVersion}`, target)
      }
    },
  )
  const parts = ['torch/include/', ...libraries.map((name) => `torch/lib/${name}`), 'torch.libs/']
  await timed(report, 'unpacking its libraries and headers', () =>
    unpackWheel(wheel, target, parts, otherHeaders),
  )
  const isForCuda = await wheelHolds(wheel, 'torch/lib/libtorch_cuda.so')
  rmSync(wheel)
  if (!isForCuda) return
  // torch 2.13's libtorch_cpu.so finds both in ../../nvidia/cu13/lib.
  for (const wanted of ['nvidia-cuda-runtime==13.0.*', 'nvidia-cuda-cupti==13.0.*']) {
    const library = await timed(report, `downloading ${wanted}`, () => download(wanted, target))
    await unpackWheel(library, target, ['nvidia/cu13/lib/'])
    rmSync(library)
  }
}

const download = (wanted: string, folder: string) =>
  downloadWheel(wanted, folder, (output, cause) => missing(`pip cannot get ${wanted}: ${output}`, cause))

function missing(message: string, cause?: unknown): WhetstoneError {
  return new WhetstoneError(
    'LIBTORCH_MISSING',
    message,
    `pip needs a Python that torch ${torchVersion} has wheels for (3.10 or newer, Linux) and a package index; ` +
      'or set WHETSTONE_LIBTORCH; or choose another engine',
    { cause },
  )
}
