import { setTimeout as pause } from 'node:timers/promises'
import type { Client } from './client.ts'
import type { Bar } from './progress.ts'

/** What GET /api/runs/[id] answers, as far as the demo reads it. */
export interface RunDetails {
  id: string
  name: string
  status: string
  engine: string | null
  step: number
  totalSteps: number | null
  errorMessage: string | null
  errorHint: string | null
  summary: Record<string, number | string> | null
  modelVersions: { id: string; kind: 'POLICY' | 'REWARD' }[]
}

/** A run that ended otherwise than done. */
export class RunFailed extends Error {
  readonly hint: string

  constructor(run: RunDetails) {
    super(`The run '${run.name}' ended as ${run.status.toLowerCase()}: ${run.errorMessage ?? 'no message'}`)
    this.name = 'RunFailed'
    this.hint = run.errorHint ?? 'Start the demo again: it resumes the run from its last checkpoint.'
  }
}

/**
 * The run once it is done, its steps shown on the bar meanwhile. A run that was stopped, or failed when the demo
 * last ran, is resumed once.
 * @throws RunFailed when it fails, or ends again after it was resumed.
 */
export async function untilDone(client: Client, id: string, bar: Bar): Promise<RunDetails> {
  let resumed = false
  for (let first = true; ; first = false) {
    const run = await client.get<RunDetails>(`/api/runs/${id}`)
    bar.update(run.step, run.totalSteps ?? 1, run.status === 'QUEUED' ? 'waits for the worker' : run.name)
    if (run.status === 'SUCCEEDED') return run
    const stopped = run.status === 'STOPPED' || run.status === 'FAILED'
    if (stopped && (!first || resumed)) throw new RunFailed(run)
    if (stopped) {
      await client.post(`/api/runs/${id}/resume`, {})
      resumed = true
    }
    await pause(1000)
  }
}
