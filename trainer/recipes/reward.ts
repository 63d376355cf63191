import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import type { RewardSpec } from '#trainer/config.ts'
import { WhetstoneError } from '#trainer/errors.ts'
import type { TrainerEvent } from '#trainer/events.ts'
import { loadModel, type Model } from '#trainer/io/model-folder.ts'
import { createAdam } from '#trainer/nn/adam.ts'
import { addHead } from '#trainer/nn/heads.ts'
import { makeVariable } from '#trainer/nn/transformer.ts'
import { bootstrapCounts } from '#trainer/rlhf/bootstrap.ts'
import { normalisationOf } from '#trainer/rlhf/normalisation.ts'
import { permutation } from '#trainer/rlhf/philox.ts'
import { type Pair, rewardLoss } from '#trainer/rlhf/reward-loss.ts'
import { learningRateFactor } from '#trainer/rlhf/schedule.ts'
import { learnedOf, tieParameterOf } from '#trainer/rlhf/ties.ts'
import { adaptOnce, carrying, fingerprint, saveTrained, wholeModel } from './adapter.ts'
import { type Judged, leftOut, preferencesOf, readComparisons } from './comparisons.ts'
import { descend, differentiate } from './learn.ts'
import { agreementOf, heldOutReport, measure, type Tied } from './reward-report.ts'
import {
  checkpointEvent,
  diverged,
  findCheckpoint,
  finite,
  type Run,
  recovering,
  restore,
  sha256OfData,
  shouldStop,
  type Trained,
  unsupported,
} from './run.ts'
import { inParts, measureScores, sequenceHeadScores } from './sequences.ts'

/** What a run carries from step to step beside weights and optimisers: the learned number of a loss with ties. */
interface State {
  ties?: number
}

/** The name under which the optimiser knows the number of a loss with ties. */
const tiesName = 'ties'

/**
 * Learns from rankings to score completions: the policy's backbone with one or more scalar heads, by a loss of pairs or of rankings; then
 * a gain and a bias that give the training completions mean 0 and deviation 1. Beside the model it leaves report.json: what is
 * known of the held-out comparisons (see reward-report.ts).
 * Throws EMPTY_DATA, CONSTANT_REWARD, DIVERGED, DISK_FULL, and what reading data and models throws.
 * Sources: Stiennon et al. 2020, section 3.4; InstructGPT, equation 1; docs/algorithms.md, Reward model.
 */
