import { join } from 'node:path'
import type { RewardSpec } from '#trainer/config.ts'
import { WhetstoneError } from '#trainer/errors.ts'
import type { TrainerEvent } from '#trainer/events.ts'
import { loadModel, type Model } from '#trainer/io/model-folder.ts'
import { createAdam } from '#trainer/nn/adam.ts'
import { type Accuracy, heldOutAccuracy } from '#trainer/rlhf/accuracy.ts'
import { normalisationOf } from '#trainer/rlhf/normalisation.ts'
import { permutation } from '#trainer/rlhf/philox.ts'
import { bradleyTerryLoss, type Pair, sharedPairs } from '#trainer/rlhf/reward-loss.ts'
import { learningRateFactor } from '#trainer/rlhf/schedule.ts'
import type { Tokenizer } from '#trainer/text/tokenizer.ts'
import { type Comparison, comparison, readData } from './data.ts'
import { descend, differentiate } from './learn.ts'
import {
  checkpointEvent,
  diverged,
  findCheckpoint,
  finite,
  type Run,
  restore,
  saveArtifact,
  sha256OfData,
  shouldStop,
  unsupported,
} from './run.ts'
import { inParts, measureScores, type Sequence, sequenceScores } from './sequences.ts'

/** A comparison as tokens: only the completions that a pair names. */
interface Judged {
  sequences: Sequence[]
  pairs: Comparison['pairs']
}

/**
 * Learns from rankings to score completions: the policy's backbone with a scalar head, by Bradley–Terry on all pairs of each
 * comparison; then a gain and a bias that give the training completions mean 0 and deviation 1.
 * Throws EMPTY_DATA, CONSTANT_REWARD, DIVERGED, DISK_FULL, and what reading data and models throws.
 * Sources: Stiennon et al. 2020, section 3.4; InstructGPT, equation 1; docs/algorithms.md, Reward model.
 */
export async function* reward(spec: RewardSpec, run: Run): AsyncGenerator<TrainerEvent> {
  // 1. The policy's backbone with a fresh head N(0, 1/√(d + 1)), or where the run stopped.
  const { checkpoint, logs } = findCheckpoint(run)
  yield* [...logs, ...unsupported(spec)]
  let lastGood = checkpoint
  const model = checkpoint
    ? await loadModel(join(checkpoint.path, 'reward'), 'reward')
    : await loadModel(spec.model, 'reward', { seed: spec.seed })
  model.normalisation = undefined

  // 2. Comparisons. A pair with a completion that is too long is left out, never cut.
  const limit = Math.min(spec.maxLength ?? Number.POSITIVE_INFINITY, model.config.maxPositions)
  const read = async (path: string) =>
    (await readData(path, comparison)).map((each) => judge(model.tokenizer, each, limit))
  const all = await read(spec.data.train)
  const comparisons = all.filter(({ pairs }) => pairs.length > 0)
  const heldOut = spec.data.eval ? (await read(spec.data.eval)).filter(({ pairs }) => pairs.length > 0) : []
  const droppedPairs = all.reduce((sum, { dropped }) => sum + dropped, 0)
  if (droppedPairs > 0)
    yield {
      type: 'log',
      level: 'warn',
      message: `left out ${droppedPairs} pairs with more than ${limit} tokens`,
    }
  if (comparisons.length === 0)
    throw new WhetstoneError(
      'EMPTY_DATA',
      `all pairs of ${spec.data.train} have more than ${limit} tokens`,
      'Raise maxLength, or shorten the completions.',
    )

  const adam = createAdam(model.trainable, {
    form: spec.adamForm,
    beta1: spec.adamBeta1,
    beta2: spec.adamBeta2,
    epsilon: spec.adamEpsilon,
  })
  const batchesPerEpoch = Math.ceil(comparisons.length / spec.comparisonsPerBatch)
  const total = Math.max(1, Math.round(spec.epochs * batchesPerEpoch))
  const trained = {
    models: { reward: model },
    optimisers: { reward: adam },
    order: {
      seed: spec.seed,
      comparisonsPerBatch: spec.comparisonsPerBatch,
      steps: total,
      'sha256 of the data': sha256OfData(comparisons),
    },
  }
  if (checkpoint) restore(checkpoint, trained)

  let accuracy: Accuracy | null = null

  for (let step = (checkpoint?.step ?? 0) + 1; step <= total; step++) {
    // 3. A batch of whole comparisons: one is never split, so its pairs share the work on its completions.
    const epoch = Math.floor((step - 1) / batchesPerEpoch)
    const order = [...permutation(spec.seed, epoch, comparisons.length)]
    const batch = inParts(order, spec.comparisonsPerBatch)[(step - 1) % batchesPerEpoch]!.map(
      (index) => comparisons[index]!,
    )
    const pairs = pairsOf(batch)

    // 4. −log σ(r_chosen − r_rejected − margin), the mean over comparisons of the mean over their pairs.
    let scores = new Float32Array(0)
    const learned = differentiate(model.trainable, [
      () => {
        const tensor = sequenceScores(
          model,
          batch.flatMap(({ sequences }) => sequences),
          { checkpointing: spec.activationCheckpointing },
        )
        scores = Float32Array.from(tensor.dataSync())
        return bradleyTerryLoss(tensor, pairs, spec.centring)
      },
    ])
    const learningRate = spec.learningRate * learningRateFactor(step - 1, total, spec)
    const norm = descend(adam, learned, { maxGradNorm: spec.maxGradNorm, learningRate, step, lastGood })

    // 5. Report.
    const metrics: Record<string, number> = {
      loss: learned.loss,
      lr: learningRate,
      epoch: step / batchesPerEpoch,
      grad_norm: norm,
      ...agreementMetrics(scores, pairs),
    }
    if (heldOut.length > 0 && ((spec.evalEvery > 0 && step % spec.evalEvery === 0) || step === total)) {
      accuracy = evaluate(model, heldOut, spec)
      Object.assign(metrics, evalMetrics(accuracy))
    }
    yield { type: 'step', step, total, metrics: finite(metrics, step, lastGood) }

    // 6. Checkpoint, and stop where asked.
    const stops = step < total && (await shouldStop(run))
    if (stops || (spec.checkpointEvery > 0 && step % spec.checkpointEvery === 0 && step < total)) {
      const saved = await checkpointEvent(run, step, trained, {}, lastGood)
      lastGood = saved.checkpoint
      yield saved.event
    }
    if (stops) {
      yield { type: 'stopped', step }
      return
    }
  }

  // 7. Gain and bias, the held-out accuracy, the model.
  const summary: Record<string, number> = {
    comparisons: comparisons.length,
    pairs: countPairs(comparisons),
    droppedPairs,
    steps: total,
  }
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
  if (accuracy) {
    summary.accuracy = accuracy.pairs
    summary.accuracyLow = accuracy.low
    summary.accuracyHigh = accuracy.high
    summary.comparisonAccuracy = accuracy.comparisons
    summary.heldOutPairs = accuracy.pairCount
  }
  yield {
    type: 'done',
    artifacts: [await saveArtifact(run, 'model', model, { step: total, lastGood })],
    summary,
  }
  adam.dispose()
  model.dispose()
}

