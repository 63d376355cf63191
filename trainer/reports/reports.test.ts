import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { parseSpec } from '#trainer/config.ts'
import type { Engine } from '#trainer/engine/engine.ts'
import type { SampleEvent, StepEvent, TrainerEvent } from '#trainer/events.ts'
import { startReports } from './reports.ts'
import { differs, settingsOf } from './settings.ts'

const engine: Engine = { name: 'cpu', version: '1.2', precision: 'fp32', device: 'cpu', threads: 3 }

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'reports-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A folder with the data and the base of a reward model, and what its recipe would have written. */
function setting(settings: Record<string, unknown> = {}) {
  const folder = temporaryFolder()
  const at = (name: string) => join(folder, name)
  for (const name of ['base', 'out', 'out/model']) mkdirSync(at(name))
  writeFileSync(at('base/model.safetensors'), 'abc')
  writeFileSync(at('base/README.md'), '---\nbase_model: some/model\n---\n')
  writeFileSync(at('train.jsonl'), '{}\n{}')
  writeFileSync(at('out/model/whetstone.json'), '{"normalisation":{"gain":2,"bias":-1}}')
  const spec = parseSpec('reward', { model: at('base'), data: { train: at('train.jsonl') }, ...settings })
  return { folder, at, spec }
}

const last: StepEvent = {
  type: 'step',
  step: 9,
  total: 9,
  metrics: {
    loss: 0.5,
    tokens_per_second: 12345,
    'eval/accuracy': 0.75,
    'eval/accuracy_low': 0.625,
    'eval/accuracy_high': 0.875,
  },
}

const done = (folder: string): TrainerEvent => ({
  type: 'done',
  artifacts: [{ kind: 'reward', path: join(folder, 'out/model'), sha256: '0' }],
  summary: { pairs: 40, accuracy: 0.75, accuracyLow: 0.625, accuracyHigh: 0.875 },
})

async function cardOf(settings: Record<string, unknown> = {}): Promise<string> {
  const { folder, at, spec } = setting(settings)
  const report = await startReports('reward', spec, { out: at('out'), resume: false }, engine)
  // What it was trained on is what was there when it began.
  writeFileSync(at('train.jsonl'), 'changed since')
  for (const event of [last, done(folder)]) expect(await report(event)).toEqual([])
  const card = readFileSync(at('out/model/README.md'), 'utf8')
  expect(card).not.toContain(folder)
  return card
}

test('a model card tells the base, the data by hash and count, the measures with intervals, and how to load', async () => {
  const lines = (await cardOf({ epochs: 5 })).split('\n')
  expect(lines.slice(0, 4)).toEqual([
    '---',
    'base_model: some/model',
    'library_name: transformers',
    'pipeline_tag: text-classification',
  ])
  // sha256 of "abc", and of "{}\n{}".
  const sha256 = {
    abc: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    data: '8384c3416334fdeac97a1facd407750c98d6470238704db0504afe5ed3010176',
  }
  expect(lines).toContain(`| model | base (some/model) |  | \`${sha256.abc}\` |`)
  expect(lines).toContain(`| data.train | train.jsonl | 2 | \`${sha256.data}\` |`)
  expect(lines).toContain('| eval/accuracy | 0.75 | 0.625 … 0.875 |')
  expect(lines).toContain('| pairs | 40 |  |')
  expect(lines).toContain('| loss | 0.5 |')
  expect(lines).toContain('| engine | cpu 1.2 |')
  expect(lines).toContain('model = AutoModelForSequenceClassification.from_pretrained(folder).eval()')
  expect(lines).toContain('score = 2 * score + -1')
  expect(lines.join('\n')).not.toMatch(/12345/)
})

test('the card of an adapter is for PEFT, and its base one that was downloaded', async () => {
  const { folder, at } = setting()
  const base = at('owner/name@main')
  mkdirSync(base, { recursive: true })
  writeFileSync(join(base, 'whetstone-hub.json'), '{"repository":"owner/name"}')
  writeFileSync(at('out/model/adapter_config.json'), '{}')
  const spec = parseSpec('reward', { model: base, data: { train: at('train.jsonl') } })
  const report = await startReports('reward', spec, { out: at('out'), resume: false }, engine)
  await report(done(folder))
  const card = readFileSync(at('out/model/README.md'), 'utf8')
  expect(card).toContain('base_model: owner/name\nlibrary_name: peft\n')
  expect(card).toContain('from peft import AutoPeftModelForSequenceClassification')
})

