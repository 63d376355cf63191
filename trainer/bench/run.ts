import type { Contender } from './contenders.ts'
import type { Memory, Results, ShapeResults } from './results.ts'
import { type ShapeName, shapes, tokensOf } from './shapes.ts'
import { median } from './statistics.ts'
import { type Member, startTurns, type Turns } from './turns.ts'

export interface RunOptions {
  contenders: Contender[]
  shapes: ShapeName[]
  repeats: number
  device: 'cpu' | 'cuda'
  note(text: string): void
  progress(text: string): void
}

type Sample = { ms: number }

/**
 * Single operations and matrix products; on CUDA also copies in the device's memory. Returns the best rate of those, in bytes read and
 * written per second.
 */
export async function runOperations(results: Results, options: RunOptions): Promise<number> {
  const { contenders, repeats, device, note, progress } = options
  const turns = startTurns(contenders, note)
  const rates: number[] = [0]
  await turns.each(async (member) => {
    progress(`${member.contender.name}: starts`)
    await introduce(member, results)
  })
  // Turn 0 warms up.
  for (let turn = 0; turn <= repeats; turn++) {
    progress(`operations: turn ${turn} of ${repeats}`)
    await turns.each(async (member) => {
      const { contender, child } = member
      const keep = <T>(samples: T[], sample: T) => void (turn > 0 && samples.push(sample))
      const own = results.contenders[contender.name]!
      // An engine's bf16 is in its fused kernels: its single operations are those of fp32.
      if (contender.trainsOnly || turn > contender.repeats) return
      if (contender.precision === 'bf16' && !contender.peer) return
      if (contender.precision === 'fp32') {
        const { add, matmul } = await child.ask<{ add: number; matmul: number }>({
          do: 'operations',
          calls: contender.slow ? 100 : 1000,
        })
        own.operations ??= { add: [], matmul: [] }
        keep(own.operations.add, add)
        keep(own.operations.matmul, matmul)
      }
      for (const side of contender.slow ? [256] : device === 'cuda' ? [1024, 8192] : [1024, 2048]) {
        own.matmul[side] ??= []
        const { ms } = await child.ask<Sample>({ do: 'matmul', side, calls: contender.slow ? 1 : 4 })
        keep(own.matmul[side], ms)
      }
      if (device === 'cuda' && contender.precision === 'fp32') {
        const bytes = 2 ** 30
        const { ms } = await child.ask<Sample>({ do: 'copy', bytes, calls: 8 })
        keep(rates, (2 * bytes * 1000) / ms)
      }
    })
  }
  await turns.end()
  return Math.max(...rates)
}

async function introduce({ contender, child }: Member, results: Results): Promise<void> {
  const { version, transformers, device } = await child.ask<{
    version: string
    transformers?: string
    device: string
  }>({ do: 'hello' })
  const versions: Record<string, string> = transformers
    ? { transformers, PyTorch: version }
    : { [contender.name.split(' ')[0]!]: version }
  const { precision, peer } = contender
  results.contenders[contender.name] = { precision, peer, versions, device, matmul: {}, shapes: {} }
}

/**
 * Rollouts, then train steps of one shape, in fresh processes. On CUDA one contender after the other: each keeps the device's memory that
 * it once had.
 */
export async function runShape(name: ShapeName, results: Results, options: RunOptions): Promise<void> {
  const able = options.contenders.filter(
    ({ name: contender, precision }) =>
      results.contenders[contender] && shapes[name].precisions.includes(precision),
  )
  const contenders = able.filter((contender) => contender.rows(shapes[name], name) > 0)
  for (const contender of able)
    if (!contenders.includes(contender))
      options.note(`${name}: ${contender.name} is left out, it takes hours`)
  const alone = ({ heavy }: Contender) => options.device === 'cuda' || (heavy && name !== 'tiny')
  const together = contenders.filter((contender) => !alone(contender))
  for (const group of [together, ...contenders.filter(alone).map((contender) => [contender])])
    await runGroup(name, group, results, options)
}

async function runGroup(name: ShapeName, contenders: Contender[], results: Results, options: RunOptions) {
  const turns = startTurns(contenders, (text) => options.note(`${name}: ${text}`))
  await turns.each(async ({ contender, child }) => {
    await child.ask({ do: 'hello' })
    results.contenders[contender.name]!.shapes[name] = { parameters: 0, rollouts: [] }
  })
  const resultsOf = ({ contender }: Member) => results.contenders[contender.name]!.shapes[name]!
  await rollOut(name, turns, options, resultsOf)
  await train(name, turns, options, resultsOf)
  await turns.end()
}

