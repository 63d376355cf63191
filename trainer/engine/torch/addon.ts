import { createRequire } from 'node:module'

/** A tensor's place in the addon's table. */
export type Slot = number

/** What addon/*.cc define; each function throws an Error with libtorch's message. */
export interface Addon {
  // memory.cc
  start(device: 'auto' | 'cpu' | 'cuda', threads: number, tf32: boolean): Device
  upload(values: Float32Array | Int32Array | Uint8Array, shape: number[], dtype: string): Slot
  download(slot: Slot, into: Float32Array | Int32Array | Uint8Array): void
  release(slot: Slot): void
  liveSlots(): number
  // kernels.cc
  add(a: Slot, b: Slot): Slot
  reshape(x: Slot, shape: number[]): Slot
}

export interface Device {
  device: 'cpu' | 'cuda'
  version: string
  threads: number
}

const require = createRequire(import.meta.url)

/** Throws what dlopen says when the file or one of its libraries does not load. */
export function loadAddon(path: string): Addon {
  return require(path) as Addon
}
