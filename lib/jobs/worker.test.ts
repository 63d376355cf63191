import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { TrainerEvent } from '#trainer/events.ts'
import type { Actor } from '../auth/actor.ts'
import { db } from '../db.ts'
import { launchRun, launchRunInput } from '../runs/launch.ts'
import { resumeRun } from '../runs/resume.ts'
import { stopRun } from '../runs/stop.ts'
import { type RunEvent, watchRun, watchRunInput } from '../runs/watch.ts'
import { makeMember, makeWorkspace } from '../testing/fixtures.ts'
import { beat, claimRun } from './claim.ts'
import { executeRun } from './handlers/run.ts'
import { queue } from './queue.ts'
import { recordEvents } from './record-events.ts'
import { carryOut, testInstallation, tinyModel, tinySettings } from './testing.ts'

let installation: Awaited<ReturnType<typeof testInstallation>>
let actor: Actor
const workers = new Set<ChildProcess>()

beforeAll(async () => {
  installation = await testInstallation()
  const { id } = await makeWorkspace()
  actor = await makeMember(id, 'RESEARCHER')
})
afterEach(async () => {
  for (const worker of workers) await end(worker, 'SIGKILL')
})
afterAll(() => installation?.drop())

function startWorker(): ChildProcess {
  const worker = spawn(process.execPath, [join(import.meta.dirname, 'worker.ts'), '--stale-seconds', '2'], {
    stdio: 'ignore',
  })
  workers.add(worker)
  return worker
}

async function end(worker: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  workers.delete(worker)
  if (worker.exitCode !== null || worker.signalCode !== null) return worker.exitCode
  const ended = new Promise<number | null>((resolve) => worker.once('exit', resolve))
  worker.kill(signal)
  return ended
}

const examples = Array.from({ length: 16 }, (_, i) => `{"prompt":"say ${i}","completion":"good day"}`).join(
  '\n',
)

/** An SFT run of 4 steps an epoch. */
async function launch(config: object): Promise<string> {
  const input = {
    kind: 'SFT',
    name: 'tiny',
    config: { ...tinySettings, model: tinyModel, ...config },
    sftFile: examples,
  }
  return (await launchRun(actor, launchRunInput.parse(input))).run.id
}

/** The events of a run until one fits; the caller's `seen` gets every one of them. */
async function watchUntil(
  runId: string,
  fits: (event: RunEvent) => boolean,
  seen: RunEvent[] = [],
): Promise<RunEvent> {
  const input = watchRunInput.parse({ id: runId })
  for await (const event of await watchRun(actor, input, AbortSignal.timeout(100_000))) {
    seen.push(event)
    if (fits(event)) return event
  }
  throw new Error(`run ${runId} ended before the event that was waited for: ${JSON.stringify(seen.at(-1))}`)
}

const atStep = (step: number) => (event: RunEvent) => event.event === 'step' && event.data.step >= step
const inStatus = (status: string) => (event: RunEvent) =>
  event.event === 'status' && event.data.status === status

const isTime = (metric: string) => metric.startsWith('time/') || metric.endsWith('_per_second')

/** The metrics of each step that an attempt's trainer reported, but for those of time; fails on a step reported twice. */
function stepsOf(runId: string, attempt: number): Map<number, object> {
  const steps = new Map<number, object>()
  const text = readFileSync(join(installation.home, 'runs', runId, `events-${attempt}.jsonl`), 'utf8')
  // What is behind the last line end was cut off in the middle.
  for (const line of text.split('\n').slice(0, -1)) {
    const event = JSON.parse(line) as TrainerEvent
    if (event.type !== 'step') continue
    expect(steps.has(event.step), `step ${event.step} of attempt ${attempt}`).toBe(false)
    const metrics = Object.entries(event.metrics).filter(([name]) => !isTime(name))
    steps.set(event.step, Object.fromEntries(metrics))
  }
  return steps
}

