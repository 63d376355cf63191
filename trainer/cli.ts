import { mkdirSync, readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { Command, CommanderError, Option } from 'commander'
import { parseSpec, type RecipeKind, recipes, type Specs } from './config.ts'
import { startEngine } from './engine/start.ts'
import { WhetstoneError } from './errors.ts'
import { type TrainerEvent, writeEvent } from './events.ts'
import { resolvePaths } from './recipes/paths.ts'
import type { Run } from './recipes/run.ts'
import { startReports } from './reports/reports.ts'

type Recipe<K extends RecipeKind> = (spec: Specs[K], run: Run) => AsyncGenerator<TrainerEvent>

// A recipe is loaded when it runs, so that a wrong spec is refused before any model code is read.
const load: { [K in RecipeKind]: () => Promise<Recipe<K>> } = {
  sft: async () => (await import('./recipes/sft.ts')).sft,
  reward: async () => (await import('./recipes/reward.ts')).reward,
  ppo: async () => (await import('./recipes/ppo.ts')).ppo,
  reinforce: async () => (await import('./recipes/reinforce.ts')).reinforce,
  rloo: async () => (await import('./recipes/rloo.ts')).rloo,
  grpo: async () => (await import('./recipes/grpo.ts')).grpo,
  trpo: async () => (await import('./recipes/trpo.ts')).trpo,
  raft: async () => (await import('./recipes/raft.ts')).raft,
  dpo: async () => (await import('./recipes/dpo.ts')).dpo,
  generate: async () => (await import('./recipes/generate.ts')).generate,
  score: async () => (await import('./recipes/score.ts')).score,
}

/** Runs one recipe; every event is a line of stdout. The exit code is 0 after `done` or `stopped`, 1 after `error`. */
async function main(): Promise<void> {
  let stopping = false
  const stop = () => {
    stopping = true
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
  try {
    const program = new Command('trainer')
      .description('Trains, samples and scores language models; see docs/architecture.md')
      .exitOverride()
      .configureOutput({ writeErr: () => {} })
    for (const kind of Object.keys(recipes) as RecipeKind[])
      program
        .command(kind)
        .requiredOption('--spec <file>', 'the spec, JSON; see trainer/config.ts')
        .requiredOption('--out <folder>', 'the folder to write into')
        .addOption(new Option('--resume', 'continue from the newest whole checkpoint').default(false))
        .action(async (options: { spec: string; out: string; resume: boolean }) => {
          const folder = dirname(resolve(options.spec))
          const spec = await resolvePaths(parseSpec(kind, readSpec(options.spec)), folder, (message) =>
            writeEvent({ type: 'log', level: 'info', message }),
          )
          const run: Run = {
            out: resolve(options.out),
            resume: options.resume,
            stopRequested: () => stopping,
          }
          await play(kind, spec, run)
        })
    await program.parseAsync()
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return
    process.exitCode = 1
    const { code, message, hint } = explain(error)
    writeEvent({ type: 'error', code, message, hint })
  }
}

async function play<K extends RecipeKind>(kind: K, spec: Specs[K], run: Run): Promise<void> {
  mkdirSync(run.out, { recursive: true })
  const engine = await startEngine(spec.engine, { precision: spec.precision, device: spec.device })
  if (engine.warning) writeEvent({ type: 'log', level: 'warn', message: engine.warning })
  writeEvent({
    type: 'log',
    level: 'info',
    message: `engine ${engine.name} ${engine.version} ${engine.precision} on ${engine.device}`,
  })
  const recipe = await load[kind]()
  const report = await startReports(kind, spec, run, engine)
  for await (const event of recipe(spec, run)) {
    for (const log of await report(event)) writeEvent(log)
    writeEvent(event)
  }
}

function readSpec(path: string): unknown {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    throw new WhetstoneError('FILE_MISSING', `there is no spec ${path}`, 'Give the path of a JSON file.', {
      cause,
    })
  }
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new WhetstoneError(
      'INVALID_CONFIG',
      `${path} is no JSON: ${(cause as Error).message}`,
      'Write the spec as one JSON object.',
      { cause },
    )
  }
}

function explain(error: unknown): { code: string; message: string; hint: string } {
  if (error instanceof WhetstoneError) return error
  if (error instanceof CommanderError)
    return {
      code: 'INVALID_USAGE',
      message: error.message,
      hint: 'trainer <recipe> --spec spec.json --out DIR [--resume]',
    }
  // Nobody foresaw it: the stack is what a report needs.
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`)
  const message = error instanceof Error ? error.message : String(error)
  return {
    code: 'INTERNAL',
    message,
    hint: 'This is a defect of Whetstone: please report it with the stack on stderr.',
  }
}

await main()
