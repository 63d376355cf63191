import { expect, test } from 'vitest'
import type { Client } from './client.ts'
import { type RunDetails, untilDone } from './run.ts'

const silent = { update() {}, finish() {} }
const run: RunDetails = {
  id: 'r1',
  name: 'Base',
  status: 'RUNNING',
  step: 3,
  totalSteps: 10,
  engine: null,
  errorMessage: null,
  errorHint: null,
  summary: null,
  modelVersions: [],
}

/** A server whose run goes through these states, one each time the list is read. */
function server(states: Partial<RunDetails>[]): { client: Client; posted: string[] } {
  const posted: string[] = []
  let at = 0
  const now = () => ({ ...run, ...states[Math.min(at, states.length - 1)] })
  const client = {
    get: async (path: string) => {
      if (!path.includes('?')) return now()
      at++
      return { items: [now()] }
    },
    post: async (path: string) => {
      posted.push(path)
    },
  } as unknown as Client
  return { client, posted }
}

test('a run is waited for until it succeeds', async () => {
  const { client, posted } = server([{ status: 'QUEUED' }, { step: 5 }, { status: 'SUCCEEDED', step: 10 }])
  expect((await untilDone(client, 'r1', silent, 0)).step).toBe(10)
  expect(posted).toEqual([])
})

test('a run that an earlier demo left stopped is resumed', async () => {
  const { client, posted } = server([{ status: 'STOPPED' }, { status: 'RUNNING' }, { status: 'SUCCEEDED' }])
  await untilDone(client, 'r1', silent, 0)
  expect(posted).toEqual(['/api/runs/r1/resume'])
})

test('a run that fails says its error and its hint', async () => {
  const failed = { status: 'FAILED', errorMessage: 'the disk is full', errorHint: 'free 2 GiB' } as const
  const { client } = server([{ status: 'RUNNING' }, failed])
  await expect(untilDone(client, 'r1', silent, 0)).rejects.toMatchObject({
    message: "The run 'Base' ended as failed: the disk is full",
    hint: 'free 2 GiB',
  })
})
