import { afterAll, beforeAll, expect, test } from 'vitest'
import { db } from '#lib/db.ts'
import { claimRun, endRun } from '#lib/jobs/claim.ts'
import { recordEvents } from '#lib/jobs/record-events.ts'
import { testInstallation } from '#lib/jobs/testing.ts'
import { browserHeaders, origin, signUp } from '#lib/testing/session.ts'
import { joinWorkspace } from '#lib/workspace/join-workspace.ts'
import { GET as exportDataset } from '../datasets/[id]/export/route.ts'
import { GET as events } from './[id]/events/route.ts'
import { POST as stop } from './[id]/stop/route.ts'
import { POST as launch, GET as list } from './route.ts'

let installation: Awaited<ReturnType<typeof testInstallation>>
let cookie: string
beforeAll(async () => {
  installation = await testInstallation()
  const session = await signUp('admin')
  await joinWorkspace(session, {})
  cookie = session.cookie
})
afterAll(() => installation?.drop())

const call = (
  route: typeof events,
  path: string,
  {
    id = '',
    body,
    signal,
    headers = {},
  }: { id?: string; body?: object; signal?: AbortSignal; headers?: Record<string, string> } = {},
) => {
  const all = browserHeaders(cookie)
  for (const [key, value] of Object.entries(headers)) all.set(key, value)
  const init = { headers: all, signal, ...(body ? { method: 'POST', body: JSON.stringify(body) } : {}) }
  return route(new Request(`${origin}${path}`, init), {
    params: Promise.resolve<Record<string, string>>(id ? { id } : {}),
  })
}

const launchOne = async () => {
  const sftFile = '{"prompt":"a","completion":"b"}'
  const answer = await call(launch, '/api/runs', { body: { kind: 'SFT', name: 'one', sftFile } })
  expect(answer.status).toBe(201)
  return ((await answer.json()) as { run: { id: string } }).run.id
}

/** The whole stream, which must end by itself. */
async function messages(
  response: Response,
): Promise<{ event: string; id: string; data: Record<string, unknown> }[]> {
  const text = await response.text()
  return text
    .split('\n\n')
    .filter((part) => part.startsWith('event: '))
    .map((part) => {
      const [event, id, data] = part.split('\n').map((line) => line.slice(line.indexOf(': ') + 2))
      return { event: event!, id: id!, data: JSON.parse(data!) }
    })
}

test('the stream tells steps, samples and logs as they are recorded, goes on where it was left, and ends', async () => {
  const id = await launchOne()
  const held = (await claimRun(id, 15))!
  const stream = await call(events, `/api/runs/${id}/events`, { id })
  expect(stream.headers.get('content-type')).toContain('text/event-stream')
  const told = messages(stream)
  const recorder = recordEvents(held)
  for (let step = 1; step <= 3; step++) {
    await recorder.add({ type: 'step', step, total: 3, metrics: { loss: 1 / step } })
  }
  await recorder.add({ type: 'sample', step: 3, prompt: 'a', completion: 'b', scores: { reward: 1 } })
  await recorder.add({ type: 'log', level: 'warn', message: 'look' })
  await recorder.close()
  expect((await call(stop, `/api/runs/${id}/stop`, { id, body: {} })).status).toBe(200)
  await endRun(db, held, { status: 'STOPPED' })

  const all = await told
  const of = (event: string) => all.filter((message) => message.event === event).map(({ data }) => data)
  expect(of('step')).toEqual([1, 2, 3].map((step) => ({ step, metrics: { loss: 1 / step } })))
  expect(of('sample')).toMatchObject([{ step: 3, index: 0, completion: 'b', scores: { reward: 1 } }])
  expect(of('log')).toMatchObject([{ level: 'warn', message: 'look' }])
  expect(all.at(-1)).toMatchObject({ event: 'status', data: { status: 'STOPPED', step: 3, totalSteps: 3 } })

  const afterTwo = await messages(await call(events, `/api/runs/${id}/events?after=2`, { id }))
  expect(afterTwo.map(({ event }) => event)).toEqual(['sample', 'step', 'status'])
  const reconnected = await call(events, `/api/runs/${id}/events`, {
    id,
    headers: { 'last-event-id': all.at(-1)!.id },
  })
  expect((await messages(reconnected)).map(({ event }) => event)).toEqual(['status'])
})

test('a browser that leaves ends its stream', async () => {
  const id = await launchOne()
  const leaving = new AbortController()
  const stream = await call(events, `/api/runs/${id}/events`, { id, signal: leaving.signal })
  const reader = stream.body!.getReader()
  expect(new TextDecoder().decode((await reader.read()).value)).toContain('"status":"QUEUED"')
  leaving.abort()
  await expect(reader.read()).resolves.toMatchObject({ done: true })
})

test('wrong input is told before any stream begins', async () => {
  const missing = await call(events, '/api/runs/none/events', { id: 'none' })
  expect(missing.status).toBe(404)
  expect((await call(events, '/api/runs/none/events?after=x', { id: 'none' })).status).toBe(400)
  expect((await call(exportDataset, '/api/datasets/none/export?format=csv', { id: 'none' })).status).toBe(400)
  expect((await call(exportDataset, '/api/datasets/none/export', { id: 'none' })).status).toBe(404)
  const refused = await call(launch, '/api/runs', {
    body: { kind: 'SFT', name: 'x', config: { epochs: -1 } },
  })
  expect(refused.status).toBe(400)
  expect(await refused.json()).toMatchObject({
    error: { code: 'INVALID_INPUT', message: 'sft: epochs is -1' },
  })
  expect((await call(list, '/api/runs?kind=SFT&status=QUEUED&status=STOPPED')).status).toBe(200)
})
