import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'

/** Far beyond any cache: a part for each thread. */
const BYTES = 2 ** 28

/**
 * Bytes per second that this machine's memory moves when every core copies: what is read and what is written both count. The best
 * of `repeats`.
 */
export async function measureCopyRate(repeats: number, threads = availableParallelism()): Promise<number> {
  const shared = new SharedArrayBuffer(2 * BYTES)
  const part = Math.floor(BYTES / threads / 64) * 64
  const workers = Array.from(
    { length: threads },
    (_, i) => new Worker(fileURLToPath(import.meta.url), { workerData: { shared, offset: i * part, part } }),
  )
  const copyAll = () =>
    Promise.all(
      workers.map((worker) => {
        const done = Promise.withResolvers<void>()
        worker.once('message', () => done.resolve())
        worker.once('error', done.reject)
        worker.postMessage('copy')
        return done.promise
      }),
    )
  await copyAll()
  let best = 0
  for (let i = 0; i < repeats; i++) {
    const start = performance.now()
    await copyAll()
    best = Math.max(best, (2 * part * threads * 1000) / (performance.now() - start))
  }
  await Promise.all(workers.map((worker) => worker.terminate()))
  return best
}

if (!isMainThread && workerData?.shared) {
  const { shared, offset, part } = workerData as { shared: SharedArrayBuffer; offset: number; part: number }
  const from = new Uint8Array(shared, offset, part)
  const to = new Uint8Array(shared, BYTES + offset, part)
  parentPort!.on('message', () => {
    to.set(from)
    parentPort!.postMessage('done')
  })
}
