import { z } from 'zod'
import { WhetstoneError } from './errors.ts'

/** What a recipe says while it runs: one JSON object a line on stdout, nothing else. See docs/architecture.md, The trainer. */

const step = z.strictObject({
  type: z.literal('step'),
  step: z.int().min(0),
  total: z.int().min(0),
  metrics: z.record(z.string(), z.number()),
})

const sample = z.strictObject({
  type: z.literal('sample'),
  step: z.int().min(0),
  prompt: z.string(),
  completion: z.string(),
  scores: z.record(z.string(), z.number()),
  /** Optional: only PPO measures each token. `kl` is in nats and as long as `tokens`. */
  tokens: z.array(z.string()).optional(),
  kl: z.array(z.number()).optional(),
})

const checkpoint = z.strictObject({
  type: z.literal('checkpoint'),
  step: z.int().min(0),
  path: z.string(),
  sha256: z.string(),
})

const log = z.strictObject({ type: z.literal('log'), level: z.enum(['info', 'warn']), message: z.string() })

/** A guard's measure has crossed its limit; said once for each crossing. */
const alarm = z.strictObject({
  type: z.literal('alarm'),
  step: z.int().min(0),
  /** The metric, such as guard/kl. */
  kind: z.string(),
  value: z.number(),
  limit: z.number(),
  message: z.string(),
})

/** The run goes on after `step`: what it said of later steps no longer holds. */
const rollback = z.strictObject({
  type: z.literal('rollback'),
  step: z.int().min(0),
  message: z.string(),
})

const artifact = z.strictObject({
  kind: z.enum(['policy', 'reward', 'value', 'completions', 'scores']),
  path: z.string(),
  /** Of the file, or of a model folder's model.safetensors. */
  sha256: z.string(),
})

const done = z.strictObject({
  type: z.literal('done'),
  artifacts: z.array(artifact),
  summary: z.record(z.string(), z.union([z.number(), z.string()])),
})

const stopped = z.strictObject({ type: z.literal('stopped'), step: z.int().min(0) })

const error = z.strictObject({
  type: z.literal('error'),
  code: z.string(),
  message: z.string(),
  hint: z.string(),
})

export const trainerEvent = z.discriminatedUnion('type', [
  step,
  sample,
  checkpoint,
  log,
  alarm,
  rollback,
  done,
  stopped,
  error,
])

export type TrainerEvent = z.infer<typeof trainerEvent>
export type StepEvent = z.infer<typeof step>
export type SampleEvent = z.infer<typeof sample>
export type CheckpointEvent = z.infer<typeof checkpoint>
export type LogEvent = z.infer<typeof log>
export type AlarmEvent = z.infer<typeof alarm>
export type DoneEvent = z.infer<typeof done>
export type StoppedEvent = z.infer<typeof stopped>
export type ErrorEvent = z.infer<typeof error>
export type Artifact = z.infer<typeof artifact>

/**
 * Writes one event as a line.
 * @throws WhetstoneError NOT_FINITE when a number in it is NaN or infinite (JSON would turn it into null), INVALID_EVENT when it
 * does not follow the protocol.
 */
export function writeEvent(
  event: TrainerEvent,
  out: { write(line: string): unknown } = process.stdout,
): void {
  out.write(`${formatEvent(event)}\n`)
}

/** The line of an event, without its end of line; throws as `writeEvent`. */
export function formatEvent(event: TrainerEvent): string {
  const wrong = nonFinite(event, '')
  if (wrong)
    throw new WhetstoneError(
      'NOT_FINITE',
      `${event.type}${wrong.path} is ${wrong.value}`,
      'A measure that is not a number must not be reported: leave it out, or find where the division by zero is.',
    )
  const parsed = trainerEvent.safeParse(event)
  if (!parsed.success)
    throw new WhetstoneError(
      'INVALID_EVENT',
      z.prettifyError(parsed.error),
      'Follow the schemas of trainer/events.ts.',
    )
  return JSON.stringify(parsed.data)
}

/**
 * The event of a line of stdout.
 * @throws WhetstoneError INVALID_EVENT with the start of the line.
 */
export function parseEvent(line: string): TrainerEvent {
  let json: unknown
  try {
    json = JSON.parse(line)
  } catch (cause) {
    throw new WhetstoneError(
      'INVALID_EVENT',
      `not JSON: ${line.slice(0, 120)}`,
      'The trainer prints only events on stdout.',
      { cause },
    )
  }
  const parsed = trainerEvent.safeParse(json)
  if (parsed.success) return parsed.data
  throw new WhetstoneError(
    'INVALID_EVENT',
    `${line.slice(0, 120)}: ${z.prettifyError(parsed.error)}`,
    'The trainer and the reader must be of the same version.',
  )
}

function nonFinite(value: unknown, path: string): { path: string; value: number } | null {
  if (typeof value === 'number') return Number.isFinite(value) ? null : { path, value }
  if (value === null || typeof value !== 'object') return null
  for (const [key, inner] of Object.entries(value)) {
    const wrong = nonFinite(inner, `${path}.${key}`)
    if (wrong) return wrong
  }
  return null
}
