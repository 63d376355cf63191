import { writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { Command, Option } from 'commander'
import { engineNames } from '#trainer/engine/engine.ts'
import { type Choice, checkPeer, engineContenders, peerContenders } from './contenders.ts'
import { measureCopyRate } from './copy-rate.ts'
import { leakReport } from './leak.ts'
import { describeMachine } from './machine.ts'
import { reasonOf } from './reason.ts'
import type { Results } from './results.ts'
import { runOperations, runShape } from './run.ts'
import { type ShapeName, shapeNames } from './shapes.ts'
import { report } from './tables.ts'

const list = (text: string) => text.split(',')

const options = new Command('bench:engine')
  .description(
    'Measures the engines side by side, and Hugging Face where Python has it; see docs/benchmarks.md.',
  )
  .option('--engine <names>', `of ${engineNames.join(', ')}; on CUDA torch alone by default`, list)
  .option('--shape <names>', `of ${shapeNames.join(', ')} (the last for CUDA only)`, list)
  .option('--repeats <n>', 'samples of each figure, of which the median counts', Number, 5)
  .option('--threads <n>', 'of each contender', Number, availableParallelism())
  .addOption(new Option('--device <device>').choices(['cpu', 'cuda']).default('cpu'))
  .option('--no-peer', 'leave Hugging Face out')
  .option('--leak', 'instead: 2,000 train steps of each engine, and what memory they leave taken')
  .option('--json <file>', 'write all samples there')
  .parse()
  .opts()

const choice: Choice = {
  engines: known(options.engine ?? (options.device === 'cuda' ? ['torch'] : engineNames), engineNames),
  device: options.device,
  threads: options.threads,
  peer: options.peer,
}
const wantedShapes = known<ShapeName>(
  options.shape ?? (choice.device === 'cuda' ? shapeNames : ['tiny', 'smol']),
  shapeNames,
)
if (choice.device === 'cpu' && wantedShapes.includes('llama1b'))
  fail('the shape "llama1b" needs --device cuda')
if (!(Number.isInteger(options.repeats) && options.repeats > 0))
  fail('--repeats is not a positive whole number')
if (!(Number.isInteger(options.threads) && options.threads > 0))
  fail('--threads is not a positive whole number')

const notes: string[] = []
const note = (text: string) => void notes.push(text)
const progress = (text: string) => {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`)
}

if (options.leak) {
  const leaks = await leakReport(engineContenders(choice), note, progress)
  progress('')
  console.log([leaks, ...notes].join('\n'))
} else {
  const contenders = [...engineContenders(choice), ...peers()]
  const results: Results = {
    machine: describeMachine(),
    device: choice.device,
    threads: choice.threads,
    repeats: options.repeats,
    copyRate: 0,
    contenders: {},
    notes,
  }
  const run = {
    contenders,
    shapes: wantedShapes,
    repeats: options.repeats,
    device: choice.device,
    note,
    progress,
  }
  const reached = await runOperations(results, run)
  results.copyRate =
    choice.device === 'cuda' ? reached : await measureCopyRate(options.repeats, choice.threads)
  for (const name of wantedShapes) await runShape(name, results, run)
  progress('')
  if (Object.keys(results.contenders).length === 0) fail(`nothing can be measured:\n${notes.join('\n')}`)
  console.log(report(results))
  if (options.json) writeFileSync(options.json, `${JSON.stringify(results, null, 1)}\n`)
}

function peers() {
  if (!choice.peer) return []
  try {
    checkPeer()
  } catch (error) {
    const { stderr } = error as { stderr?: string }
    note(
      `Hugging Face is left out: ${stderr?.trim().split('\n').at(-1) ?? reasonOf(error)}; ` +
        'WHETSTONE_PYTHON names a Python that has torch and transformers',
    )
    return []
  }
  return peerContenders(choice)
}

function known<T extends string>(wanted: readonly string[], names: readonly T[]): T[] {
  const strangers = wanted.filter((each) => !(names as readonly string[]).includes(each))
  if (strangers.length > 0) fail(`unknown: ${strangers.join(', ')}; there are ${names.join(', ')}`)
  return names.filter((each) => wanted.includes(each))
}

function fail(message: string): never {
  console.error(message)
  process.exit(2)
}
