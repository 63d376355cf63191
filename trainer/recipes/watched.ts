import type { AlarmEvent, StepEvent, TrainerEvent } from '#trainer/events.ts'
import type { Checkpoint } from '#trainer/io/checkpoint.ts'
import { type GuardState, type Guards, noGuardState, startGuards } from './guards.ts'
import { heldOutSummary } from './held-out.ts'
import { returnTo } from './learners.ts'
import { sampleEvents } from './rollouts.ts'
import { finite, type Open, type Run, type Trained } from './run.ts'
import { type Batch, evaluateAt, type Sampler, type SamplerSpec } from './sampler.ts'

/** How the runs of PPO's relatives are watched from the first measures to the last: held-out prompts, samples, guards. */

type Measures = Record<string, number>

/** What watching carries from step to step, in the checkpoints of every sampler. */
export interface WatchedState {
  guards: GuardState
  /** The held-out measures of the policy before training. */
  before: Measures | null
}

export const unwatched: WatchedState = { guards: noGuardState, before: null }

/** Starts the guards, also those that a resumed run has for the first time; a run that does not resume has its first measures taken and told as step 0. */
export async function* startWatching(
  spec: SamplerSpec,
  sampler: Sampler,
  state: WatchedState,
  open: Open,
): AsyncGenerator<StepEvent, Guards> {
  const { models, heldOut, prompts, checkpoint, total } = sampler
  const guards = open(await startGuards(spec, models, heldOut.length > 0 ? heldOut : prompts, state.guards))
  state.guards = guards.state
  const guarded = finite(await guards.begin(checkpoint), checkpoint?.step ?? 0, checkpoint)
  if (checkpoint) return guards
  state.before = evaluateAt(spec, sampler, 0, null)
  const metrics = { ...state.before, ...guarded }
  if (Object.keys(metrics).length > 0) yield { type: 'step', step: 0, total, metrics }
  return guards
}

/** Tells of a step: its measures with those of the guards and the held-out prompts where they are due, samples, alarms. */
export async function* report(
  spec: SamplerSpec,
  sampler: Sampler,
  guards: Guards,
  batch: Batch,
  { step, metrics, lastGood }: { step: number; metrics: Measures; lastGood: Checkpoint | null },
): AsyncGenerator<TrainerEvent, { after: Measures | null; alarm: AlarmEvent | null }> {
  const { total } = sampler
  const { tokenizer } = sampler.models.policy
  const kl = metrics['objective/kl']!
  const watched = await guards.watch({ step, kl, sequences: batch.sequences, lastGood })
  const after = watched.stop ? null : evaluateAt(spec, sampler, step, lastGood)
  const all = { ...metrics, ...watched.metrics, ...after }
  yield { type: 'step', step, total, metrics: finite(all, step, lastGood) }
  yield* sampleEvents(spec, { step, total, tokenizer, ...batch })
  yield* watched.alarms
  return { after, alarm: watched.stop }
}

/**
 * The step whose models a run ends with, and its summary. Where a guard stopped it, the models become those of the last checkpoint,
 * from before the alarm, if there is one.
 */
export async function settle(
  spec: SamplerSpec,
  run: Run,
  sampler: Sampler,
  trained: Trained,
  { state, last, after, alarm, lastGood }: Ended,
): Promise<{ step: number; summary: Record<string, number | string> }> {
  const step = alarm ? (lastGood?.step ?? alarm.step) : sampler.total
  if (alarm && lastGood) await returnTo(lastGood, trained)
  const measures = alarm ? evaluateAt(spec, { ...sampler, total: step }, step, lastGood) : after
  return {
    step,
    summary: {
      steps: step,
      ...('objective/scores' in last && {
        trainScore: last['objective/scores']!,
        trainKl: last['objective/kl']!,
      }),
      ...heldOutSummary(state.before, measures),
      ...(run.rolledBack && { rolledBack: run.rolledBack }),
      ...(alarm && { stoppedBy: alarm.kind, stoppedAt: alarm.step, stopReason: alarm.message }),
    },
  }
}

interface Ended {
  state: WatchedState
  last: Measures
  after: Measures | null
  alarm: AlarmEvent | null
  lastGood: Checkpoint | null
}
