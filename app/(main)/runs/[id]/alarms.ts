import type { Mark } from '#lib/runs/marks.ts'
import type { StepStore } from '../../../charts/step-store.ts'

export interface Alarm {
  title: string
  hint: string
}

const guardNames: Record<string, string> = {
  'guard/kl': 'KL',
  'guard/length': 'length',
  'guard/repetition': 'repetition',
  'guard/disagreement': 'disagreement',
  'guard/gold': 'gold',
}

/** What is to be done about each guard's alarm. */
const remedies: Record<string, string> = {
  'guard/kl': 'Raise the KL coefficient, or lower the learning rate.',
  'guard/length': 'Set a length penalty, or look whether the reward model prefers length itself.',
  'guard/repetition': 'Set a repetition penalty, and look at the samples.',
  'guard/disagreement':
    'The policy writes what the reward model has not seen: rank some of it and train the judge again.',
  'guard/gold': 'The reward is being gamed: stop here, or hold the policy closer to its reference.',
}

/** 'the KL guard' */
export function guardWords(kind: string): string {
  return `the ${guardNames[kind] ?? kind} guard`
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)

/** What guards have said so far, each guard by its last alarm. */
export function guardAlarms(marks: readonly Mark[]): Alarm[] {
  const last = new Map<string, Mark>()
  for (const mark of marks) if (mark.kind !== 'rollback') last.set(mark.kind, mark)
  return [...last.values()].map(({ kind, step, message }) => ({
    title: `${capital(guardWords(kind))}, step ${step}: ${message}.`,
    hint: remedies[kind] ?? '',
  }))
}

export interface Ending {
  title: string
  detail: string
}

/** Why a run did not go the whole way as it was launched: a guard ended it, or it diverged and went back once. */
export function endingsOf(
  summary: Readonly<Record<string, unknown>> | null,
  marks: readonly Mark[],
): Ending[] {
  const back = marks.findLast(({ kind }) => kind === 'rollback')
  const endings: Ending[] = []
  if (back)
    endings.push({
      title: `It diverged and went back to step ${back.step}, where it went on with half the learning rate.`,
      detail: `${capital(back.message)}. A run may do so once.`,
    })
  if (typeof summary?.stoppedBy === 'string')
    endings.push({
      title: `Ended by ${guardWords(summary.stoppedBy)} at step ${summary.stoppedAt}: ${summary.stopReason}.`,
      detail: `What it made is the policy of ${keptWords(summary)}.`,
    })
  return endings
}

function keptWords({ steps, stoppedAt }: Readonly<Record<string, unknown>>): string {
  return steps === stoppedAt
    ? `step ${steps}, as there was no checkpoint from before the alarm`
    : `step ${steps}, the last checkpoint before the alarm`
}

/** Above this share of the target the KL is an alarm rather than a swing of the controller. */
const overTarget = 1.5
/** Below this share of its first value the entropy has collapsed. */
const entropyLeft = 0.2

/** What in the latest figures of a run that samples asks for a person. */
export function alarmsOf(store: Pick<StepStore, 'column'>, klTarget: number | undefined): Alarm[] {
  const latest = (name: string) => store.column(name).findLast((value) => value !== null)
  const first = (name: string) => store.column(name).find((value) => value !== null)
  const alarms: Alarm[] = []
  const kl = latest('objective/kl')
  if (kl !== undefined && klTarget !== undefined && kl > overTarget * klTarget)
    alarms.push({
      title: `KL is ${kl.toFixed(1)} nats, over its target of ${klTarget}.`,
      hint: 'The policy runs away from its reference: raise the KL coefficient or lower the learning rate.',
    })
  if (kl !== undefined && kl < -1)
    alarms.push({
      title: `KL is negative: ${kl.toFixed(1)} nats.`,
      hint: 'Sampling and training disagree about the probabilities; set top k to 0 and top p to 1.',
    })
  const [before, now] = [first('objective/entropy'), latest('objective/entropy')]
  if (before !== undefined && now !== undefined && before > 0 && now < entropyLeft * before)
    alarms.push({
      title: `Entropy fell from ${before.toFixed(1)} to ${now.toFixed(1)} nats.`,
      hint: 'Every prompt may be getting the same answer: look at the samples, raise the KL coefficient.',
    })
  return alarms
}
