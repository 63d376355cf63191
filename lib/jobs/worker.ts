import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { db } from '../db.ts'
import { env } from '../env.ts'
import { log } from '../log.ts'
import { claimRun, defaultStaleSeconds, findForgotten, findSilent } from './claim.ts'
import { executeRun } from './handlers/run.ts'
import { payloads } from './payloads.ts'
import { closeQueue, queue } from './queue.ts'

/**
 * The worker: `node lib/jobs/worker.ts [--stale-seconds 15]`. One run at a time, each in a trainer process of its own.
 * SIGTERM or SIGINT: the trainer writes a checkpoint, its run goes back to the queue, and the worker ends.
 */
const { values } = parseArgs({
  options: { 'stale-seconds': { type: 'string', default: String(defaultStaleSeconds) } },
})
const staleSeconds = Number(values['stale-seconds'])
if (!(staleSeconds >= 2))
  throw new RangeError(`--stale-seconds must be 2 or more, got ${values['stale-seconds']}`)
const idleMilliseconds = 500

const shutdown = new AbortController()
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => shutdown.abort())

const boss = await queue({ supervise: true })
log().info({ home: env().home, staleSeconds }, 'worker ready')
while (!shutdown.signal.aborted) {
  // A run that was begun does not wait again behind those that were not.
  const silent = await findSilent(staleSeconds)
  const [job] = silent ? [] : await boss.fetch('run')
  const runId = silent ?? (job ? payloads.run.parse(job.data).runId : await findForgotten())
  const held = runId ? await claimRun(runId, staleSeconds) : null
  // From here on the row of the run is the truth: if this worker dies, its heartbeat stops.
  if (job) await boss.complete('run', job.id)
  if (held) {
    log().info({ run: held.id, attempt: held.attempt }, 'run claimed')
    await executeRun(held, shutdown.signal)
  } else if (!job) {
    await pause(idleMilliseconds, undefined, { signal: shutdown.signal }).catch(() => undefined)
  }
}
await closeQueue()
await db.$disconnect()
log().info('worker ended')
