import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { rank, simulatedAnnotators } from '#lib/demo/annotators.ts'
import { distinctMessages, supportDesk } from '#lib/demo/grammar.ts'
import type { RecipeKind, SpecInput } from '#trainer/config.ts'

/**
 * npm run compare: PPO and its relatives on the bundled task, and a chart of them. The task, a small support desk whose replies are
 * ranked by simulated annotators with a planted preference, is made from the demo's grammar the first time:
 * a base policy, comparisons of its samples, a reward model that learned from them. What follows goes to trainer/compare.ts.
 */

const root = join(import.meta.dirname, '..')
const task = join(root, '.whetstone/compare/task')
const seed = 1
const counts = { desk: 4000, compared: 600, heldOutCompared: 100, train: 800, heldOut: 256, completions: 4 }
const responseLength = 64

function node(args: string[], quiet: boolean): Promise<void> {
  const child = spawn(process.execPath, args, {
    cwd: root,
    stdio: ['ignore', quiet ? 'ignore' : 'inherit', 'inherit'],
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`${args.join(' ')} ended with ${code}`)),
    )
  })
}

async function train<K extends RecipeKind>(kind: K, name: string, spec: SpecInput<K>): Promise<void> {
  const out = join(task, name)
  rmSync(out, { recursive: true, force: true })
  mkdirSync(out, { recursive: true })
  writeFileSync(join(out, 'spec.json'), `${JSON.stringify(spec, null, 2)}\n`)
  process.stdout.write(`${kind}: ${name}\n`)
  await node(['trainer/cli.ts', kind, '--spec', join(out, 'spec.json'), '--out', out], true)
}

function write(name: string, lines: readonly unknown[]): string {
  const path = join(task, name)
  writeFileSync(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
  return path
}

/** The folder of the task with everything that docs/compare/compare.json names. */
async function makeTask(): Promise<void> {
  mkdirSync(task, { recursive: true })
  const messages = distinctMessages(
    seed,
    counts.compared + counts.heldOutCompared + counts.train + counts.heldOut,
  ).map(({ text }, i) => ({ id: `m${i}`, prompt: text }))
  const compared = messages.splice(0, counts.compared + counts.heldOutCompared)
  write('train.jsonl', messages.slice(0, counts.train))
  write('held-out.jsonl', messages.slice(counts.train))
  await train('sft', 'base', {
    model: { init: { layers: 2, width: 128, heads: 4, vocabSize: 1024, maxPositions: 128 } },
    data: { train: write('desk.jsonl', supportDesk(seed, counts.desk)) },
    ...{ seed, epochs: 4, batchSize: 32, learningRate: 3e-3, checkpointEvery: 0 },
  })
  const base = join(task, 'base/model')
  await train('generate', 'completions', {
    model: base,
    data: { prompts: write('compared.jsonl', compared) },
    ...{ seed, completionsPerPrompt: counts.completions, responseLength, batchSize: 128 },
  })
  const completions = new Map<string, string[]>()
  for (const line of readFileSync(join(task, 'completions/completions.jsonl'), 'utf8').trim().split('\n')) {
    const { id, completion } = JSON.parse(line) as { id: string; completion: string }
    completions.set(id, [...(completions.get(id) ?? []), completion])
  }
  const annotators = simulatedAnnotators(seed, 5)
  const ranked = compared.flatMap(({ id, prompt }, i) => {
    const own = [...new Set(completions.get(id))]
    if (own.length < 2) return []
    const { groups } = rank(annotators[i % annotators.length]!, prompt, own)
    return [{ id, prompt, completions: own, rankings: [{ groups }] }]
  })
  const data = {
    train: write('comparisons.jsonl', ranked.slice(0, counts.compared)),
    eval: write('held-out-comparisons.jsonl', ranked.slice(counts.compared)),
  }
  await train('reward', 'reward', {
    model: base,
    data,
    seed,
    epochs: 3,
    learningRate: 1e-3,
    checkpointEvery: 0,
  })
}

if (!existsSync(join(task, 'reward/model'))) await makeTask()
const out = join(root, '.whetstone/compare/runs')
const spec = join(root, 'docs/compare/compare.json')
await node(['trainer/compare.ts', '--spec', spec, '--out', out, ...process.argv.slice(2)], false)