function judge(
  tokenizer: Tokenizer,
  { prompt, completions, pairs }: Comparison,
  limit: number,
): Judged & { dropped: number } {
  const query = tokenizer.encodePrompt(prompt)
  const responses = completions.map((completion) => tokenizer.encodeCompletion(completion))
  const fits = (index: number) => query.length + responses[index]!.length <= limit
  const kept = pairs.filter(({ chosen, rejected }) => fits(chosen) && fits(rejected))
  const used = [...new Set(kept.flatMap(({ chosen, rejected }) => [chosen, rejected]))]
  return {
    sequences: used.map((index) => ({ query, response: responses[index]! })),
    pairs: kept.map((pair) => ({
      ...pair,
      chosen: used.indexOf(pair.chosen),
      rejected: used.indexOf(pair.rejected),
    })),
    dropped: pairs.length - kept.length,
  }
}

/** The pairs of a batch, by the places of their completions among those of the whole batch. */
function pairsOf(batch: readonly Judged[]): Pair[] {
  let offset = 0
  return batch.flatMap(({ sequences, pairs }) => {
    const own = sharedPairs(pairs, { offset, comparisons: batch.length })
    offset += sequences.length
    return own
  })
}

function evaluate(model: Model, heldOut: readonly Judged[], { seed }: RewardSpec): Accuracy {
  const scores = measureScores(
    model,
    heldOut.flatMap(({ sequences }) => sequences),
    64,
  )
  let offset = 0
  const judged = heldOut.map(({ sequences, pairs }) => {
    offset += sequences.length
    return { scores: scores.subarray(offset - sequences.length, offset), pairs }
  })
  return heldOutAccuracy(judged, seed)
}

function evalMetrics(accuracy: Accuracy): Record<string, number> {
  return {
    'eval/accuracy': accuracy.pairs,
    'eval/accuracy_low': accuracy.low,
    'eval/accuracy_high': accuracy.high,
    'eval/comparison_accuracy': accuracy.comparisons,
  }
}

/** TRL's names: the share of pairs in the right order, their mean difference, and the mean score. */
function agreementMetrics(scores: Float32Array, pairs: readonly Pair[]): Record<string, number> {
  const differences = pairs.map(({ chosen, rejected }) => scores[chosen]! - scores[rejected]!)
  const mean = (values: ArrayLike<number>) =>
    Array.from(values).reduce((sum, value) => sum + value, 0) / values.length
  return {
    accuracy: mean(differences.map((difference) => (difference > 0 ? 1 : 0))),
    margin: mean(differences),
    mean_reward: mean(scores),
  }
}

function countPairs(comparisons: readonly Judged[]): number {
  return comparisons.reduce((sum, { pairs }) => sum + pairs.length, 0)
}
