import * as tf from '@tensorflow/tfjs-core'
import type { DpoSpec } from '#trainer/config.ts'
import { WhetstoneError } from '#trainer/errors.ts'
import type { TrainerEvent } from '#trainer/events.ts'
import type { Checkpoint } from '#trainer/io/checkpoint.ts'
import type { Model } from '#trainer/io/model-folder.ts'
import { createAdam } from '#trainer/nn/adam.ts'
import { dpoLoss } from '#trainer/rlhf/dpo-loss.ts'
import { startsOf, sumRows } from '#trainer/rlhf/masks.ts'
import { permutation } from '#trainer/rlhf/philox.ts'
import { rowSums } from '#trainer/rlhf/policy-gradients.ts'
import { type Pair, sharedPairs } from '#trainer/rlhf/reward-loss.ts'
import { learningRateFactor } from '#trainer/rlhf/schedule.ts'
import { type Judged, leftOut, readComparisons } from './comparisons.ts'
import { evaluate, heldOutSummary } from './held-out.ts'
import { descend, differentiate } from './learn.ts'
import { loadFrozen, saveLearners } from './learners.ts'
import { type Query, readQueries } from './rollouts.ts'
import {
  checkpointEvent,
  findCheckpoint,
  finite,
  type Run,
  recovering,
  restore,
  sha256OfData,
  shouldStop,
  unsupported,
} from './run.ts'
import { adamOptions, learners, openPolicy } from './sampler.ts'
import { sameTokenizer } from './score.ts'
import { inParts, measureLogProbs, responseLogProbs } from './sequences.ts'

/** A comparison with what the reference makes of each of its responses: log-probabilities of whole responses. */
interface Referred extends Pick<Judged, 'sequences' | 'pairs'> {
  reference: Float64Array
}

/**
 * DPO: raises the log-probability of the chosen response over the rejected one, each relative to the reference, which is measured
 * once. Each comparison weighs the same, however many pairs it has.
 * Sources: Rafailov et al. 2023, "Direct preference optimization"; Azar et al. 2024 (IPO); docs/algorithms.md, Relatives of PPO.
 * Throws PROMPT_EMPTY, PROMPT_TOO_LONG, TOKENIZER_MISMATCH, EMPTY_DATA, DIVERGED, DISK_FULL, and what reading data and models throws.
 */
