import type { PpoSpec } from '#trainer/config.ts'
import type { AlarmEvent, TrainerEvent } from '#trainer/events.ts'
import { createAdam } from '#trainer/nn/adam.ts'
import { disposeGradients } from '#trainer/nn/gradients.ts'
import { gae } from '#trainer/rlhf/gae.ts'
import { klPerToken } from '#trainer/rlhf/kl.ts'
import { nextKlCoefficient, nextPenaltyCoefficient } from '#trainer/rlhf/kl-controller.ts'
import { takeRows } from '#trainer/rlhf/masks.ts'
import { emptySums, passMetrics, rolloutMetrics, takeBack } from '#trainer/rlhf/metrics.ts'
import { permutation } from '#trainer/rlhf/philox.ts'
import { tokenRewards } from '#trainer/rlhf/rewards.ts'
import { learningRateFactor } from '#trainer/rlhf/schedule.ts'
import { moments, whiten } from '#trainer/rlhf/whiten.ts'
import { type GuardState, noGuardState, startGuards } from './guards.ts'
import { evaluate, heldOutSummary } from './held-out.ts'
import { descend, differentiate } from './learn.ts'
import { follow, loadFrozen, loadLearners, returnTo, savedParts, saveLearners } from './learners.ts'
import { type Minibatch, policyLosses, ptxLosses, valueLosses } from './passes.ts'
import { nextMix, readMix } from './ptx.ts'
import { nextPrompts, readQueries, respond, sampleEvents, scoreResponses } from './rollouts.ts'
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
  unsupported,
} from './run.ts'
import { sameTokenizer } from './score.ts'
import { inParts, measureLogProbs, measureValues } from './sequences.ts'

/** What a run carries from step to step beside weights and optimisers. */
interface State {
  klCoefficient: number
  /** β of the penalty loss. */
  penaltyCoefficient: number
  /** How many steps in a row skipped minibatches for their ratio. */
  exploded: number
  guards: GuardState
  /** The held-out measures of the policy before training. */
  before: Record<string, number> | null
}

/**
 * PPO on a language model, token by token, with a value model of its own or a value head on the policy. Source: Schulman et al. 2017;
 * Ziegler et al. 2019; the numbered items of docs/algorithms.md as the comments name them. Going back once, it recovers from diverging.
 * Throws PROMPT_EMPTY, PROMPT_TOO_LONG, TOKENIZER_MISMATCH, EMPTY_DATA, DIVERGED, DISK_FULL, and what reading models throws.
 */
