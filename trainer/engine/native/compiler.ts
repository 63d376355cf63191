import { execFile, spawnSync } from 'node:child_process'
import { promisify } from 'node:util'
import { WhetstoneError } from '#trainer/errors.ts'

const run = promisify(execFile)

/** The C++ compiler to use and the first line of its `--version`. Throws COMPILER_MISSING. */
export function findCompiler(): { name: string; version: string } {
  const candidates = [process.env.CXX, 'g++', 'clang++'].filter((name): name is string => Boolean(name))
  for (const name of candidates) {
    const { status, stdout } = spawnSync(name, ['--version'], { encoding: 'utf8' })
    if (status === 0) return { name, version: stdout.split('\n')[0]!.trim() }
  }
  throw new WhetstoneError(
    'COMPILER_MISSING',
    `no C++ compiler runs (tried ${candidates.join(', ')})`,
    'install one (Debian and Ubuntu: `apt-get install g++`; Fedora: `dnf install gcc-c++`), or choose another engine',
  )
}

/** Runs the compiler; `failed` makes the error from the beginning of its output. */
export async function compile(
  compiler: string,
  args: string[],
  failed: (output: string, cause: unknown) => Error,
): Promise<void> {
  try {
    await run(compiler, args, { maxBuffer: 1 << 26 })
  } catch (error) {
    const output = (error as { stderr?: string }).stderr || String(error)
    throw failed(output.trim().slice(0, 800), error)
  }
}
