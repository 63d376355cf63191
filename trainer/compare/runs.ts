import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { parseSpec, type RecipeKind, recipes } from '#trainer/config.ts'
import { WhetstoneError } from '#trainer/errors.ts'
import { parseEvent, type TrainerEvent } from '#trainer/events.ts'

/**
 * A comparison: what all runs share, and the runs. What `common` has and a recipe does not know is left out of its spec, so that all
 * can share batch sizes or files that some have no use for; what a run names itself must be known to it.
 */
export const comparisonSpec = z.strictObject({
  title: z.string().default('PPO and its relatives'),
  /** Batches that make a point of a run without held-out evaluations on its way. */
  window: z.int().min(1).default(4),
  common: z.record(z.string(), z.unknown()).default({}),
  runs: z
    .array(
      z.strictObject({
        name: z.string().regex(/^[\w .()=,βδ-]+$/),
        kind: z.enum(Object.keys(recipes) as [RecipeKind, ...RecipeKind[]]),
        settings: z.record(z.string(), z.unknown()).default({}),
      }),
    )
    .min(1),
})

export type ComparisonSpec = z.output<typeof comparisonSpec>
type PlannedRun = ComparisonSpec['runs'][number]

/** The name of each run's folder. Throws INVALID_CONFIG for two runs that would share one. */
export function foldersOf(runs: readonly { name: string }[]): string[] {
  const folders = runs.map(({ name }) => name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-'))
  const twice = folders.findIndex((folder, i) => folders.indexOf(folder) < i)
  if (twice < 0) return folders
  const first = runs[folders.indexOf(folders[twice]!)]!
  throw new WhetstoneError(
    'INVALID_CONFIG',
    `the runs ${JSON.stringify(first.name)} and ${JSON.stringify(runs[twice]!.name)} would share the folder ${folders[twice]}`,
    'Give them names that differ in letters or digits of a to z and 0 to 9.',
  )
}

/** The whole spec of a run, paths absolute and models fetched. Throws INVALID_CONFIG, and what io/resolve.ts throws. */
export function specOf(kind: RecipeKind, common: Record<string, unknown>, settings: object, folder: string) {
  const { shape } = recipes[kind]
  const known = (values: Record<string, unknown>, keys: object) =>
    Object.fromEntries(Object.entries(values).filter(([key]) => key in keys))
  const shared = known(common, shape)
  if (isRecord(shared.data)) shared.data = known(shared.data, shape.data.shape)
  const spec: Record<string, unknown> = parseSpec(kind, { ...shared, ...settings })
  const found = (values: Record<string, unknown>, keys: readonly string[]) =>
    Object.fromEntries(
      Object.entries(values).map(([key, value]) => {
        const path = typeof value === 'string' && keys.includes(key) ? resolve(folder, value) : null
        return [key, path !== null && existsSync(path) ? path : value]
      }),
    )
  const own = found(spec, ['policy', 'reward', 'reference', 'model'])
  return isRecord(own.data) ? { ...own, data: found(own.data, Object.keys(own.data)) } : own
}

/**
 * Runs one recipe in a process and a folder of its own; one that is done with the same spec is read instead, one that was cut off
 * begins again. Returns its steps and its end, and the seconds it took. Throws OUT_NOT_EMPTY, COMPARED_RUN_FAILED.
 */
export async function runOne(
  { name, kind }: PlannedRun,
  spec: unknown,
  out: string,
): Promise<{ events: TrainerEvent[]; seconds: number }> {
  const specPath = join(out, 'spec.json')
  const record = join(out, 'compared.json')
  const text = `${JSON.stringify(spec, null, 2)}\n`
  if (existsSync(specPath) && readFileSync(specPath, 'utf8') !== text)
    throw new WhetstoneError(
      'OUT_NOT_EMPTY',
      `${out} has a run with other settings`,
      'Give another --out, or remove that folder.',
    )
  if (existsSync(record)) return JSON.parse(readFileSync(record, 'utf8'))
  if (existsSync(specPath)) rmSync(out, { recursive: true })
  mkdirSync(out, { recursive: true })
  writeFileSync(specPath, text)
  const started = performance.now()
  const events = await trainer([kind, '--spec', specPath, '--out', out])
  const last = events.at(-1)
  if (last?.type !== 'done')
    throw new WhetstoneError(
      'COMPARED_RUN_FAILED',
      `${name} ended with ${last?.type === 'error' ? `${last.code}: ${last.message}` : (last?.type ?? 'nothing')}`,
      last?.type === 'error' ? last.hint : `Look at what ${out} has.`,
    )
  const seconds = (performance.now() - started) / 1000
  const kept = events.filter(({ type }) => type === 'step' || type === 'done')
  writeFileSync(record, `${JSON.stringify({ events: kept, seconds })}\n`)
  return { events: kept, seconds }
}

function trainer(args: string[]): Promise<TrainerEvent[]> {
  const cli = join(dirname(fileURLToPath(import.meta.url)), '../cli.ts')
  const child = spawn(process.execPath, [cli, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  const events: TrainerEvent[] = []
  let rest = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop()!
    for (const line of lines) events.push(parseEvent(line))
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', () => resolve(events))
  })
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
