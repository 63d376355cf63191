import type { Client } from './client.ts'
import type { State } from './state.ts'

export interface Demo {
  url: string
  folder: string
  state: State
  /** Keeps what happened so far, so that a demo that is started again goes on from here. */
  save(): void
  admin: Client
}

/** The id of the run kept under `key`, or of the one launched with this body. */
export async function launchOnce(demo: Demo, key: string, body: object): Promise<string> {
  return await onceAs(demo, key, async () => {
    const { run } = await demo.admin.post<{ run: { id: string } }>('/api/runs', body)
    return run.id
  })
}

/** The id kept under `key`, or what `make` gives, which is kept. */
export async function onceAs(demo: Demo, key: string, make: () => Promise<string>): Promise<string> {
  const { ids } = demo.state
  if (ids[key] === undefined) {
    ids[key] = await make()
    demo.save()
  }
  return ids[key] as string
}
