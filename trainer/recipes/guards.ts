import type { PpoSpec } from '#trainer/config.ts'
import { WhetstoneError } from '#trainer/errors.ts'
import type { AlarmEvent } from '#trainer/events.ts'
import type { Checkpoint } from '#trainer/io/checkpoint.ts'
import type { Model } from '#trainer/io/model-folder.ts'
import { repeatedShare } from '#trainer/rlhf/repetition.ts'
import { moments } from '#trainer/rlhf/whiten.ts'
import { type GoldJudge, loadGoldJudge } from './gold.ts'
import { type Query, respond, type SamplingSpec, type ScoringSpec, scoreResponses } from './rollouts.ts'
import { inParts, measureHeads, type Sequence } from './sequences.ts'

/**
 * Guards against rewards that rise for the wrong reasons, for every recipe that samples: each is a metric guard/…, an alarm once
 * per crossing of its limit, and a stop where it is asked for. Sources: Gao et al. 2022; docs/algorithms.md, Guards.
 */

type GuardSettings = Pick<
  PpoSpec,
  | 'guardPrompts'
  | 'klGuard'
  | 'lengthGuard'
  | 'repetitionGuard'
  | 'disagreementGuard'
  | 'goldGuard'
  | 'batchSize'
> & { reward: string; data: Pick<PpoSpec['data'], 'goldReward' | 'goldRubric'> }

type GuardSpec = SamplingSpec & ScoringSpec & GuardSettings

/** What guards carry from step to step: a part of the run's state in its checkpoints. */
export interface GuardState {
  /** Of the reference's own responses; null until they were measured. */
  reference: { length: number; repetition: number; disagreement: number | null } | null
  /** The best mean gold score so far, and the deviation of the first probe's scores. */
  gold: { best: number; deviation: number } | null
  /** The guards whose measure is beyond its limit. */
  crossed: string[]
}

/** What a step of a run shows its guards. */
export interface Watched {
  step: number
  /** The mean KL of a response to the reference, in nats. */
  kl: number
  sequences: readonly Sequence[]
  lastGood: Checkpoint | null
}

export interface Guards {
  state: GuardState
  /** Measures what the guards compare with and the state lacks: the reference's responses, and the gold score before training. */
  begin(lastGood: Checkpoint | null): Promise<Record<string, number>>
  /** The metrics of a step, its alarms, and the first of them that asks for a stop. */
  watch(rollout: Watched): Promise<{
    metrics: Record<string, number>
    alarms: AlarmEvent[]
    stop: AlarmEvent | null
  }>
  dispose(): void
}

interface Measure {
  kind: string
  value: number
  limit: number
  crossed: boolean
  onAlarm: 'warn' | 'stop'
  message: string
  /** Other metrics of the guard. */
  beside?: Record<string, number>
}

export const noGuardState: GuardState = { reference: null, gold: null, crossed: [] }

/** The guards of a run; `probes` are prompts, `guardPrompts` of them at most. Throws INVALID_CONFIG where a reward model
 * with one head shall disagree, and what reading a gold judge throws. */
