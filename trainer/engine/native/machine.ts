import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

/** True when `nvidia-smi` runs, the sign of a usable NVIDIA driver. */
export function hasNvidiaGpu(): boolean {
  return spawnSync('nvidia-smi', ['-L'], { stdio: 'ignore' }).status === 0
}

/** Why the addon does not load, or undefined when it does. Tried in a child: a bad library may abort. */
export function loadProblem(addon: string, environment: Record<string, string> = {}): string | undefined {
  if (!existsSync(addon)) return 'it is not built'
  const child = spawnSync(process.execPath, ['-e', 'require(process.argv[1])', addon], {
    encoding: 'utf8',
    env: { ...process.env, ...environment },
  })
  if (child.status === 0) return undefined
  const lines = child.stderr.split('\n').filter((line) => line.includes('Error'))
  return lines[0] ?? `the process ends with ${child.status ?? child.signal}`
}
