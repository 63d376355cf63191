import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

const require = createRequire(import.meta.url)

/** The folder of the optional dependency @tensorflow/tfjs-node-gpu, or undefined where npm left it out. */
export function tensorflowPackage(): string | undefined {
  for (const folder of require.resolve.paths('@tensorflow/tfjs-node-gpu') ?? []) {
    const candidate = join(folder, '@tensorflow/tfjs-node-gpu')
    if (existsSync(join(candidate, 'package.json'))) return candidate
  }
  return undefined
}

/** Where the package looks for its compiled binding. */
export function bindingPath(packageFolder: string): string {
  return join(packageFolder, 'lib/napi-v8/tfjs_binding.node')
}