export async function startGuards(
  spec: GuardSpec,
  { policy, reference, reward }: { policy: Model; reference: Model; reward: Model },
  probes: readonly Query[],
  saved: GuardState,
): Promise<Guards> {
  const state: GuardState = structuredClone(saved)
  const prompts = probes.slice(0, spec.guardPrompts)
  const judge = spec.goldGuard ? await loadGoldJudge(spec, policy) : null

  if (spec.disagreementGuard && reward.parameters.get('score.weight')!.shape[0] === 1)
    throw new WhetstoneError(
      'INVALID_CONFIG',
      `disagreementGuard asks how far the heads of ${spec.reward} are apart, and it has one`,
      'Train a reward model with several heads, or take the guard out.',
    )
  const disagreement = (sequences: readonly Sequence[]) =>
    spec.disagreementGuard ? meanDeviation(reward, sequences, spec.microBatchSize) : null

  /** Always with the same random numbers: those of held-out measures, which no step of training uses. */
  function answers(model: Model, step: number, lastGood: Checkpoint | null) {
    const parts = inParts(prompts, spec.batchSize).map((part, index) =>
      respond(spec, model, part, { key: 0, firstRow: index * spec.batchSize, step, lastGood }),
    )
    return {
      sequences: parts.flatMap((part) => part.sequences),
      finished: parts.flatMap((part) => part.finished),
    }
  }

  /** The scores of the policy's responses to the probes by the gold judge, and by the reward model that it learns from. */
  async function probe(gold: GoldJudge, step: number, lastGood: Checkpoint | null) {
    const { sequences, finished } = answers(policy, step, lastGood)
    const scores = await gold.score(prompts, sequences)
    return { gold: moments(scores), proxy: moments(scoreResponses(spec, reward, sequences, finished)).mean }
  }

  async function begin(lastGood: Checkpoint | null): Promise<Record<string, number>> {
    const lacksSpread = spec.disagreementGuard && !state.reference?.disagreement
    if (lacksSpread || ((spec.lengthGuard || spec.repetitionGuard) && !state.reference)) {
      const { sequences } = answers(reference, 0, lastGood)
      state.reference = { ...shapeOf(sequences), disagreement: disagreement(sequences) }
    }
    if (!judge || state.gold) return {}
    const { gold, proxy } = await probe(judge, 0, lastGood)
    state.gold = { best: gold.mean, deviation: Math.sqrt(gold.variance) || 1 }
    return { 'guard/gold': gold.mean, 'guard/gold_proxy': proxy }
  }

  /** What each guard that is on says of a step. */
  async function measure({ step, kl, sequences, lastGood }: Watched): Promise<Measure[]> {
    const measures: Measure[] = []
    const { klGuard, lengthGuard, repetitionGuard, disagreementGuard, goldGuard } = spec
    const { reference: before, gold: known } = state
    const own = shapeOf(sequences)
    if (klGuard) {
      const { budget: limit, onAlarm } = klGuard
      const message = `the KL to the reference is ${show(kl)} nats, its budget ${show(limit)}`
      measures.push({ kind: 'guard/kl', value: kl, limit, crossed: kl > limit, onAlarm, message })
    }
    if (lengthGuard && before) {
      const { factor: limit, onAlarm } = lengthGuard
      const value = own.length / before.length
      const crossed = value > limit || value < 1 / limit
      const message = `completions have ${show(own.length)} tokens, those of the reference ${show(before.length)}`
      measures.push({ kind: 'guard/length', value, limit, crossed, onAlarm, message })
    }
    if (repetitionGuard && before) {
      const { rise: limit, onAlarm } = repetitionGuard
      const value = own.repetition - before.repetition
      const message = `${percent(own.repetition)} of 3-grams are repeated, of the reference's ${percent(before.repetition)}`
      measures.push({ kind: 'guard/repetition', value, limit, crossed: value > limit, onAlarm, message })
    }
    if (disagreementGuard && before?.disagreement) {
      const { factor: limit, onAlarm } = disagreementGuard
      const apart = disagreement(sequences)!
      const value = apart / before.disagreement
      const message = `the heads of the reward model are ${show(apart)} apart, on the reference's completions ${show(before.disagreement)}`
      measures.push({ kind: 'guard/disagreement', value, limit, crossed: value > limit, onAlarm, message })
    }
    if (goldGuard && judge && known && step % goldGuard.every === 0) {
      const { gold, proxy } = await probe(judge, step, lastGood)
      const { onAlarm } = goldGuard
      const [value, limit] = [gold.mean, known.best - goldGuard.drop * known.deviation]
      const message = `the gold judge gives ${show(value)} after ${show(known.best)}, while the reward is ${show(proxy)}`
      const beside = { 'guard/gold_proxy': proxy }
      measures.push({ kind: 'guard/gold', value, limit, crossed: value < limit, onAlarm, message, beside })
      known.best = Math.max(known.best, value)
    }
    return measures
  }

  return {
    state,
    begin,
    async watch(rollout) {
      const measures = await measure(rollout)
      const metrics: Record<string, number> = {}
      const alarms: AlarmEvent[] = []
      let stop: AlarmEvent | null = null
      for (const { kind, value, limit, crossed, onAlarm, message, beside } of measures) {
        Object.assign(metrics, { [kind]: value, ...beside })
        const before = state.crossed.includes(kind)
        if (crossed && !before) {
          const alarm: AlarmEvent = { type: 'alarm', step: rollout.step, kind, value, limit, message }
          alarms.push(alarm)
          state.crossed.push(kind)
          if (onAlarm === 'stop') stop ??= alarm
        }
        if (!crossed && before) state.crossed.splice(state.crossed.indexOf(kind), 1)
      }
      return { metrics, alarms, stop }
    },
    dispose: () => judge?.dispose(),
  }
}

/** The mean length in tokens, and the mean share of repeated 3-grams. */
function shapeOf(sequences: readonly Sequence[]): { length: number; repetition: number } {
  return {
    length: moments(sequences.map(({ response }) => response.length)).mean,
    repetition: moments(sequences.map(({ response }) => repeatedShare(response, 3))).mean,
  }
}

/** How far the heads of a reward model are apart: the mean over sequences of the standard deviation of their raw scores. */
function meanDeviation(reward: Model, sequences: readonly Sequence[], size: number): number {
  const { heads, headCount } = measureHeads(reward, sequences, size)
  const deviations = sequences.map((_, row) =>
    Math.sqrt(moments(heads.subarray(row * headCount, (row + 1) * headCount)).variance),
  )
  return moments(deviations).mean
}

const show = (value: number) => Number(value.toPrecision(4)).toString()
const percent = (share: number) => `${(100 * share).toFixed(1)} %`
