import { EventEmitter } from 'node:events'
import pg from 'pg'
import { env } from '../env.ts'
import { runChannel } from '../jobs/record-events.ts'
import { log } from '../log.ts'

export interface RunListener {
  /** Resolves at the first change of the run after `arm()`, after `milliseconds`, or when `signal` aborts. */
  changed(milliseconds: number): Promise<void>
  /** Forgets changes before now; call it before reading what may have changed. */
  arm(): void
  close(): Promise<void>
}

interface Hub {
  client: pg.Client
  emitter: EventEmitter
  listeners: number
  ready: Promise<unknown>
}

const kept = globalThis as { whetstoneRunHub?: Hub }

/** Listens for changes of one run; all listeners of this process share one connection, closed with the last of them. */
export async function listenToRun(runId: string, signal: AbortSignal): Promise<RunListener> {
  kept.whetstoneRunHub ??= connect()
  const hub = kept.whetstoneRunHub
  hub.listeners += 1
  let dirty = false
  let wake: () => void = () => undefined
  const onChange = () => {
    dirty = true
    wake()
  }
  hub.emitter.on(runId, onChange)
  signal.addEventListener('abort', onChange)
  await hub.ready
  return {
    arm() {
      dirty = false
    },
    changed(milliseconds) {
      if (dirty || signal.aborted) return Promise.resolve()
      return new Promise((resolve) => {
        const timer = setTimeout(resolve, milliseconds)
        wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    },
    async close() {
      hub.emitter.off(runId, onChange)
      signal.removeEventListener('abort', onChange)
      hub.listeners -= 1
      if (hub.listeners > 0) return
      forget(hub)
      await hub.client.end()
    },
  }
}

function forget(hub: Hub): void {
  if (kept.whetstoneRunHub === hub) kept.whetstoneRunHub = undefined
}

function connect(): Hub {
  const client = new pg.Client({ connectionString: env().databaseUrl })
  const emitter = new EventEmitter().setMaxListeners(0)
  const ready = client.connect().then(() => client.query(`listen ${runChannel}`))
  const hub: Hub = { client, emitter, listeners: 0, ready }
  ready.catch(() => forget(hub))
  client.on('notification', ({ payload }) => {
    if (payload) emitter.emit(payload)
  })
  // Those who listen go on by their timeouts; the next listener connects anew.
  client.on('error', (err) => {
    log().warn({ err }, 'the connection that listens for changes of runs was lost')
    forget(hub)
  })
  return hub
}
