import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const require = createRequire(import.meta.url)

/** The repository's root, where `.whetstone/` lies. */
export const repositoryRoot = fileURLToPath(new URL('../../../', import.meta.url))

/** The folder of node-api-headers' C headers. */
export function nodeApiInclude(): string {
  return join(dirname(require.resolve('node-api-headers/package.json')), 'include')
}
