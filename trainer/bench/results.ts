import type { ShapeName } from './shapes.ts'

/** What `--json` writes: every sample, in milliseconds, and bytes. */
export interface Results {
  machine: Machine
  device: 'cpu' | 'cuda'
  threads: number
  repeats: number
  /** Bytes per second, read and written. */
  copyRate: number
  contenders: Record<string, ContenderResults>
  /** What is left out, and why. */
  notes: string[]
}

export interface Machine {
  processor: string
  cores: number
  memoryGiB: number
  system: string
  node: string
  time: string
}

export interface ContenderResults {
  precision: 'fp32' | 'bf16'
  peer: boolean
  versions: Record<string, string>
  device: string
  /** One sample each turn; absent where a sibling's are the same. */
  operations?: { add: number[]; matmul: number[] }
  /** By side: the product of two square matrices in the contender's precision. */
  matmul: Record<string, number[]>
  shapes: Partial<Record<ShapeName, ShapeResults>>
}

export interface ShapeResults {
  parameters: number
  rollouts: { rows: number; ms: number[]; firstTokenMs: number[] }[]
  rolloutMemory?: Memory
  train?: { rows: number; ms: number[]; loss: number; optimizer?: string }
  trainMemory?: Memory
}

/**
 * Bytes of main memory, on CUDA of the device's (as PyTorch's allocator counts them; null where the contender does not tell): before the
 * first call, and the most during all of them.
 */
export interface Memory {
  before: number
  peak: number | null
}