export const dpo = recovering(async function* (spec: DpoSpec, run: Run, open): AsyncGenerator<TrainerEvent> {
  // 1. The policy, its reference, and a reward model where held-out answers are to be scored.
  const { checkpoint, logs } = findCheckpoint(run)
  yield* [...logs, ...unsupported(spec)]
  let lastGood = checkpoint
  const { reference, policy, logs: said } = await openPolicy(spec, checkpoint, open)
  yield* said
  const reward = spec.reward ? open(await loadFrozen(spec, spec.reward, 'reward')) : null
  const models = { policy, reference, ...(reward && { reward }) }
  for (const model of Object.values(models)) sameTokenizer(policy, model)

  // 2. Comparisons, and the log-probabilities of their responses under the reference. A pair that is too long is left out, never cut.
  const maxPositions = Math.min(...Object.values(models).map((model) => model.config.maxPositions))
  const limit = Math.min(spec.maxLength ?? Number.POSITIVE_INFINITY, maxPositions)
  const { comparisons: read, dropped } = await readComparisons(spec.data.train, policy.tokenizer, limit)
  const held = spec.data.eval ? await readComparisons(spec.data.eval, policy.tokenizer, limit) : null
  yield* leftOut({ dropped, heldOut: held?.dropped }, limit)
  if (read.length === 0)
    throw new WhetstoneError(
      'EMPTY_DATA',
      `all pairs of ${spec.data.train} have more than ${limit} tokens`,
      'Raise maxLength, or shorten the completions.',
    )
  const size = spec.microBatchSize
  const comparisons = refer(reference, read, size)
  const heldOut = held ? refer(reference, held.comparisons, size) : []
  const { responseLength } = spec
  const fits = { tokenizer: policy.tokenizer, responseLength, maxPositions }
  const prompts = spec.data.prompts
    ? (await readQueries(spec.data.prompts, fits)).slice(0, spec.evalPrompts)
    : []
  const measure = (step: number) =>
    finite(
      heldOutMeasures(spec, { policy, reference, reward }, heldOut, prompts, step, lastGood),
      step,
      lastGood,
    )

  const adam = open(createAdam(policy.trainable, adamOptions(spec)))
  const batchesPerEpoch = Math.ceil(comparisons.length / spec.comparisonsPerBatch)
  const total = Math.max(1, Math.round(spec.epochs * batchesPerEpoch))
  const own = learners({ policy: { model: policy, adam } })
  const trained = {
    ...own,
    order: {
      ...own.order,
      seed: spec.seed,
      comparisonsPerBatch: spec.comparisonsPerBatch,
      steps: total,
      'sha256 of the data': sha256OfData([...read, ...(held?.comparisons ?? []), ...prompts]),
    },
  }
  const state: { before: Record<string, number> | null; episodes: number } = checkpoint
    ? restore(checkpoint, trained)
    : { before: null, episodes: 0 }
  const measures = heldOut.length > 0 || prompts.length > 0
  if (measures && !checkpoint) {
    state.before = measure(0)
    yield { type: 'step', step: 0, total, metrics: state.before }
  }
  let after: Record<string, number> | null = null
  let last: Record<string, number> = {}

  for (let step = (checkpoint?.step ?? 0) + 1; step <= total; step++) {
    // 3. A batch of whole comparisons, in micro-batches of whole comparisons.
    const epoch = Math.floor((step - 1) / batchesPerEpoch)
    const order = [...permutation(spec.seed, epoch, comparisons.length)]
    const places = inParts(order, spec.comparisonsPerBatch)[(step - 1) % batchesPerEpoch]!
    const batch = places.map((index) => comparisons[index]!)

    // 4. −log σ(β·(Δ_chosen − Δ_rejected)), Δ = log π − log π_ref: the mean over comparisons of the mean over their pairs.
    const seen: Seen[] = []
    const losses = wholeParts(batch, size).map((part) => () => {
      const { sequences, pairs, reference } = together(part, batch.length)
      const options = { checkpointing: spec.activationCheckpointing }
      const [tokens] = tf.unstack(responseLogProbs(policy, sequences, 1, options))
      const lengths = sequences.map(({ response }) => response.length)
      const own = rowSums(tokens as tf.Tensor1D, lengths) // [M]
      seen.push({ own: Float64Array.from(own.dataSync()), reference, pairs })
      return dpoLoss(tf.sub(own, tf.tensor1d([...reference])), pairs, spec)
    })
    const pass = differentiate(policy.trainable, losses)
    const learningRate = spec.learningRate * learningRateFactor(step - 1, total, spec)
    const norm = descend(adam, pass, { maxGradNorm: spec.maxGradNorm, learningRate, step, lastGood })
    state.episodes += batch.reduce((sum, { sequences }) => sum + sequences.length, 0)

    // 5. Report.
    last = {
      loss: pass.loss,
      ...implicitRewards(seen, spec.beta),
      lr: learningRate,
      epoch: step / batchesPerEpoch,
      episode: state.episodes,
      grad_norm: norm,
    }
    const due = step === total || (spec.evalEvery > 0 && step % spec.evalEvery === 0)
    after = measures && due ? measure(step) : null
    yield { type: 'step', step, total, metrics: finite({ ...last, ...after }, step, lastGood) }

    // 6. Checkpoint, and stop where asked.
    const stops = step < total && (await shouldStop(run))
    if (stops || (spec.checkpointEvery > 0 && step % spec.checkpointEvery === 0 && step < total)) {
      const saved = await checkpointEvent(run, step, trained, state, lastGood)
      lastGood = saved.checkpoint
      yield saved.event
    }
    if (stops) {
      yield { type: 'stopped', step }
      return
    }
  }

  // 7. The policy.
  const summary: Record<string, number> = {
    comparisons: comparisons.length,
    pairs: comparisons.reduce((sum, { pairs }) => sum + pairs.length, 0),
    droppedPairs: dropped,
    steps: total,
  }
  if ('loss' in last) summary.loss = last.loss!
  if (after && 'eval/loss' in after) {
    summary.evalLoss = after['eval/loss']!
    summary.evalAccuracy = after['eval/rewards/accuracies']!
  }
  if (prompts.length > 0) Object.assign(summary, heldOutSummary(state.before, after))
  const saving = { from: spec.policy, step: total, lastGood }
  const { artifacts, logs: notes } = await saveLearners(run, { policy }, saving)
  yield* notes
  yield { type: 'done', artifacts, summary }
})

