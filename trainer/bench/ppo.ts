import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command, Option } from 'commander'
import type { Engine } from '#trainer/engine/engine.ts'
import { startChild } from './child.ts'
import { checkPeer, type Program, peerContenders } from './contenders.ts'
import { describeMachine } from './machine.ts'
import {
  type PeerVersions,
  type PpoResults,
  ppoReport,
  type ShapeUpdates,
  type Variant,
  variants,
} from './ppo-table.ts'
import { reasonOf } from './reason.ts'
import { type Shape, type ShapeName, shapes, tokensOf } from './shapes.ts'
import { median } from './statistics.ts'
import { startTurns } from './turns.ts'

const list = (text: string) => text.split(',')
const known = ['tiny', 'smol'] satisfies ShapeName[]

const options = new Command('bench:ppo')
  .description(
    'Measures updates of PPO by its recipe, beside a train step of Hugging Face; see docs/benchmarks.md.',
  )
  .option('--shape <names>', `of ${known.join(', ')}`, list, known)
  .option('--variant <names>', `of ${variants.join(', ')}`, list, [...variants])
  .option('--repeats <n>', 'updates of each variant, of which the median counts', Number, 5)
  .option('--threads <n>', 'of each process', Number, availableParallelism())
  .addOption(new Option('--device <device>').choices(['cpu', 'cuda']).default('cpu'))
  .option('--no-peer', 'leave Hugging Face out')
  .option('--json <file>', 'write all samples there')
  .parse()
  .opts()

interface Contender extends Program {
  /** Null of the peer. */
  variant: Variant | null
}

const notes: string[] = []
const note = (text: string) => void notes.push(text)
const progress = (text: string) => {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`)
}
const own = (variant: Variant): Contender => ({
  name: variant,
  variant,
  command: process.execPath,
  args: [
    '--expose-gc',
    join(import.meta.dirname, 'measure-ppo.ts'),
    ...['--variant', variant, '--device', options.device, '--threads', `${options.threads}`],
  ],
})

const wanted = among<ShapeName>(options.shape, known)
const chosen = among<Variant>(options.variant, variants)
for (const name of ['repeats', 'threads'])
  if (!(Number.isInteger(options[name]) && options[name] > 0))
    fail(`--${name} is not a positive whole number`)

const { device, threads, repeats } = options
const results: PpoResults = { machine: describeMachine(), device, threads, repeats, shapes: {}, notes }
const peers = peer()
for (const name of wanted) results.shapes[name] = await measure(name)
progress('')
console.log(ppoReport(results))
if (options.json) writeFileSync(options.json, `${JSON.stringify(results, null, 1)}\n`)

/**
 * The variants and the peer in turns; of models that would not all fit into memory each variant with the peer alone. An update, or a
 * step, of each goes before and does not count.
 */
async function measure(name: ShapeName): Promise<ShapeUpdates> {
  const updates: ShapeUpdates = { variants: {} }
  const folder = mkdtempSync(join(tmpdir(), 'bench-ppo-'))
  const groups = name === 'tiny' ? [chosen] : chosen.map((variant) => [variant])
  try {
    progress(`${name}: writes the models`)
    await write(folder, shapes[name])
    for (const group of groups) await measureGroup(name, group, folder, updates)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  return updates
}

async function measureGroup(name: ShapeName, group: Variant[], folder: string, updates: ShapeUpdates) {
  const shape = shapes[name]
  const steps = new Map<boolean, number[]>()
  const turns = startTurns([...group.map(own), ...peers], (text) => note(`${name}: ${text}`))
  await turns.each(async ({ contender: { name: own, variant }, child }) => {
    progress(`${name}: ${own} warms up`)
    if (!variant) {
      updates.peer = await child.ask<PeerVersions>({ do: 'hello' })
      const tokens = tokensOf(shape, shape.rows)
      await child.ask({ do: 'load', shape, rows: shape.rows, tokens, phase: 'train' })
      for (const fused of [false, true]) {
        await train(child, fused)
        steps.set(fused, [])
      }
      return
    }
    const engine = await child.ask<Engine>({ do: 'load', folder, shape })
    if (engine.warning) note(`${name}: ${own}: ${engine.warning}`)
    // Nothing but the engine is there before the first update: the recipe loads its four models in it.
    const before = (await memory(child)).now
    await child.ask({ do: 'update' })
    // The peak is of updates, not of loading.
    await memory(child)
    updates.variants[variant] = { engine, updates: [], memory: { before, peak: null } }
  })
  for (let turn = 1; turn <= repeats; turn++) {
    progress(`${name}: ${group.join(', ')}, turn ${turn} of ${repeats}`)
    await turns.each(async ({ contender: { variant }, child }) => {
      // A step is short beside an update: three of each kind.
      if (!variant)
        for (let i = 0; i < 3; i++) for (const [fused, ms] of steps) ms.push(await train(child, fused))
      else updates.variants[variant]!.updates.push(await child.ask({ do: 'update' }))
    })
  }
  await turns.each(async ({ contender: { variant }, child }) => {
    if (variant) updates.variants[variant]!.memory.peak = (await memory(child)).peak
  })
  await turns.end()
  const [plain, fused] = [steps.get(false), steps.get(true)]
  if (!plain || !fused) return
  // PyTorch's AdamW as it comes, and fused: the faster one counts.
  const yardstick =
    median(fused) < median(plain)
      ? { ms: fused, optimizer: 'AdamW(fused=True)' }
      : { ms: plain, optimizer: 'AdamW()' }
  for (const variant of group) if (updates.variants[variant]) updates.variants[variant].yardstick = yardstick
}

type Child = ReturnType<typeof startChild>

/** Not in a contender's process, whose memory would show it. */
async function write(folder: string, shape: Shape): Promise<void> {
  const { command, args } = own('fp32')
  const child = startChild(command, args)
  await child.ask({ do: 'write', folder, shape })
  await child.end()
}

async function train(child: Child, fused: boolean): Promise<number> {
  const { ms } = await child.ask<{ ms: number }>({ do: 'train', fused: fused || null })
  return ms
}

/** Bytes; the peak starts anew. */
function memory(child: Child): Promise<{ now: number; peak: number | null }> {
  return child.ask({ do: 'memory', reset: true })
}

function peer(): Contender[] {
  if (!options.peer) return []
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
  const [first] = peerContenders({ engines: [], device, threads, peer: true })
  return [{ ...first!, variant: null }]
}

function among<T extends string>(names: readonly string[], known: readonly T[]): T[] {
  const strangers = names.filter((name) => !(known as readonly string[]).includes(name))
  if (strangers.length > 0) fail(`unknown: ${strangers.join(', ')}; there are ${known.join(', ')}`)
  return known.filter((name) => names.includes(name))
}

function fail(message: string): never {
  console.error(message)
  process.exit(2)
}
