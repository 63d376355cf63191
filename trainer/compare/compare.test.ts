import { execFile } from 'node:child_process'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { beforeAll, expect, test } from 'vitest'
import { startEngine } from '#trainer/engine/start.ts'
import { temporaryFolder, tinyModels, writeLines } from '#trainer/recipes/tiny.ts'
import { chart } from './chart.ts'
import { comparisonSpec, foldersOf, specOf } from './runs.ts'
import { type Compared, markdown, tableOf } from './table.ts'

beforeAll(async () => {
  await startEngine('auto')
})

const point = (episodes: number, reward: number, kl: number) => ({ episodes, reward, kl })
const compared: Compared[] = [
  {
    ...{ name: 'near', kind: 'rloo', source: 'batches', seconds: 2 },
    points: [point(0, 0, 0), point(10, 1, 1)],
    summary: { steps: 2 },
  },
  {
    ...{ name: 'far', kind: 'ppo', source: 'batches', seconds: 3 },
    points: [point(0, 0, 0), point(10, 3, 4)],
    summary: { scoreAfter: 2.8642, klAfter: 5, lengthAfter: 7, steps: 2 },
  },
]

test('the table has the reward of each run at the distance that all came to', () => {
  // √KL 1 is half way from 0 to 2: reward 1.5.
  expect(markdown(tableOf(compared))).toBe(
    [
      '| Run | Recipe | Reward at KL 1.00 | Held-out reward | Held-out KL | Held-out tokens |',
      '| --- | --- | ---: | ---: | ---: | ---: |',
      '| near | `rloo` | 1.00 | – | – | – |',
      '| far | `ppo` | 1.50 | 2.86 | 5.00 | 7.0 |',
      '',
    ].join('\n'),
  )
})

test('the chart is an SVG with two panels, a line a run and a legend', async () => {
  const svg = await chart(compared, 'A title')
  expect(svg).toMatch(/^<svg [^>]*xmlns/)
  for (const text of ['A title', '√KL to the reference', 'Completions learned from', 'near', 'far'])
    expect(svg).toContain(text)
  // Of each run a line in each panel.
  expect(svg.match(/aria-roledescription="line mark"/g)).toHaveLength(4)
})

test('a run takes of the common settings what its recipe has, and its own must exist', () => {
  const folder = temporaryFolder()
  const train = writeLines(folder, 'prompts.jsonl', [])
  const common = { policy: 'owner/name', reward: 'r', episodes: 64, data: { train: 'prompts.jsonl' } }
  // What is there is found from the folder; a model of the hub keeps its name.
  expect(specOf('rloo', common, { klCoefficient: 0.3 }, folder)).toMatchObject({
    ...{ policy: 'owner/name', episodes: 64, klCoefficient: 0.3, data: { train } },
  })
  const data = { train: 'pairs', prompts: 'prompts.jsonl' }
  const dpo = specOf('dpo', common, { data }, folder)
  expect(dpo).toMatchObject({ data: { train: 'pairs', prompts: train } })
  expect(dpo).not.toHaveProperty('episodes')
  expect(() => specOf('rloo', common, { lambda: 1 }, folder)).toThrow(/lambda is not a known setting/)
  expect(comparisonSpec.safeParse({ runs: [{ name: '../x', kind: 'rloo' }] }).success).toBe(false)
})

test('two runs whose names make one folder are refused', () => {
  expect(foldersOf([{ name: 'PPO, β=0.1' }, { name: 'PPO 2' }])).toEqual(['ppo-0-1', 'ppo-2'])
  expect(() => foldersOf([{ name: 'a' }, { name: 'PPO λ' }, { name: 'ppo-' }])).toThrow(
    'the runs "PPO λ" and "ppo-" would share the folder ppo-',
  )
})

test('two runs are compared from the command line, and not run again', async () => {
  const folder = temporaryFolder()
  const train = writeLines(
    folder,
    'prompts.jsonl',
    ['yes', 'no', 'good day'].map((prompt, id) => ({ id, prompt })),
  )
  const spec = join(folder, 'compare.json')
  const common = {
    ...(await tinyModels(folder)),
    data: { train },
    ...{ responseLength: 4, episodes: 16, batchSize: 4, samplesEvery: 0, checkpointEvery: 0 },
  }
  const runs = [
    { name: 'One', kind: 'rloo' },
    { name: 'Two', kind: 'raft', settings: { learningRate: 1e-2 } },
  ]
  writeFileSync(spec, JSON.stringify({ title: 'Tiny', window: 2, common, runs }))
  const program = fileURLToPath(new URL('../compare.ts', import.meta.url))
  const out = join(folder, 'out')
  const compare = () => promisify(execFile)(process.execPath, [program, '--spec', spec, '--out', out])
  await compare()
  const lines = readFileSync(join(out, 'results.jsonl'), 'utf8').trim().split('\n')
  const results = lines.map((line) => JSON.parse(line) as { name: string; points: unknown[] })
  expect(results.map(({ name, points }) => [name, points.length])).toEqual([
    ['One', 2],
    ['Two', 2],
  ])
  expect(readFileSync(join(out, 'chart.svg'), 'utf8')).toContain('Tiny')
  const model = join(out, 'two/model/model.safetensors')
  const before = statSync(model).mtimeMs
  const { stdout } = await compare()
  expect(stdout).toContain('| Two | `raft` |')
  expect(statSync(model).mtimeMs).toBe(before)
}, 180_000)
