import { setTimeout as pause } from 'node:timers/promises'
import type { Client } from './client.ts'
import type { Bar } from './progress.ts'

/** What GET /api/runs answers about each run, as far as the demo reads it. */
interface RunRow {
  id: string
  name: string
  status: 'QUEUED' | 'RUNNING' | 'STOPPING' | 'STOPPED' | 'SUCCEEDED' | 'FAILED'
  step: number
  totalSteps: number | null
}

/** What GET /api/runs/[id] answers. */
export interface RunDetails extends RunRow {
  engine: string | null
  errorMessage: string | null
  errorHint: string | null
  summary: Record<string, number | string> | null
  modelVersions: { id: string; kind: 'POLICY' | 'REWARD' }[]
}

/** A run that ended otherwise than succeeded. */
export class RunFailed extends Error {
  readonly hint: string

  constructor(run: RunDetails) {
    super(`The run '${run.name}' ended as ${run.status.toLowerCase()}: ${run.errorMessage ?? 'no message'}`)
    this.name = 'RunFailed'
    this.hint = run.errorHint ?? 'Start the demo again: it resumes the run from its last checkpoint.'
  }
}

/**
 * The run once it has succeeded, its steps shown on the bar meanwhile. A run found stopped or failed, as an earlier
 * demo may have left it, is resumed once.
 * @throws RunFailed when it ends otherwise
 */
export async function untilDone(client: Client, id: string, bar: Bar, pollMs = 1000): Promise<RunDetails> {
  const { name, status } = await client.get<RunDetails>(`/api/runs/${id}`)
  if (status === 'STOPPED' || status === 'FAILED') await client.post(`/api/runs/${id}/resume`, {})
  const list = `/api/runs?limit=100&q=${encodeURIComponent(name)}`
  for (;;) {
    // The list is small where a run's own page carries every step so far.
    const { items } = await client.get<{ items: RunRow[] }>(list)
    const row = items.find((each) => each.id === id) ?? (await client.get<RunDetails>(`/api/runs/${id}`))
    if (row.status === 'SUCCEEDED' || row.status === 'STOPPED' || row.status === 'FAILED') {
      const run = await client.get<RunDetails>(`/api/runs/${id}`)
      if (run.status === 'SUCCEEDED') return run
      throw new RunFailed(run)
    }
    bar.update(row.step, row.totalSteps ?? 1, row.status === 'QUEUED' ? 'waits for the worker' : row.name)
    await pause(pollMs)
  }
}
