import { z } from 'zod'

/** What each queue carries. A job is only a nudge: the truth of a run is its row. */
export const payloads = {
  run: z.strictObject({ runId: z.string() }),
} as const

export type QueueName = keyof typeof payloads
export type Payload<Q extends QueueName> = z.output<(typeof payloads)[Q]>