export const reward = recovering(async function* (
  spec: RewardSpec,
  run: Run,
  open,
): AsyncGenerator<TrainerEvent> {
  // 1. The policy's backbone with fresh heads N(0, 1/√(d + 1)), or where the run stopped.
  const { checkpoint, logs } = findCheckpoint(run)
  yield* [...logs, ...unsupported(spec)]
  let lastGood = checkpoint
  const saved = wholeModel(checkpoint, 'reward')
  const model = open(await loadModel(saved ?? spec.model, 'reward', saved ? {} : { seed: spec.seed }))
  if (!saved) withHeads(model, spec)
  yield* adaptOnce(model, spec.lora, spec.seed)
  const { adapter } = model.config
  model.normalisation = undefined

  // 2. Comparisons. A pair with a completion that is too long is left out, never cut.
  const limit = Math.min(spec.maxLength ?? Number.POSITIVE_INFINITY, model.config.maxPositions)
  const { comparisons, dropped } = await readComparisons(spec.data.train, model.tokenizer, limit)
  const heldOut = spec.data.eval ? await readComparisons(spec.data.eval, model.tokenizer, limit) : null
  yield* leftOut({ dropped, heldOut: heldOut?.dropped }, limit)
  if (comparisons.length === 0)
    throw new WhetstoneError(
      'EMPTY_DATA',
      `all pairs of ${spec.data.train} have more than ${limit} tokens`,
      'Raise maxLength, or shorten the completions.',
    )
  const tieModel = spec.loss === 'rao-kupper' || spec.loss === 'davidson' ? spec.loss : null
  const learnsTies = tieModel !== null && spec.tieParameter === undefined
  if (learnsTies && !comparisons.some(({ pairs }) => pairs.some(({ tie }) => tie)))
    yield {
      type: 'log',
      level: 'warn',
      message: `${spec.data.train} has no tie, so the tie parameter of ${spec.loss} only falls: keep ties in the data, or take bradley-terry`,
    }

  // 3. Optimisers, and what each head learns from: all comparisons, or its own sample of them.
  const adamOptions = {
    form: spec.adamForm,
    beta1: spec.adamBeta1,
    beta2: spec.adamBeta2,
    epsilon: spec.adamEpsilon,
  }
  const adam = open(createAdam(model.trainable, { ...adamOptions, weightDecay: spec.weightDecay }))
  const ties = open(makeVariable(Float32Array.of(0), [1]))
  const tiesAdam = open(createAdam(new Map([[tiesName, ties]]), adamOptions))
  const counts = Array.from({ length: spec.heads }, (_, head) =>
    spec.heads > 1 && spec.bootstrap
      ? bootstrapCounts(spec.seed, head, comparisons.length)
      : new Int32Array(comparisons.length).fill(1),
  )
  const batchesPerEpoch = Math.ceil(comparisons.length / spec.comparisonsPerBatch)
  const total = Math.max(1, Math.round(spec.epochs * batchesPerEpoch))
  const trained: Trained = {
    models: adapter ? {} : { reward: model },
    optimisers: {
      reward: adapter ? carrying(adam, model.trainable) : adam,
      ...(learnsTies && { ties: tiesAdam }),
    },
    order: {
      seed: spec.seed,
      comparisonsPerBatch: spec.comparisonsPerBatch,
      steps: total,
      loss: spec.loss,
      heads: spec.heads,
      ...(spec.heads > 1 && { bootstrap: String(spec.bootstrap) }),
      ...(spec.loss === 'plackett-luce' && { tiedRankings: spec.tiedRankings }),
      'sha256 of the data': sha256OfData(comparisons),
      ...(adapter && { lora: JSON.stringify(adapter), 'sha256 of the base': fingerprint(model) }),
    },
  }
  const start = spec.tieParameter ?? (tieModel === 'davidson' ? 1 : 2)
  const state: State = checkpoint ? restore<State>(checkpoint, trained) : {}
  if (tieModel) assign(ties, state.ties ?? learnedOf(tieModel, start))
  const tied = (): Tied =>
    tieModel && { model: tieModel, parameter: tieParameterOf(tieModel, ties.dataSync()[0]!) }
  const learning = new Map(model.trainable)
  if (learnsTies) learning.set(tiesName, ties)

  for (let step = (checkpoint?.step ?? 0) + 1; step <= total; step++) {
    // 4. A batch of whole comparisons: one is never split, so its pairs share the work on its completions.
    const epoch = Math.floor((step - 1) / batchesPerEpoch)
    const order = [...permutation(spec.seed, epoch, comparisons.length)]
    const drawn = inParts(order, spec.comparisonsPerBatch)[(step - 1) % batchesPerEpoch]!
    const parts = inParts(drawn, spec.microBatchSize ?? drawn.length)
    const judged = parts.map((part) => {
      const batch = part.map((index) => comparisons[index]!)
      const preferences = counts.map((times) =>
        preferencesOf(batch, spec, { comparisons: drawn.length, times: (i) => times[part[i]!]! }),
      )
      return { sequences: batch.flatMap((each) => each.sequences), preferences }
    })

    // 5. The loss of each head, the mean over comparisons, such as −log σ(r_chosen − r_rejected − margin) over their pairs; the mean of the heads.
    const agreements: Agreed[] = []
    const { loss, centring } = spec
    const learned = differentiate(
      learning,
      judged.map(({ sequences, preferences }) => () => {
        const all = sequenceHeadScores(model, sequences, { checkpointing: spec.activationCheckpointing }) // [M, heads]
        const scores = tf.tidy(() => tf.mean(all, 1).dataSync())
        agreements.push({ scores, pairs: preferences[0]!.pairs })
        const losses = preferences.map((own, head) => {
          const column = tf.reshape(tf.slice(all, [0, head], [-1, 1]), [-1]) as tf.Tensor1D
          return rewardLoss(column, own, { loss, centring, ties })
        })
        return losses.length === 1 ? losses[0]! : (tf.div(tf.addN(losses), losses.length) as tf.Scalar)
      }),
    )
    const factor = learningRateFactor(step - 1, total, spec)
    const learningRate = spec.learningRate * factor
    const ofTies = learned.gradients.get(tiesName)
    learned.gradients.delete(tiesName)
    const norm = descend(adam, learned, { maxGradNorm: spec.maxGradNorm, learningRate, step, lastGood })
    if (ofTies) {
      tiesAdam.step(new Map([[tiesName, ofTies]]), spec.tieLearningRate * factor)
      ofTies.dispose()
      state.ties = ties.dataSync()[0]!
    }

    // 6. Report.
    const metrics: Record<string, number> = {
      loss: learned.loss,
      lr: learningRate,
      epoch: step / batchesPerEpoch,
      grad_norm: norm,
      ...agreementMetrics(agreements),
      ...tieMetrics(tied()),
    }
    if (heldOut && ((spec.evalEvery > 0 && step % spec.evalEvery === 0) || step === total)) {
      const agreement = agreementOf(measure(model, heldOut.comparisons), tied(), spec.seed)
      if (agreement) Object.assign(metrics, evalMetrics(agreement))
    }
    yield { type: 'step', step, total, metrics: finite(metrics, step, lastGood) }

    // 7. Checkpoint, and stop where asked.
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

  // 8. Gain and bias, the model, and what is known of the held-out comparisons.
  const training = { comparisons: comparisons.length, pairs: countPairs(comparisons), droppedPairs: dropped }
  const summary: Record<string, number> = { ...training, steps: total }
  if (spec.normalise === 'completions') {
    const sequences = comparisons.flatMap((each) => each.sequences)
    const drawn = [...permutation(spec.seed, 0, sequences.length, 'split')].slice(0, spec.normaliseSamples)
    const scores = measureScores(
      model,
      drawn.map((index) => sequences[index]!),
      64,
    )
    if (!scores.every(Number.isFinite))
      throw diverged('the scores of the training completions are not finite', total, lastGood)
    model.normalisation = normalisationOf(scores)
    summary.gain = model.normalisation.gain
    summary.bias = model.normalisation.bias
  }
  const report = heldOut && heldOutReport(measure(model, heldOut.comparisons), tied(), spec)
  Object.assign(summary, report && reportSummary(report), tieMetrics(tied()))
  const { artifact, logs: notes } = await saveTrained(run, model, {
    from: spec.model,
    step: total,
    lastGood,
  })
  yield* notes
  const { loss, heads } = spec
  writeFileSync(
    join(artifact.path, 'report.json'),
    `${JSON.stringify({ loss, heads, training, ...tieMetrics(tied()), heldOut: report }, null, 2)}\n`,
  )
  yield { type: 'done', artifacts: [artifact], summary }
})

/** Gives the model as many heads as asked for: fresh ones where it has another number. */
function withHeads(model: Model, { heads, seed }: RewardSpec): void {
  const before = model.parameters.get('score.weight')!
  if (before.shape[0] === heads) return
  addHead(model.parameters, 'reward', model.config.width, seed, heads)
  model.trainable.set('score.weight', model.parameters.get('score.weight')!)
  before.dispose()
}

function assign(variable: tf.Variable, value: number): void {
  tf.tidy(() => variable.assign(tf.tensor1d([value])))
}

function tieMetrics(tied: Tied): Record<string, number> {
  if (!tied) return {}
  return tied.model === 'davidson' ? { nu: tied.parameter } : { theta: tied.parameter }
}

function evalMetrics({ accuracy, calibration }: NonNullable<ReturnType<typeof agreementOf>>) {
  return {
    'eval/accuracy': accuracy.pairs,
    'eval/accuracy_low': accuracy.low,
    'eval/accuracy_high': accuracy.high,
    'eval/comparison_accuracy': accuracy.comparisons,
    'eval/calibration_error': calibration.ece,
    'eval/log_loss': calibration.logLoss,
  }
}

/** The numbers of a report that a run's page shows; report.json has all of them. */
function reportSummary(report: NonNullable<ReturnType<typeof heldOutReport>>): Record<string, number> {
  const { accuracy, calibration, byLength, byStrength, uncertainty } = report
  const summary: Record<string, number> = {
    accuracy: accuracy.pairs,
    accuracyLow: accuracy.low,
    accuracyHigh: accuracy.high,
    comparisonAccuracy: accuracy.comparisons,
    heldOutPairs: accuracy.pairCount,
    calibrationError: calibration.ece,
    logLoss: calibration.logLoss,
  }
  if (calibration.temperature !== null) summary.temperature = calibration.temperature
  for (const [name, slice] of [
    ['accuracyShorterChosen', byLength['shorter chosen']],
    ['accuracyLongerChosen', byLength['longer chosen']],
    ...Object.entries(byStrength).map(([grade, own]) => [`accuracyStrength${grade}`, own] as const),
  ] as const)
    if (slice && name !== 'accuracyStrengthungraded') summary[name] = slice.pairs
  if (uncertainty) summary.uncertainty = uncertainty.mean
  return summary
}

/** The mean scores of the heads, and the pairs by their places among them. */
interface Agreed {
  scores: ArrayLike<number>
  pairs: readonly Pair[]
}

/** TRL's names, over the pairs with a winner: the share in the right order and their mean difference; and the mean score of all. */
function agreementMetrics(agreements: readonly Agreed[]): Record<string, number> {
  const differences = agreements.flatMap(({ scores, pairs }) =>
    pairs.filter(({ tie }) => !tie).map(({ chosen, rejected }) => scores[chosen]! - scores[rejected]!),
  )
  const scores = agreements.flatMap((each) => Array.from(each.scores))
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  if (differences.length === 0) return { mean_reward: mean(scores) }
  return {
    accuracy: mean(differences.map((difference) => (difference > 0 ? 1 : 0))),
    margin: mean(differences),
    mean_reward: mean(scores),
  }
}

function countPairs(comparisons: readonly Judged[]): number {
  return comparisons.reduce((sum, { pairs }) => sum + pairs.length, 0)
}
