import { join } from 'node:path'
import type { RecipeKind, Specs } from '#trainer/config.ts'
import type { Engine } from '#trainer/engine/engine.ts'
import type { LogEvent, StepEvent, TrainerEvent } from '#trainer/events.ts'
import type { Run } from '#trainer/recipes/run.ts'
import { type ModelArtifact, writeModelCard } from './model-card.ts'
import { sampleTables } from './samples.ts'
import { dataSources, modelSources } from './sources.ts'
import { tensorBoard } from './tensorboard.ts'

/** Takes each event of a run before it is told, and returns what of it could not be written. */
export type Reports = (event: TrainerEvent) => Promise<LogEvent[]>

/**
 * What a run leaves beside its models: DIR/tensorboard, DIR/samples.jsonl and samples.md, and a README.md in each model's folder. It hears
 * the run's events and no recipe knows of it. A report that cannot be written becomes a warning, once, and the run goes on without it.
 */
export async function startReports<K extends RecipeKind>(
  kind: K,
  spec: Specs[K],
  { out, resume }: Pick<Run, 'out' | 'resume'>,
  engine: Engine,
): Promise<Reports> {
  // Told at the first event: a file that cannot be read is the recipe's to explain.
  let unreadable: unknown
  const data = await dataSources(spec).catch((error: unknown) => {
    unreadable = error
    return []
  })
  let last: StepEvent | null = null
  const cards = async (event: TrainerEvent) => {
    if (unreadable) throw unreadable
    if (event.type === 'step') last = event
    if (event.type !== 'done') return
    const models = event.artifacts.filter(isModel)
    if (models.length === 0) return
    const story = { kind, spec, data, models: await modelSources(spec), engine, last, done: event }
    for (const artifact of models) writeModelCard(artifact, story)
  }
  const reports = new Map<string, (event: TrainerEvent) => void | Promise<void>>([
    ['TensorBoard’s files', tensorBoard(join(out, 'tensorboard'), { resume })],
    ['the tables of samples', sampleTables(out, { resume })],
    ['the model card', cards],
  ])
  return async (event) => {
    const logs: LogEvent[] = []
    for (const [name, report] of reports)
      try {
        await report(event)
      } catch (error) {
        reports.delete(name)
        const reason = error instanceof Error ? error.message : String(error)
        logs.push({ type: 'log', level: 'warn', message: `${name} cannot be written any more: ${reason}` })
      }
    return logs
  }
}

const isModel = (artifact: { kind: string }): artifact is ModelArtifact =>
  ['policy', 'reward', 'value'].includes(artifact.kind)
