export const engineNames = ['torch', 'tensorflow', 'cpu'] as const
export type EngineName = (typeof engineNames)[number]
export type EngineChoice = 'auto' | EngineName

export interface EngineOptions {
  /** What the matrix products of the model are computed in; parameters are fp32 in any case. 'bf16': the engine "torch" only. */
  precision?: 'fp32' | 'bf16'
  /** 'auto': $WHETSTONE_DEVICE, else CUDA where the engine has it, else the CPU. */
  device?: 'auto' | 'cpu' | 'cuda'
  /** 0: $WHETSTONE_THREADS, else the engine's own choice. */
  threads?: number
}

export interface Engine {
  name: EngineName
  /** 'cpu' or 'cuda', with what computes there. */
  device: string
  version: string
  precision: 'fp32' | 'bf16'
  /** Where the engine tells. */
  threads?: number
  /** Present when 'auto' passed over a faster engine: the reason, for a `log` event. */
  warning?: string
}

export interface EngineListing {
  name: EngineName
  available: boolean
  device?: string
  version?: string
  threads?: number
  /** Why it is not available. */
  reason?: string
}