type ResultsOf = (member: Member) => ShapeResults

async function rollOut(name: ShapeName, turns: Turns, options: RunOptions, resultsOf: ResultsOf) {
  const { rolloutRows, rows: allRows, responseLength } = shapes[name]
  const befores = new Map<Member, number>()
  await turns.each(async (member) => {
    if (member.contender.trainsOnly) return
    options.progress(`${name}: ${member.contender.name} loads`)
    const most = member.contender.rows(shapes[name], name)
    const counts = most < allRows ? [most] : rolloutRows
    befores.set(member, await load(member, name, Math.max(...counts), 'rollout', resultsOf))
    for (const rows of counts) {
      await member.child.ask({ do: 'rollout', rows, responseLength: 2 })
      resultsOf(member).rollouts.push({ rows, ms: [], firstTokenMs: [] })
    }
  })
  for (let turn = 1; turn <= options.repeats; turn++) {
    options.progress(`${name}: rollouts, turn ${turn} of ${options.repeats}`)
    await turns.each(async (member) => {
      if (turn > member.contender.repeats) return
      for (const { rows, ms, firstTokenMs } of resultsOf(member).rollouts) {
        ms.push((await member.child.ask<Sample>({ do: 'rollout', rows, responseLength })).ms)
        firstTokenMs.push((await member.child.ask<Sample>({ do: 'rollout', rows, responseLength: 1 })).ms)
      }
    })
  }
  await turns.each(async (member) => {
    const before = befores.get(member)
    if (before !== undefined) resultsOf(member).rolloutMemory = await peakSince(member, before)
  })
}

async function train(name: ShapeName, turns: Turns, options: RunOptions, resultsOf: ResultsOf) {
  const befores = new Map<Member, number>()
  const samples = new Map<Member, { fused: boolean | undefined; ms: number[]; loss: number }[]>()
  const step = ({ child }: Member, fused: boolean | undefined) =>
    child.ask<{ ms: number; loss: number }>({ do: 'train', fused })
  const rowsOf = ({ contender }: Member) => contender.rows(shapes[name], name)
  await turns.each(async (member) => {
    options.progress(`${name}: ${member.contender.name} prepares to train`)
    befores.set(member, await load(member, name, rowsOf(member), 'train', resultsOf))
    // PyTorch's AdamW as it comes, and fused: the faster one counts.
    const kinds = member.contender.peer ? [undefined, true] : [undefined]
    for (const fused of kinds) await step(member, fused)
    samples.set(
      member,
      kinds.map((fused) => ({ fused, ms: [], loss: Number.NaN })),
    )
  })
  for (let turn = 1; turn <= options.repeats; turn++) {
    options.progress(`${name}: train steps, turn ${turn} of ${options.repeats}`)
    await turns.each(async (member) => {
      if (turn > member.contender.repeats) return
      for (const kind of samples.get(member)!) {
        const { ms, loss } = await step(member, kind.fused)
        kind.ms.push(ms)
        kind.loss = loss
      }
    })
  }
  await turns.each(async (member) => {
    const best = samples.get(member)!.reduce((a, b) => (median(b.ms) < median(a.ms) ? b : a))
    const optimizer = best.fused ? 'AdamW(fused=True)' : 'AdamW()'
    const { ms, loss } = best
    const result = resultsOf(member)
    result.train = { rows: rowsOf(member), ms, loss, ...(member.contender.peer ? { optimizer } : {}) }
    result.trainMemory = await peakSince(member, befores.get(member)!)
  })
}

/** A fresh model. Returns the bytes held with it. */
async function load(
  member: Member,
  name: ShapeName,
  rows: number,
  phase: 'rollout' | 'train',
  resultsOf: ResultsOf,
): Promise<number> {
  const shape = shapes[name]
  const { parameters } = await member.child.ask<{ parameters: number }>({
    do: 'load',
    shape,
    rows,
    tokens: tokensOf(shape, rows),
    phase,
  })
  resultsOf(member).parameters = parameters
  return (await memoryOf(member)).now
}

async function peakSince(member: Member, before: number): Promise<Memory> {
  return { before, peak: (await memoryOf(member)).peak }
}

/** Bytes; the peak starts anew. */
function memoryOf({ child }: Member): Promise<{ now: number; peak: number | null }> {
  return child.ask({ do: 'memory', reset: true })
}
