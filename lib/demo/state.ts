import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'

export const phases = ['setup', 'base', 'annotate', 'reward', 'ppo', 'compare'] as const
export type Phase = (typeof phases)[number]

const schema = z.object({
  seed: z.int().min(0),
  /** Of the administrator and, with a name behind it, of each simulated annotator. */
  password: z.string(),
  /** Of every address, so that several workspaces can stand in one database; empty for the first. */
  suffix: z.string(),
  /** What exists on the server, by role in the demo. */
  ids: z.record(z.string(), z.string()),
  finished: z.array(z.enum(phases)),
  /** Spent so far, over all the times the demo was started. */
  seconds: z.record(z.enum(phases), z.number()),
})

export type State = z.infer<typeof schema>

export function newState(seed: number, suffix: string): State {
  const seconds = Object.fromEntries(phases.map((phase) => [phase, 0])) as Record<Phase, number>
  return { seed, suffix, password: randomBytes(9).toString('base64url'), ids: {}, finished: [], seconds }
}

/** The state kept in a folder, or null when nothing was started there. */
export function loadState(folder: string): State | null {
  const path = join(folder, 'state.json')
  return existsSync(path) ? schema.parse(JSON.parse(readFileSync(path, 'utf8'))) : null
}

/** Written beside the old file and renamed, so that an interruption leaves one of the two whole. */
export function saveState(folder: string, state: State): void {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'state.json.new'), JSON.stringify(state, null, 2), { mode: 0o600 })
  renameSync(join(folder, 'state.json.new'), join(folder, 'state.json'))
}
