import type { Parameters, TransformerConfig } from '#trainer/nn/transformer.ts'
import type { Tokenizer } from '#trainer/text/tokenizer.ts'
import type { ModelKind, Precision } from './config-reader.ts'

export interface Model {
  kind: ModelKind
  config: TransformerConfig
  parameters: Parameters
  /** Those of the parameters that learn: all of them, or with an adapter its own and the head. */
  trainable: Parameters
  tokenizer: Tokenizer
  /** Of a reward model: score · gain + bias. */
  normalisation?: { gain: number; bias: number }
  /** The precision of the file it came from, fp32 where it was made here; its parameters are float32 always. */
  storedAs?: Precision
  /** Every token that its folder says may end a text. Generation stops at config.eosTokenId, the first of them, alone. */
  eosTokenIds?: number[]
  /** What a person should know of how the folder was read. */
  notes?: string[]
  dispose(): void
}
