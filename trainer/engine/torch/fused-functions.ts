import type { TransformerConfig } from '#trainer/nn/transformer.ts'
import type { Slot } from './addon.ts'

/** A configuration with what is computed from it. */
export type NetworkShape = TransformerConfig & {
  /** nn/rotary.ts, where positions are rotary. */
  frequencies?: Float32Array
  ropeFactor?: number
  /** nn/adapter.ts; 0 without an adapter. */
  adapterScale: number
}

/** What transformer.cc, log-probs.cc, adam.cc and decode.cc define. */
export interface FusedFunctions {
  /**
   * `learns`: 0 or 1 for each parameter. → [hidden [B, T, width] float32, graph]; the graph, for transformerBackward, only where `records`.
   */
  transformerForward(
    config: NetworkShape,
    names: string[],
    parameters: Slot[],
    learns: number[],
    tokens: Slot,
    mask: Slot,
    rightPadded: boolean,
    checkpointing: boolean,
    records: boolean,
    bf16: boolean,
  ): [hidden: Slot, graph?: Slot]
  /** → the gradients by those parameters, which must learn. */
  transformerBackward(graph: Slot, dHidden: Slot, parameters: Slot[]): Slot[]
  /** → [log-probabilities and entropies [2, N], logSumExp [N]] */
  logProbs(
    hidden: Slot,
    head: Slot,
    tokens: Slot,
    temperature: number,
    bf16: boolean,
  ): [both: Slot, logSumExp: Slot]
  /** → [dHidden], or where `headLearns` [dHidden, dHead]. */
  logProbsBackward(
    dLogProbs: Slot,
    hidden: Slot,
    head: Slot,
    tokens: Slot,
    logSumExp: Slot,
    temperature: number,
    bf16: boolean,
    headLearns: boolean,
  ): Slot[]
  /** → [KL(p ‖ q) [N], logSumExp of p [N], of q [N]] */
  klDivergence(
    hidden: Slot,
    head: Slot,
    referenceHidden: Slot,
    referenceHead: Slot,
    temperature: number,
    bf16: boolean,
  ): [kl: Slot, ofP: Slot, ofQ: Slot]
  /** → [dHidden], or where `headLearns` [dHidden, dHead]. */
  klDivergenceBackward(
    dKl: Slot,
    hidden: Slot,
    head: Slot,
    referenceHidden: Slot,
    referenceHead: Slot,
    kl: Slot,
    ofP: Slot,
    ofQ: Slot,
    temperature: number,
    bf16: boolean,
    headLearns: boolean,
  ): Slot[]
  /** Changes parameters and moments in place. `decays`: 0 or 1 for each. */
  adam(
    parameters: Slot[],
    gradients: Slot[],
    first: Slot[],
    second: Slot[],
    decays: number[],
    tensorflowForm: boolean,
    beta1: number,
    beta2: number,
    epsilon: number,
    weightDecay: number,
    learningRate: number,
    step: number,
  ): void
  globalNorm(tensors: Slot[]): number
  /** Gives the slot memory of its own where it shares it. */
  own(slot: Slot): void
  copy(slot: Slot): Slot
  decode(
    config: NetworkShape,
    names: string[],
    parameters: Slot[],
    head: Slot,
    valueHead: Slot[],
    sizes: [rows: number, length: number, responseLength: number],
    tokens: Int32Array,
    lengths: Int32Array,
    uniforms: Float64Array,
    temperature: number,
    topK: number,
    topP: number,
    stopAtEos: boolean,
    eosToken: number,
    bf16: boolean,
    onDevice: boolean,
    intoTokens: Int32Array,
    intoLogProbs: Float32Array,
    intoValues: Float32Array | null,
    intoLengths: Int32Array,
  ): void
}
