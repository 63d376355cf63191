import type { guards } from '#trainer/config/guards.ts'
import type { ReinforceSpec } from '#trainer/config.ts'
import type { LogEvent } from '#trainer/events.ts'
import type { Checkpoint } from '#trainer/io/checkpoint.ts'
import type { Model } from '#trainer/io/model-folder.ts'
import type { Adam, AdamOptions } from '#trainer/nn/adam.ts'
import { klPerToken } from '#trainer/rlhf/kl.ts'
import { type emptySums, passMetrics, rolloutMetrics } from '#trainer/rlhf/metrics.ts'
import { carrying, fingerprint, openLearner, wholeModel } from './adapter.ts'
import { evaluate } from './held-out.ts'
import { loadFrozen } from './learners.ts'
import {
  nextPrompts,
  type Query,
  readQueries,
  respond,
  type SamplingSpec,
  type ScoringSpec,
  scoreResponses,
} from './rollouts.ts'
import {
  findCheckpoint,
  finite,
  type Open,
  type Run,
  sha256OfData,
  type Trained,
  unsupported,
} from './run.ts'
import { sameTokenizer } from './score.ts'
import { measureLogProbs, type Sequence } from './sequences.ts'

/** What PPO's relatives share: the models and prompts they begin with, and the batch of samples that each step learns from. */

export type SamplerSpec = SamplingSpec &
  ScoringSpec &
  Pick<
    ReinforceSpec,
    | 'policy'
    | 'reward'
    | 'reference'
    | 'data'
    | 'episodes'
    | 'batchSize'
    | 'evalPrompts'
    | 'evalEvery'
    | 'activationCheckpointing'
    | 'lora'
    | 'samplesEvery'
    | 'samplesShown'
    | keyof typeof guards
  >

export interface Sampler {
  /** The policy learns, from the checkpoint where there is one; the others stay as they are. */
  models: { policy: Model; reference: Model; reward: Model }
  prompts: Query[]
  heldOut: Query[]
  total: number
  /** Of run.ts' Trained. */
  order: Trained['order']
  checkpoint: Checkpoint | null
  logs: LogEvent[]
}

/**
 * Models, which `open` keeps in mind, prompts and the number of steps.
 * Throws PROMPT_EMPTY, PROMPT_TOO_LONG, TOKENIZER_MISMATCH, EMPTY_DATA, OUT_NOT_EMPTY, and what reading models throws.
 */
export async function openSampler(spec: SamplerSpec, run: Run, open: Open): Promise<Sampler> {
  const { checkpoint, logs } = findCheckpoint(run)
  const reward = open(await loadFrozen(spec, spec.reward, 'reward'))
  const { reference, policy, logs: said } = await openPolicy(spec, checkpoint, open)
  for (const model of [reference, reward]) sameTokenizer(policy, model)
  const fits = {
    tokenizer: policy.tokenizer,
    responseLength: spec.responseLength,
    maxPositions: Math.min(...[policy, reference, reward].map((model) => model.config.maxPositions)),
  }
  const prompts = await readQueries(spec.data.train, fits)
  const heldOut = spec.data.eval ? (await readQueries(spec.data.eval, fits)).slice(0, spec.evalPrompts) : []
  const total = Math.ceil(spec.episodes / spec.batchSize)
  return {
    models: { policy, reference, reward },
    prompts,
    heldOut,
    total,
    order: {
      seed: spec.seed,
      batchSize: spec.batchSize,
      steps: total,
      'sha256 of the data': sha256OfData([prompts, heldOut].map((part) => part.map(({ query }) => query))),
    },
    checkpoint,
    logs: [...logs, ...said, ...unsupported(spec)],
  }
}

/**
 * The policy that learns, from the checkpoint where there is one, and its reference: the one that the spec names, else the policy as it
 * was loaded at the start, which with `lora` shares its body. Throws as `openLearner`.
 */
export async function openPolicy(
  spec: Pick<SamplerSpec, 'policy' | 'reference' | 'lora' | 'seed'>,
  checkpoint: Checkpoint | null,
  open: Open,
): Promise<{ reference: Model; policy: Model; logs: LogEvent[] }> {
  const { lora, seed } = spec
  const reference = open(await loadFrozen(spec, spec.reference ?? spec.policy, 'policy'))
  const { model: policy, logs } = await openLearner(lora, {
    ...{ saved: wholeModel(checkpoint, 'policy'), start: spec.policy, kind: 'policy', seed },
  })
  return { reference, policy: open(policy), logs }
}

/**
 * What checkpoints hold of models that learn, each with its optimiser: a whole model, or of one with an adapter what learns of it,
 * beside the optimiser's state; and what tells that a run resumes on the models it began with. Of run.ts' Trained.
 */
export function learners(all: Record<string, { model: Model; adam: Adam | null }>): Trained {
  const entries = Object.entries(all)
  const adapted = entries.filter(([, { model }]) => model.config.adapter)
  const optimisers = entries.flatMap(([name, { model, adam }]): [string, Adam][] => {
    if (model.config.adapter) return [[name, carrying(adam ?? withoutMoments, model.trainable)]]
    return adam ? [[name, adam]] : []
  })
  const adapter = all.policy?.model.config.adapter
  return {
    models: Object.fromEntries(
      entries.flatMap(([name, { model }]) => (model.config.adapter ? [] : [[name, model] as const])),
    ),
    optimisers: Object.fromEntries(optimisers),
    order: { ...(adapter && { lora: JSON.stringify(adapter) }), ...basesOf(adapted) },
  }
}

