import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { parseEvent, type TrainerEvent } from './events.ts'

const cli = fileURLToPath(new URL('./cli.ts', import.meta.url))

interface Ended {
  code: number | null
  events: TrainerEvent[]
}

/** Runs the command line as the worker does; every line of stdout must be an event. `limit` is in the shell's blocks of 512 or 1024. */
function trainer(
  args: string[],
  {
    onEvent,
    limit,
  }: { onEvent?: (event: TrainerEvent, kill: (signal: NodeJS.Signals) => void) => void; limit?: number } = {},
): Promise<Ended> {
  const command = limit === undefined ? 'exec "$0" "$@"' : `ulimit -f ${limit}; exec "$0" "$@"`
  const child = spawn('sh', ['-c', command, process.execPath, cli, ...args], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const events: TrainerEvent[] = []
  // Once only: a process that has stopped and is on its way out no longer catches signals.
  const kill = (signal: NodeJS.Signals) => child.killed || child.kill(signal)
  let rest = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop()!
    for (const line of lines) {
      const event = parseEvent(line)
      events.push(event)
      onEvent?.(event, kill)
    }
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, events }))
  })
}

function folderWith(spec: unknown): { folder: string; args: string[] } {
  const folder = mkdtempSync(join(tmpdir(), 'cli-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const lines = Array.from({ length: 16 }, (_, i) =>
    JSON.stringify({ prompt: `say ${i}`, completion: 'good day' }),
  )
  writeFileSync(join(folder, 'train.jsonl'), lines.join('\n'))
  writeFileSync(join(folder, 'spec.json'), JSON.stringify(spec))
  return { folder, args: ['sft', '--spec', join(folder, 'spec.json'), '--out', join(folder, 'out')] }
}

const tiny = {
  model: { init: { layers: 1, width: 16, heads: 2, vocabSize: 280, maxPositions: 32 } },
  data: { train: 'train.jsonl' },
  batchSize: 4,
  checkpointEvery: 0,
}

test('SIGTERM finishes the step, checkpoints, says stopped and exits with 0; --resume goes on from there', async () => {
  const { folder, args } = folderWith({ ...tiny, epochs: 500 })
  const killAt = (step: number) => (event: TrainerEvent, kill: (signal: NodeJS.Signals) => void) => {
    if (event.type === 'step' && event.step === step) kill('SIGTERM')
  }
  const first = await trainer(args, { onEvent: killAt(3) })
  expect(first.code).toBe(0)
  const stopped = first.events.at(-1)!
  expect(stopped.type).toBe('stopped')
  const at = stopped.type === 'stopped' ? stopped.step : -1
  expect(first.events.at(-2)).toMatchObject({ type: 'checkpoint', step: at })
  expect(readdirSync(join(folder, 'out', 'checkpoints'))).toHaveLength(1)

  const second = await trainer([...args, '--resume'], { onEvent: killAt(at + 2) })
  expect(second.code).toBe(0)
  expect(second.events.find((event) => event.type === 'step')).toMatchObject({ step: at + 1 })
  // One file of each process.
  expect(readdirSync(join(folder, 'out', 'tensorboard'))).toHaveLength(2)
})

test('a full disk while checkpointing is an error that names the path and leaves the earlier checkpoint', async () => {
  const { folder, args } = folderWith({ ...tiny, epochs: 500, checkpointEvery: 3 })
  const first = await trainer(args, {
    onEvent: (event, kill) => {
      if (event.type === 'checkpoint') kill('SIGTERM')
    },
  })
  // Long enough that the signal never comes after the last step.
  expect([first.code, first.events.at(-1)?.type]).toEqual([0, 'stopped'])
  const before = readdirSync(join(folder, 'out', 'checkpoints')).sort()
  const second = await trainer([...args, '--resume'], { limit: 16 })
  expect(second.code).toBe(1)
  expect(second.events.at(-1)).toMatchObject({
    type: 'error',
    code: 'DISK_FULL',
    message: expect.stringContaining(join(folder, 'out')),
  })
  expect(readdirSync(join(folder, 'out', 'checkpoints')).sort()).toEqual(before)
})

test('an unknown setting ends with an error event that suggests the right name, and exit code 1', async () => {
  const { args } = folderWith({ ...tiny, learning_rate: 1e-3 })
  const { code, events } = await trainer(args)
  expect(code).toBe(1)
  expect(events).toEqual([
    {
      type: 'error',
      code: 'INVALID_CONFIG',
      message: expect.stringContaining('learning_rate'),
      hint: expect.stringContaining('learningRate'),
    },
  ])
})

test('a precision or a device that the engine has not is an error event before any work', async () => {
  for (const [setting, code] of [
    [{ precision: 'bf16' }, 'PRECISION_UNSUPPORTED'],
    [{ device: 'cuda' }, 'DEVICE_UNAVAILABLE'],
  ] as const) {
    const { args } = folderWith({ ...tiny, engine: 'cpu', ...setting })
    const ended = await trainer(args)
    expect(ended.code).toBe(1)
    expect(ended.events).toMatchObject([{ type: 'error', code }])
  }
})

test('a missing spec, a missing option and an unknown recipe are error events too', async () => {
  const { args } = folderWith(tiny)
  const codes = []
  for (const wrong of [['sft', '--spec', 'nowhere.json', '--out', args[4]!], ['sft'], ['dance']]) {
    const { code, events } = await trainer(wrong)
    expect(code).toBe(1)
    const [only] = events
    codes.push(only?.type === 'error' ? only.code : only?.type)
  }
  expect(codes).toEqual(['FILE_MISSING', 'INVALID_USAGE', 'INVALID_USAGE'])
})