export const ppo = recovering(async function* (spec: PpoSpec, run: Run, open): AsyncGenerator<TrainerEvent> {
  // 1. Four models: the policy and the value model learn, the reference and the reward model stay as they are.
  const { checkpoint, logs } = findCheckpoint(run)
  yield* [...logs, ...unsupported(spec)]
  const shared = spec.valueModel === 'shared'
  let lastGood = checkpoint
  const reward = open(await loadFrozen(spec, spec.reward, 'reward'))
  const reference = open(await loadFrozen(spec, spec.reference ?? spec.policy, 'policy'))
  const learners = open(await loadLearners(spec, checkpoint))
  yield* learners.logs
  const { policy, value, moved, average } = learners
  for (const model of [reference, reward, value]) sameTokenizer(policy, model)
  const { tokenizer } = policy

  // 2. All prompts: one that does not fit is refused before anything is sampled.
  const maxPositions = Math.min(
    ...[policy, reference, reward, value].map((model) => model.config.maxPositions),
  )
  const fits = { tokenizer, responseLength: spec.responseLength, maxPositions }
  const prompts = await readQueries(spec.data.train, fits)
  const heldOut = spec.data.eval ? (await readQueries(spec.data.eval, fits)).slice(0, spec.evalPrompts) : []
  const pretraining = spec.data.ptx ? await readMix(spec.data.ptx, { tokenizer, maxPositions }) : null
  if (pretraining) yield* pretraining.logs
  const mix = pretraining?.mix

  // 3. An optimiser for each model that learns. Everything drawn depends on the seed and the step alone.
  const adamOptions = {
    form: spec.adamForm,
    beta1: spec.adamBeta1,
    beta2: spec.adamBeta2,
    epsilon: spec.adamEpsilon,
    weightDecay: spec.weightDecay,
  }
  const policyAdam = open(createAdam(moved, adamOptions))
  const valueAdam = shared ? null : open(createAdam(value.trainable, adamOptions))
  const total = Math.ceil(spec.episodes / spec.batchSize)
  const saved = savedParts(learners, { policyAdam, valueAdam })
  const trained = {
    ...saved,
    order: {
      ...saved.order,
      seed: spec.seed,
      batchSize: spec.batchSize,
      minibatches: spec.minibatches,
      steps: total,
      'sha256 of the data': sha256OfData([prompts, heldOut].map((part) => part.map(({ query }) => query))),
      ...(mix && { 'sha256 of the pretraining mix': sha256OfData(mix), ptxBatchSize: spec.ptxBatchSize }),
    },
  }
  const models = { policy, reference, reward }
  const state: State = {
    ...{ klCoefficient: spec.klCoefficient, penaltyCoefficient: spec.penalty.coefficient },
    ...{ exploded: 0, guards: noGuardState, before: null },
    ...(checkpoint && restore<State>(checkpoint, trained)),
  }
  if (run.goesBack) state.exploded = 0
  const probes = heldOut.length > 0 ? heldOut : prompts
  const guards = open(await startGuards(spec, models, probes, state.guards))
  state.guards = guards.state
  const guarded = finite(await guards.begin(lastGood), checkpoint?.step ?? 0, lastGood)
  if (!checkpoint) {
    const measures = heldOut.length > 0 ? evaluate(spec, models, heldOut, lastGood, 0) : null
    state.before = measures && finite(measures, 0, lastGood)
    const metrics = { ...measures, ...guarded }
    if (Object.keys(metrics).length > 0) yield { type: 'step', step: 0, total, metrics }
  }
  let after: Record<string, number> | null = null
  let last: Record<string, number> = {}
  let alarm: AlarmEvent | null = null

  for (let step = (checkpoint?.step ?? 0) + 1; step <= total; step++) {
    const started = performance.now()

    // 4. Rollout: one response to each of the next prompts, sampled from the policy (items 1 and 2).
    const batch = nextPrompts(prompts, spec, step)
    const { sequences, finished, starts } = respond(spec, policy, batch, {
      key: step,
      firstRow: 0,
      step,
      lastGood,
    })
    const sampled = performance.now()

    // 5. Score: the reward of the response up to its EOS, and what the policy, the reference and the value model made of each
    //    token before learning, all at the sampling temperature and without gradients (items 3, 4, 17 and 18).
    const size = spec.microBatchSize
    const scores = scoreResponses(spec, reward, sequences, finished)
    const { logProbs: oldLogProbs, entropy } = measureLogProbs(policy, sequences, {
      temperature: spec.temperature,
      size,
    })
    const { logProbs: referenceLogProbs } = measureLogProbs(reference, sequences, {
      temperature: spec.temperature,
      size,
    })
    const oldValues = measureValues(value, sequences, size)

    // 6. Rewards: −β·KL at every token, unless it is a part of the loss, and the score at the last (items 5 and 6).
    const kl = klPerToken(oldLogProbs, referenceLogProbs, 'k1')
    const inReward = spec.klPlacement === 'reward'
    const penalty =
      spec.klEstimator === 'k1' ? kl : klPerToken(oldLogProbs, referenceLogProbs, spec.klEstimator)
    const rewards = tokenRewards(penalty, scores, starts, inReward ? state.klCoefficient : 0)

    // 7. Advantages and returns (items 8 and 9).
    const shiftMean = spec.whitenRewardsShiftMean
    const shaped = spec.whitenRewards ? whiten(rewards, { shiftMean }) : rewards
    const { advantages: raw, returns } = gae(shaped, oldValues, starts, spec)
    const advantages = spec.whitenAdvantages === 'batch' ? whiten(raw, { shiftMean: true }) : raw
    const measured = performance.now()

    // 8. Learn: some epochs over the batch, reshuffled each time, by clipped or penalised losses (items 10 to 14, 19 and 20).
    const factor = learningRateFactor(step - 1, total, spec)
    const coefficients = { kl: state.klCoefficient, penalty: state.penaltyCoefficient }
    const sums = emptySums()
    learning: for (let epoch = 0; epoch < spec.epochsPerBatch; epoch++) {
      const order = [...permutation(spec.seed, step * 64 + epoch, sequences.length, 'split')]
      for (const [index, rows] of inParts(order, spec.batchSize / spec.minibatches).entries()) {
        const own = takeRows(advantages, starts, rows)
        const whitened = spec.whitenAdvantages === 'minibatch' ? whiten(own, { shiftMean: true }) : own
        const minibatch: Minibatch = {
          sequences: rows.map((row) => sequences[row]!),
          oldLogProbs: takeRows(oldLogProbs, starts, rows),
          referenceLogProbs: takeRows(referenceLogProbs, starts, rows),
          oldValues: takeRows(oldValues, starts, rows),
          advantages: whitened,
          returns: takeRows(returns, starts, rows),
        }
        const before = { ...sums }
        const pass = ((step - 1) * spec.epochsPerBatch + epoch) * spec.minibatches + index
        const policyPass = differentiate(moved, [
          ...policyLosses(spec, learners, minibatch, coefficients, sums),
          ...(mix ? ptxLosses(spec, policy, nextMix(mix, spec, pass), sums) : []),
        ])
        const tokens = sums.tokens - before.tokens
        const meanRatio = (sums.ratio - before.ratio) / tokens
        const approxKl = (sums.approxKl - before.approxKl) / tokens
        const exploded = spec.maxRatio > 0 && meanRatio > spec.maxRatio
        const far = spec.targetKl !== undefined && approxKl > 1.5 * spec.targetKl
        if (exploded || far) {
          disposeGradients(policyPass.gradients)
          takeBack(sums, before)
          if (exploded) sums.skipped += 1
          if (far) break learning
          continue
        }
        const options = { maxGradNorm: spec.maxGradNorm, step, lastGood }
        sums.policyLoss +=
          policyPass.loss -
          spec.valueCoefficient * (sums.valueLoss - before.valueLoss) -
          spec.ptxCoefficient * (sums.ptxLoss - before.ptxLoss)
        sums.gradientNorm += descend(policyAdam, policyPass, {
          ...options,
          learningRate: spec.learningRate * factor,
        })
        if (valueAdam) {
          const valuePass = differentiate(value.trainable, valueLosses(spec, value, minibatch, sums))
          sums.valueGradientNorm += descend(valueAdam, valuePass, {
            ...options,
            learningRate: (spec.valueLearningRate ?? spec.learningRate) * factor,
          })
        }
        if (average) follow(average, policy, spec.emaDecay)
        sums.passes += 1
      }
    }
    state.exploded = sums.skipped > 0 ? state.exploded + 1 : 0
    if (spec.explodedSteps > 0 && state.exploded >= spec.explodedSteps)
      throw diverged(
        `the mean ratio exceeded ${spec.maxRatio} in ${state.exploded} steps in a row`,
        step,
        lastGood,
      )
    const learned = performance.now()

    // 9. Report, let the coefficients follow their targets (items 7 and 10), and look whether the rewards rise for the right reasons.
    const seconds = (from: number, to: number) => (to - from) / 1000
    last = {
      ...rolloutMetrics({
        kl,
        penalty: inReward ? penalty : penalty.map(() => 0),
        entropy,
        values: oldValues,
        returns,
        starts,
        scores,
        finished,
        beta: state.klCoefficient,
      }),
      ...passMetrics(sums),
      ...(mix && { 'loss/ptx_avg': sums.ptxLoss / Math.max(1, sums.passes) }),
      ...(spec.targetKl && { 'policy/passes': sums.passes }),
      lr: spec.learningRate * factor,
      episode: step * spec.batchSize,
      'time/rollout': seconds(started, sampled),
      'time/score': seconds(sampled, measured),
      'time/train': seconds(measured, learned),
      tokens_per_second: kl.length / seconds(started, learned),
    }
    if (spec.adaptiveKl)
      state.klCoefficient = nextKlCoefficient(state.klCoefficient, {
        kl: last['objective/kl']!,
        samples: sequences.length,
        ...spec.adaptiveKl,
      })
    if (spec.loss === 'penalty') {
      // Source: Schulman et al. 2017, section 4: the KL that the batch led to, estimated as in the loss.
      const { logProbs } = measureLogProbs(policy, sequences, { temperature: spec.temperature, size })
      const moved = moments(klPerToken(oldLogProbs, logProbs, 'k1')).mean
      last['policy/penalty_coef'] = state.penaltyCoefficient
      last['policy/penalty_kl'] = moved
      const { target } = spec.penalty
      state.penaltyCoefficient = nextPenaltyCoefficient(state.penaltyCoefficient, { kl: moved, target })
    }
    const watched = await guards.watch({ step, kl: last['objective/kl']!, sequences, lastGood })
    Object.assign(last, watched.metrics)
    alarm = watched.stop
    if (heldOut.length > 0 && step === total && !alarm)
      after = evaluate(spec, models, heldOut, lastGood, step)
    yield { type: 'step', step, total, metrics: finite({ ...last, ...after }, step, lastGood) }
    yield* sampleEvents(spec, { step, total, tokenizer, batch, sequences, starts, scores, kl })
    yield* watched.alarms
    if (alarm) break

    // 10. Checkpoint, and stop where asked.
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

  // 11. The policy, with the value model and the moving average beside it. Where a guard stopped the run, they are those of the last
  //     checkpoint, from before the alarm, if there is one.
  if (alarm && lastGood) await returnTo(lastGood, trained)
  const step = alarm ? (lastGood?.step ?? alarm.step) : total
  if (alarm && heldOut.length > 0) after = evaluate(spec, models, heldOut, lastGood, step)
  const { artifacts, logs: said } = await saveLearners(run, learners, { from: spec.policy, step, lastGood })
  yield* said
  yield { type: 'done', artifacts, summary: { ...summarise(step, last, state, after), ...endOf(run, alarm) } }
})

/** Why a run did not go the whole way at its own pace. */
function endOf({ rolledBack }: Run, alarm: AlarmEvent | null): Record<string, number | string> {
  return {
    ...(rolledBack && { rolledBack }),
    ...(alarm && { stoppedBy: alarm.kind, stoppedAt: alarm.step, stopReason: alarm.message }),
  }
}

function summarise(
  steps: number,
  last: Record<string, number>,
  { before, klCoefficient }: State,
  after: Record<string, number> | null,
): Record<string, number> {
  const summary: Record<string, number> = { steps, klCoefficient }
  if ('objective/scores' in last) {
    summary.trainScore = last['objective/scores']!
    summary.trainKl = last['objective/kl']!
  }
  return { ...summary, ...heldOutSummary(before, after) }
}
