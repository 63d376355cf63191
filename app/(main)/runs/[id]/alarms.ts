import type { StepStore } from '../../../charts/step-store.ts'

export interface Alarm {
  title: string
  hint: string
}

/** Above this share of the target the KL is an alarm rather than a swing of the controller. */
const overTarget = 1.5
/** Below this share of its first value the entropy has collapsed. */
const entropyLeft = 0.2

/** What in the latest figures of a PPO run asks for a person. */
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