/** Each comparison with the reference's log-probabilities of its responses. */
function refer(reference: Model, judged: readonly Judged[], size: number): Referred[] {
  const sums = wholeLogProbs(reference, judged, size)
  let next = 0
  return judged.map(({ sequences, pairs }) => {
    next += sequences.length
    return { sequences, pairs, reference: sums.slice(next - sequences.length, next) }
  })
}

/** The log-probability of every response of the comparisons, in their order. */
function wholeLogProbs(
  model: Model,
  judged: readonly Pick<Judged, 'sequences'>[],
  size: number,
): Float64Array {
  const sequences = judged.flatMap((each) => each.sequences)
  const { logProbs } = measureLogProbs(model, sequences, { temperature: 1, size })
  return sumRows(logProbs, startsOf(sequences.map(({ response }) => response.length)))
}

/** The comparisons in parts of about `size` responses; none is split. */
function wholeParts(batch: readonly Referred[], size: number): Referred[][] {
  const parts: Referred[][] = []
  let left = 0
  for (const each of batch) {
    if (each.sequences.length > left) {
      parts.push([])
      left = size
    }
    parts.at(-1)!.push(each)
    left -= each.sequences.length
  }
  return parts
}

/** Some comparisons' responses one after another, their pairs by the places there; `comparisons` is how many the whole batch has. */
function together(part: readonly Referred[], comparisons: number) {
  let offset = 0
  const pairs = part.flatMap((each) => {
    const own = sharedPairs(each.pairs, { offset, comparisons })
    offset += each.sequences.length
    return own
  })
  return {
    sequences: part.flatMap(({ sequences }) => sequences),
    reference: part.flatMap(({ reference }) => [...reference]),
    pairs,
  }
}

/** Log-probabilities of whole responses under policy and reference, and the pairs that name them. */
interface Seen {
  own: ArrayLike<number>
  reference: ArrayLike<number>
  pairs: readonly Pair[]
}

/** TRL's names: means over pairs of β·(log π − log π_ref) and of log π; ties have no right order and count half. */
function implicitRewards(seen: readonly Seen[], beta: number): Record<string, number> {
  const pairs = seen.flatMap(({ own, reference, pairs }) =>
    pairs.map(({ chosen, rejected, tie }) => ({
      logps: [own[chosen]!, own[rejected]!] as const,
      rewards: [chosen, rejected].map((place) => beta * (own[place]! - reference[place]!)) as [
        number,
        number,
      ],
      tie,
    })),
  )
  const mean = (value: (pair: (typeof pairs)[number]) => number) =>
    pairs.reduce((sum, pair) => sum + value(pair), 0) / pairs.length
  const right = (difference: number) => (difference === 0 ? 0.5 : difference > 0 ? 1 : 0)
  return {
    'rewards/chosen': mean(({ rewards }) => rewards[0]),
    'rewards/rejected': mean(({ rewards }) => rewards[1]),
    'rewards/margins': mean(({ rewards }) => rewards[0] - rewards[1]),
    'rewards/accuracies': mean(({ rewards, tie }) => (tie ? 0.5 : right(rewards[0] - rewards[1]))),
    'logps/chosen': mean(({ logps }) => logps[0]),
    'logps/rejected': mean(({ logps }) => logps[1]),
  }
}

/** Loss and implicit rewards on held-out comparisons, and what the policy's answers to held-out prompts score (held-out.ts). */
function heldOutMeasures(
  spec: DpoSpec,
  { policy, reference, reward }: { policy: Model; reference: Model; reward: Model | null },
  heldOut: readonly Referred[],
  prompts: readonly Query[],
  step: number,
  lastGood: Checkpoint | null,
): Record<string, number> {
  const measures: Record<string, number> = {}
  if (heldOut.length > 0) {
    const own = wholeLogProbs(policy, heldOut, spec.microBatchSize)
    const { pairs, reference: others } = together(heldOut, heldOut.length)
    measures['eval/loss'] = tf.tidy(() => {
      const differences = tf.tensor1d(Array.from(own, (each, i) => each - others[i]!))
      return dpoLoss(differences, pairs, spec).dataSync()[0]!
    })
    for (const [name, value] of Object.entries(
      implicitRewards([{ own, reference: others, pairs }], spec.beta),
    ))
      measures[`eval/${name}`] = value
  }
  if (reward && prompts.length > 0) {
    const sampling = { ...spec, batchSize: spec.microBatchSize }
    Object.assign(measures, evaluate(sampling, { policy, reference, reward }, prompts, lastGood, step))
  }
  return measures
}
