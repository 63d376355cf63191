import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { hasNvidiaGpu } from '../native/machine.ts'
import { readLibtorch } from './libtorch.ts'

const folder = mkdtempSync(join(tmpdir(), 'whetstone-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** Runs the builder as bootstrap does, into a folder of its own. */
function build(settings: Record<string, string>) {
  const { WHETSTONE_DEVICE: _, ...kept } = process.env
  const env = { ...kept, WHETSTONE_TORCH_BUILD: join(folder, 'built'), ...settings } as NodeJS.ProcessEnv
  return spawnSync(process.execPath, [join(import.meta.dirname, 'build.ts')], { encoding: 'utf8', env })
}

/** A folder that looks like libtorch: its version, and libraries without content. */
function libtorchWith(name: string, libraries: string[]): string {
  const root = join(folder, name, 'torch')
  const header = join(root, 'include/torch/headeronly/version.h')
  mkdirSync(dirname(header), { recursive: true })
  mkdirSync(join(root, 'lib'))
  const parts = ['MAJOR 2', 'MINOR 13', 'PATCH 0'].map((part) => `#define TORCH_VERSION_${part}`)
  writeFileSync(header, parts.join('\n'))
  for (const library of libraries) writeFileSync(join(root, 'lib', library), '')
  return root
}

/** A compiler that says its version and then does as told. */
function compiler(script: string): string {
  const path = join(folder, 'compiler')
  writeFileSync(path, `#!/bin/sh\n[ "$1" = --version ] && { echo "fake 1.0"; exit 0; }\n${script}\n`)
  chmodSync(path, 0o755)
  return path
}

const cpu = libtorchWith('cpu', ['libtorch_cpu.so'])

it('reads version and kind of a libtorch, and takes no other folder for one', () => {
  expect(readLibtorch(cpu)).toMatchObject({ folder: cpu, version: '2.13.0', cuda: false })
  expect(readLibtorch(folder)).toBeUndefined()
})

it('refuses a WHETSTONE_LIBTORCH without libtorch, naming it and what belongs there', () => {
  const { status, stderr } = build({ WHETSTONE_LIBTORCH: folder })
  expect(status).toBe(1)
  expect(stderr).toMatch(/^LIBTORCH_MISSING: WHETSTONE_LIBTORCH=/)
  expect(stderr).toContain(`${folder} holds no lib/libtorch_cpu.so`)
})

it('without a compiler says what to install', () => {
  const { status, stderr } = build({ WHETSTONE_LIBTORCH: cpu, PATH: folder, CXX: '' })
  expect(status).toBe(1)
  expect(stderr).toMatch(/^COMPILER_MISSING: .*\n.*apt-get install g\+\+/)
})

it('hands on what the compiler says, with the libtorch it said it of', () => {
  const { status, stderr } = build({
    WHETSTONE_LIBTORCH: cpu,
    CXX: compiler('echo "ATen/ATen.h: not found" >&2; exit 1'),
  })
  expect(status).toBe(1)
  expect(stderr).toMatch(
    /^TORCH_BUILD_FAILED: .* against torch 2\.13\.0 in .*\/cpu\/torch: ATen\/ATen\.h: not found/,
  )
})

it('keeps no addon that does not load', () => {
  // The last two arguments of a compilation are -o and the object; of the link, -o comes second.
  const writes = compiler('for a in "$@"; do [ "$last" = -o ] && echo nothing > "$a"; last=$a; done')
  const { status, stderr } = build({ WHETSTONE_LIBTORCH: cpu, CXX: writes })
  expect(status).toBe(1)
  expect(stderr).toMatch(/^TORCH_DOES_NOT_LOAD: /)
  expect(() => statSync(join(folder, 'built/whetstone.node'))).toThrow('ENOENT')
})

it('for a GPU links the libraries for CUDA, with the headers of its runtime where they are whole', () => {
  const cuda = libtorchWith('cuda', ['libtorch_cpu.so', 'libtorch_cuda.so'])
  const log = join(folder, 'arguments')
  const argumentsOf = (device: string) => {
    rmSync(log, { force: true })
    const noted = compiler(
      `echo "$@" >> ${log}; [ "$1" = -shared ] || { for last in "$@"; do :; done; echo > "$last"; }`,
    )
    build({ WHETSTONE_LIBTORCH: cuda, WHETSTONE_DEVICE: device, CUDA_HOME: folder, CXX: noted })
    return readFileSync(log, 'utf8')
  }
  expect(argumentsOf('cuda')).toContain('-ltorch_cuda')
  expect(argumentsOf('cuda')).not.toContain('WHETSTONE_CUDA')
  const headers = join(folder, 'cuda/nvidia/cu13/include')
  mkdirSync(join(headers, 'crt'), { recursive: true })
  for (const name of ['cuda_runtime_api.h', 'crt/host_defines.h']) writeFileSync(join(headers, name), '')
  expect(argumentsOf('cuda')).toContain(`-DWHETSTONE_CUDA -isystem ${headers}`)
  if (!hasNvidiaGpu()) expect(argumentsOf('cpu')).not.toContain('cuda.so')
})

it('compiles once for two that build at the same time, again when libtorch changes, and else not at all', async () => {
  const log = join(folder, 'compiled')
  const module = 'extern \\"C\\" __attribute__((visibility(\\"default\\"))) void*'
  const real = compiler(
    `[ "$1" = -shared ] || { echo "$@" >> ${log}; for last in "$@"; do :; done; echo > "$last"; exit 0; }
echo "${module} napi_register_module_v1(void*, void* x) { return x; }" | c++ -shared -fPIC -x c++ - -o "$3"`,
  )
  const settings = {
    ...{ WHETSTONE_LIBTORCH: cpu, CXX: real },
    WHETSTONE_TORCH_BUILD: join(folder, 'once'),
  }
  const sources = readdirSync(join(import.meta.dirname, 'addon')).filter((name) =>
    name.endsWith('.cc'),
  ).length
  const compiled = () => readFileSync(log, 'utf8').match(/^-c /gm)!.length
  const env = { ...process.env, ...settings } as NodeJS.ProcessEnv
  const program = [join(import.meta.dirname, 'build.ts')]
  const codes = [1, 2].map(() => once(spawn(process.execPath, program, { env, stdio: 'ignore' }), 'exit'))
  expect(await Promise.all(codes)).toEqual([
    [0, null],
    [0, null],
  ])
  expect(compiled()).toBe(sources)
  expect(build(settings).stdout).toContain('is built and loads')
  expect(compiled()).toBe(sources)
  const bare = { ...settings, WHETSTONE_LIBTORCH: '', CXX: '', PATH: folder }
  expect(build(bare).stdout, 'without compiler and python3').toContain('is built and loads')
  writeFileSync(join(cpu, 'lib/libtorch_cpu.so'), 'another')
  expect(build(settings).status).toBe(0)
  expect(compiled()).toBe(2 * sources)
})
