import { createRequire } from 'node:module'
import type { AddonKernels } from './addon.ts'
import type { FusedFunctions } from './fused-functions.ts'

/** What addon/*.cc define; each function throws an Error with libtorch's message. */
export interface Addon extends AddonKernels, FusedFunctions {}

const require = createRequire(import.meta.url)

/** Throws what dlopen says when the file or one of its libraries does not load. */
export function loadAddon(path: string): Addon {
  return require(path) as Addon
}