test('the card names no base for a folder that did not come from the hub, wherever it is kept', async () => {
  const { folder, at } = setting()
  const base = at('store/gguf/name-0123456789')
  mkdirSync(base, { recursive: true })
  vi.stubEnv('WHETSTONE_MODELS', at('store'))
  onTestFinished(() => void vi.unstubAllEnvs())
  const spec = parseSpec('reward', { model: base, data: { train: at('train.jsonl') } })
  const report = await startReports('reward', spec, { out: at('out'), resume: false }, engine)
  await report(done(folder))
  const card = readFileSync(at('out/model/README.md'), 'utf8')
  expect(card).not.toContain('base_model')
  expect(card).toContain('name-0123456789')
})

test('a model card tells apart what differs from the defaults, and has all settings', async () => {
  const [changed, all] = (await cardOf({ epochs: 5, seed: 1 })).split('<details>')
  expect(changed).toContain('| `epochs` | Epochs | 5 | 2 |')
  expect(changed).not.toContain('| `seed`')
  expect(all).toContain('| `epochs` | Epochs | 5 | 2 |')
  expect(all).toContain('| `seed` | Seed | 1 | 1 |')
})

test('an optional part that is on, all of its settings as they are by themselves, is no default', () => {
  const spec = parseSpec('ppo', { policy: 'p', reward: 'r', data: { train: 't' }, adaptiveKl: {} })
  const settings = settingsOf('ppo', spec)
  expect(settings.filter(differs)).toEqual([
    { name: 'adaptiveKl', title: 'Adaptive KL', value: 'on', default: undefined, unit: undefined },
  ])
  expect(settings.map(({ name }) => name)).toContain('adaptiveKl.target')
  expect(settingsOf('ppo', { ...spec, adaptiveKl: undefined }).map(({ name }) => name)).not.toContain(
    'adaptiveKl.target',
  )
})

test('the same run gives the same card, wherever it lies', async () => {
  expect(await cardOf()).toBe(await cardOf())
})

const sample = (step: number, completion: string): SampleEvent => ({
  type: 'sample',
  step,
  prompt: 'a | b',
  completion,
  scores: { score: 0.123456, kl: 2 },
  tokens: ['t'],
  kl: [2],
})

test('samples become lines and tables, and a run that goes on, or goes back, repeats none', async () => {
  const { at, spec } = setting()
  const first = await startReports('reward', spec, { out: at('out'), resume: false }, engine)
  for (const event of [sample(1, 'one'), sample(1, 'two\nlines'), sample(5, 'lost')]) await first(event)
  const second = await startReports('reward', spec, { out: at('out'), resume: true }, engine)
  const rollback: TrainerEvent = { type: 'rollback', step: 4, message: 'the loss is NaN' }
  for (const event of [{ ...last, step: 4 }, sample(5, 'again'), rollback, sample(5, 'once more')])
    await second(event)

  const { type: _, ...whole } = sample(1, 'one')
  const lines = readFileSync(at('out/samples.jsonl'), 'utf8').trim().split('\n')
  expect(JSON.parse(lines[0]!)).toEqual(whole)
  expect(lines.map((line) => JSON.parse(line).completion)).toEqual(['one', 'two\nlines', 'once more'])
  expect(readFileSync(at('out/samples.md'), 'utf8')).toBe(
    [
      '# Samples',
      '\n## Step 1\n',
      '| prompt | completion | score | KL |',
      '| --- | --- | ---: | ---: |',
      '| a \\| b | one | 0.1235 | 2 |',
      '| a \\| b | two<br>lines | 0.1235 | 2 |',
      '\n## Step 5\n',
      '| prompt | completion | score | KL |',
      '| --- | --- | ---: | ---: |',
      '| a \\| b | once more | 0.1235 | 2 |',
      '',
    ].join('\n'),
  )
})

test('a report that cannot be written warns once, and the others go on', async () => {
  const { at, spec } = setting()
  writeFileSync(at('out/tensorboard'), 'a file where a folder must be')
  const report = await startReports('reward', spec, { out: at('out'), resume: false }, engine)
  expect(await report(last)).toMatchObject([
    { type: 'log', level: 'warn', message: expect.stringContaining('TensorBoard') },
  ])
  expect(await report(sample(9, 'one'))).toEqual([])
  expect(readFileSync(at('out/samples.md'), 'utf8')).toContain('one')
})