test('a worker killed with kill -9 loses nothing: another goes on from the checkpoint, no step twice', {
  timeout: 120_000,
}, async () => {
  // Long enough to be in the middle of, and with one checkpoint only, so that some steps are done twice.
  const steps = 128
  const checkpointEvery = 65
  const id = await launch({ epochs: steps / 4, checkpointEvery })
  const first = startWorker()
  await watchUntil(id, atStep(checkpointEvery + 1))
  const pid = Number(readFileSync(join(installation.home, 'runs', id, 'trainer.pid'), 'utf8'))
  await end(first, 'SIGKILL')
  const recorded = await db.runStep.count({ where: { runId: id } })
  expect(recorded).toBeLessThan(steps)

  startWorker()
  const events: RunEvent[] = []
  await watchUntil(id, inStatus('SUCCEEDED'), events)
  const run = await db.run.findUniqueOrThrow({ where: { id }, include: { steps: true, modelVersions: true } })
  expect(run).toMatchObject({ status: 'SUCCEEDED', attempts: 2, step: steps, totalSteps: steps })
  expect(
    run.steps
      .map(({ step }) => step)
      .sort((a, b) => a - b)
      .slice(-steps),
  ).toEqual(Array.from({ length: steps }, (_, i) => i + 1))
  expect(run.modelVersions).toHaveLength(1)
  const [before, after] = [1, 2].map((attempt) => stepsOf(id, attempt))
  const repeated = [...before!.keys()].filter((step) => after!.has(step))
  expect(repeated.length).toBeGreaterThan(0)
  expect([...after!.keys()]).toEqual(
    Array.from({ length: steps - checkpointEvery }, (_, i) => checkpointEvery + 1 + i),
  )
  expect(repeated.map((step) => [step, after!.get(step)])).toEqual(
    repeated.map((step) => [step, before!.get(step)]),
  )
  const watched = events.flatMap((event) => (event.event === 'step' ? [event.data.step] : []))
  expect(new Set(watched).size).toBe(watched.length)
  const logs = await db.runLog.findMany({ where: { runId: id } })
  expect(logs.some(({ message }) => message.startsWith('continuing after step'))).toBe(true)
  // The orphan ended with its worker, or was ended before the second began.
  expect(existsSync(`/proc/${pid}`) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(id)).toBe(false)
})

test('a worker asked to end puts its run back with a checkpoint; stop and resume do what they say', {
  timeout: 120_000,
}, async () => {
  const id = await launch({ epochs: 400, checkpointEvery: 0 })
  const first = startWorker()
  await watchUntil(id, atStep(2))
  expect(await end(first, 'SIGTERM')).toBe(0)
  expect(await db.run.findUniqueOrThrow({ where: { id } })).toMatchObject({ status: 'QUEUED', attempts: 1 })
  expect(await db.checkpoint.count({ where: { runId: id } })).toBe(1)

  startWorker()
  const { step } = await db.run.findUniqueOrThrow({ where: { id } })
  await watchUntil(id, atStep(step + 2))
  expect((await stopRun(actor, { id })).status).toBe('STOPPING')
  await watchUntil(id, inStatus('STOPPED'))
  const stopped = await db.run.findUniqueOrThrow({ where: { id } })
  expect(stopped).toMatchObject({ status: 'STOPPED', attempts: 2, errorCode: null })
  expect(stopped.step).toBeGreaterThan(step)
  await expect(resumeRun(actor, { id })).resolves.toEqual({ status: 'QUEUED' })
  await watchUntil(id, atStep(stopped.step + 1))
  await stopRun(actor, { id })
  await watchUntil(id, inStatus('STOPPED'))
})

test('a run whose worker is gone is carried on before those that wait in the queue', async () => {
  const silent = await launch({ epochs: 1 })
  await claimRun(silent, 15)
  await db.run.update({
    where: { id: silent },
    data: { status: 'STOPPING', heartbeatAt: new Date(Date.now() - 60_000) },
  })
  await (await queue()).deleteAllJobs('run')
  const waiting = await launch({ epochs: 1 })
  startWorker()
  await watchUntil(waiting, inStatus('SUCCEEDED'))
  const [first, second] = await Promise.all(
    [silent, waiting].map((id) => db.run.findUniqueOrThrow({ where: { id } })),
  )
  expect(first).toMatchObject({ status: 'STOPPED', attempts: 2 })
  expect(first!.finishedAt!.getTime()).toBeLessThan(second!.startedAt!.getTime())
})

test('a run whose worker is gone is stopped at once, and that worker can write nothing more', async () => {
  const id = await launch({ epochs: 1 })
  const held = (await claimRun(id, 15))!
  expect(await stopRun(actor, { id })).toEqual({ status: 'STOPPING' })
  await db.run.update({ where: { id }, data: { heartbeatAt: new Date(Date.now() - 60_000) } })
  expect(await stopRun(actor, { id })).toEqual({ status: 'STOPPED' })
  await expect(beat(held)).rejects.toThrow('no longer held')
  await resumeRun(actor, { id })
  await expect(beat(held)).rejects.toThrow('no longer held')
  expect(await claimRun(id, 15)).toEqual({ id, attempt: held.attempt + 1 })
  await expect(beat(held)).rejects.toThrow('no longer held')
  await db.run.update({ where: { id }, data: { status: 'STOPPED', heartbeatAt: null } })
})

