import type { WhetstoneError } from '#trainer/errors.ts'

export type ModelKind = 'policy' | 'reward' | 'value'

/** How a file's numbers are stored. */
export type Precision = 'fp32' | 'bf16' | 'fp16'

export interface SpecialTokens {
  eosTokenId: number
  padTokenId: number
  bosTokenId: number | null
}

/** The fields of a folder's config.json, read with checks. */
export interface ConfigReader {
  hf: Record<string, unknown>
  /** Of an integer field. Throws MODEL_INVALID, also where it is absent and no default is given. */
  integer(key: string, byDefault?: number): number
  number(key: string, byDefault?: number): number
  flag(key: string, byDefault: boolean): boolean
  /** The MODEL_UNSUPPORTED that names what the file asks for. */
  unsupported(what: string): WhetstoneError
}

/** `GPT2` and 'reward' make GPT2ForSequenceClassification. */
export function className(prefix: string, kind: ModelKind): string {
  const tail = { policy: 'ForCausalLM', reward: 'ForSequenceClassification', value: 'ForTokenClassification' }
  return prefix + tail[kind]
}