const basesOf = (entries: [string, { model: Model }][]) =>
  Object.fromEntries(
    entries.map(([name, { model }]) => [`sha256 of the base of ${name}`, fingerprint(model)]),
  )

/** Of a model that moves without an optimiser. */
const withoutMoments: Adam = {
  steps: 0,
  step: () => {},
  exportState: () => new Map(),
  importState: () => {},
  dispose: () => {},
}

/** One batch of samples and what was measured of it before learning, per token packed (rlhf/masks.ts). */
export interface Batch {
  /** One prompt a row; the `group` samples of a prompt stand together. */
  batch: Query[]
  sequences: Sequence[]
  finished: boolean[]
  starts: Int32Array
  scores: Float32Array
  logProbs: Float32Array
  referenceLogProbs: Float32Array
  entropy: Float32Array
  /** k1 to the reference, in nats. */
  kl: Float32Array
  /** performance.now() before sampling, after it and after measuring. */
  times: [number, number, number]
}

/**
 * The samples of a step, `group` of each of the next prompts, with their scores and log-probabilities under policy and reference at
 * the sampling temperature (docs/algorithms.md, 1 to 4, 17 and 18). Throws DIVERGED.
 */
export function sampleBatch(
  spec: SamplerSpec,
  { models: { policy, reference, reward }, prompts }: Sampler,
  { step, lastGood, group = 1 }: { step: number; lastGood: Checkpoint | null; group?: number },
): Batch {
  const started = performance.now()
  const { seed, batchSize, temperature, microBatchSize: size } = spec
  const own = nextPrompts(prompts, { seed, batchSize: batchSize / group }, step)
  const batch = own.flatMap((query) => Array<Query>(group).fill(query))
  const { sequences, finished, starts } = respond(spec, policy, batch, {
    key: step,
    firstRow: 0,
    step,
    lastGood,
  })
  const sampled = performance.now()
  const scores = scoreResponses(spec, reward, sequences, finished)
  const { logProbs, entropy } = measureLogProbs(policy, sequences, { temperature, size })
  const { logProbs: referenceLogProbs } = measureLogProbs(reference, sequences, { temperature, size })
  const kl = klPerToken(logProbs, referenceLogProbs, 'k1')
  const times: Batch['times'] = [started, sampled, performance.now()]
  return { batch, sequences, finished, starts, scores, logProbs, referenceLogProbs, entropy, kl, times }
}

/** Parts of at most `size` sequences, each with the range of its tokens in a packed array. */
export function microBatches(
  { sequences, starts }: Pick<Batch, 'sequences' | 'starts'>,
  size: number,
): { rows: number[]; part: Sequence[]; slice: (values: Float32Array) => Float32Array }[] {
  return Array.from({ length: Math.ceil(sequences.length / size) }, (_, index) => {
    const [first, end] = [index * size, Math.min((index + 1) * size, sequences.length)]
    return {
      rows: Array.from({ length: end - first }, (_, i) => first + i),
      part: sequences.slice(first, end),
      slice: (values) => values.subarray(starts[first]!, starts[end]!),
    }
  })
}

/** The measures of a batch under TRL's names; without `learned`, those of the value model are left out. */
export function batchMetrics(
  spec: { batchSize: number },
  { scores, kl, entropy, starts, finished, times }: Batch,
  {
    step,
    beta,
    penalty = kl,
    learned,
  }: {
    step: number
    beta: number
    penalty?: Float32Array
    learned?: { values: Float32Array; returns: Float32Array }
  },
): Record<string, number> {
  const nothing = new Float32Array(kl.length)
  const { values, returns } = learned ?? { values: nothing, returns: nothing }
  const measured = rolloutMetrics({ kl, penalty, entropy, values, returns, starts, scores, finished, beta })
  const now = performance.now()
  return {
    ...(learned ? measured : withoutValues(measured)),
    episode: step * spec.batchSize,
    'time/rollout': (times[1] - times[0]) / 1000,
    'time/score': (times[2] - times[1]) / 1000,
    'time/train': (now - times[2]) / 1000,
    tokens_per_second: (kl.length / (now - times[0])) * 1000,
  }
}

/** `passMetrics` of a recipe without a value model. */
export function policyMetrics(sums: ReturnType<typeof emptySums>): Record<string, number> {
  return withoutValues(passMetrics(sums))
}

/** The held-out measures where they are due: before training as step 0, every `evalEvery` steps and at the end; else null. */
export function evaluateAt(
  spec: SamplerSpec,
  { models, heldOut, total }: Pick<Sampler, 'models' | 'heldOut' | 'total'>,
  step: number,
  lastGood: Checkpoint | null,
): Record<string, number> | null {
  if (heldOut.length === 0) return null
  const due = step === 0 || step === total || (spec.evalEvery > 0 && step % spec.evalEvery === 0)
  return due ? finite(evaluate(spec, models, heldOut, lastGood, step), step, lastGood) : null
}

export function adamOptions(spec: {
  adamForm: AdamOptions['form']
  adamBeta1: number
  adamBeta2: number
  adamEpsilon: number
}): AdamOptions {
  return {
    form: spec.adamForm,
    beta1: spec.adamBeta1,
    beta2: spec.adamBeta2,
    epsilon: spec.adamEpsilon,
  }
}

function withoutValues(metrics: Record<string, number>): Record<string, number> {
  const ofValues = /^(returns\/|val\/(vpred|error|var_explained|clipfrac_avg)$|loss\/value)/
  return Object.fromEntries(Object.entries(metrics).filter(([name]) => !ofValues.test(name)))
}