test('a run in the queue is stopped at once, and one that is over cannot be', async () => {
  const id = await launch({ epochs: 1 })
  expect(await stopRun(actor, { id })).toEqual({ status: 'STOPPED' })
  expect(await stopRun(actor, { id })).toEqual({ status: 'STOPPED' })
  expect(await claimRun(id, 15)).toBeNull()
  await db.run.update({ where: { id }, data: { status: 'SUCCEEDED' } })
  await expect(stopRun(actor, { id })).rejects.toMatchObject({ code: 'CONFLICT' })
  await expect(resumeRun(actor, { id })).rejects.toMatchObject({ code: 'CONFLICT' })
})

test("a failed run shows the trainer's error and hint", async () => {
  // A step of this size leaves no number finite.
  const id = await launch({ learningRate: 1e30, maxGradNorm: 0, warmupRatio: 0, epochs: 5 })
  const run = await carryOut(id)
  expect(run.status).toBe('FAILED')
  expect(run.errorCode).toBe('DIVERGED')
  expect(run.errorMessage).not.toBe('')
  expect(run.errorHint).toContain('learning rate')
})

test('a trainer that crashes is told with its signal, and the run can be resumed', async () => {
  const id = await launch({ epochs: 400 })
  const held = (await claimRun(id, 15))!
  const carried = executeRun(held, new AbortController().signal)
  await watchUntil(id, atStep(1))
  process.kill(Number(readFileSync(join(installation.home, 'runs', id, 'trainer.pid'), 'utf8')), 'SIGKILL')
  await carried
  const run = await db.run.findUniqueOrThrow({ where: { id } })
  expect(run).toMatchObject({ status: 'FAILED', errorCode: 'TRAINER_CRASHED' })
  expect(run.errorMessage).toContain('SIGKILL')
  expect(run.errorHint).toContain('memory')
})

test('two workers never hold a run, and one that lost it can write nothing more', async () => {
  const id = await launch({ epochs: 1 })
  const claims = await Promise.all(Array.from({ length: 8 }, () => claimRun(id, 15)))
  const [held, ...others] = claims.filter((claim) => claim !== null)
  expect(others).toEqual([])
  // The worker falls silent, and another takes over.
  await db.run.update({ where: { id }, data: { heartbeatAt: new Date(Date.now() - 60_000) } })
  expect(await claimRun(id, 15)).toEqual({ id, attempt: held!.attempt + 1 })
  const recorder = recordEvents(held!)
  await recorder.add({ type: 'step', step: 1, total: 4, metrics: { loss: 1 } })
  await expect(recorder.close()).rejects.toThrow('no longer held')
  expect(await db.runStep.count({ where: { runId: id } })).toBe(0)
})

test('text that Postgres cannot store does not end a run', async () => {
  const id = await launch({ epochs: 1 })
  const held = (await claimRun(id, 15))!
  const recorder = recordEvents(held)
  const sample = {
    type: 'sample',
    step: 1,
    prompt: 'a\0b',
    completion: '\ud800x',
    scores: { reward: 1 },
  } as const
  await recorder.add(sample)
  await recorder.add({ ...sample, completion: 'two' })
  await recorder.close()
  const again = recordEvents(held)
  await again.add(sample)
  await again.close()
  expect(await db.sample.findMany({ where: { runId: id }, orderBy: { index: 'asc' } })).toMatchObject([
    { index: 0, prompt: 'a\uFFFDb', completion: '\uFFFDx' },
    { index: 1, completion: 'two' },
  ])
})

test('those who come back to a run get the log lines written meanwhile', async () => {
  const id = await launch({ epochs: 1 })
  const write = (message: string) => db.runLog.create({ data: { runId: id, level: 'info', message } })
  const seen = await write('seen')
  await write('missed')
  await db.run.update({ where: { id }, data: { status: 'STOPPED' } })
  const messages: string[] = []
  const input = watchRunInput.parse({ id, log: `${seen.id}` })
  for await (const event of await watchRun(actor, input, new AbortController().signal)) {
    if (event.event === 'log') messages.push(event.data.message)
  }
  expect(messages).toEqual(['missed'])
})

test('those who stop watching leave nothing behind, and a run of another workspace cannot be watched', async () => {
  const id = await launch({ epochs: 1 })
  const gone = new AbortController()
  const events = await watchRun(actor, watchRunInput.parse({ id }), gone.signal)
  expect((await events.next()).value).toMatchObject({ event: 'status', data: { status: 'QUEUED' } })
  const waiting = events.next()
  gone.abort()
  expect(await Promise.race([waiting, pause(4000, 'still waiting')])).toMatchObject({ done: true })
  const stranger = await makeMember((await makeWorkspace()).id, 'ADMIN')
  await expect(watchRun(stranger, watchRunInput.parse({ id }), gone.signal)).rejects.toMatchObject({
    code: 'NOT_FOUND',
  })
})
