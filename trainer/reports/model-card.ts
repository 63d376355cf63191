import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { type RecipeKind, recipes } from '#trainer/config.ts'
import type { Engine } from '#trainer/engine/engine.ts'
import type { Artifact, DoneEvent, StepEvent } from '#trainer/events.ts'
import { howToLoad, limits, ofAverage, purpose } from './card-texts.ts'
import { cell } from './samples.ts'
import { differs, type Setting, settingsOf } from './settings.ts'
import type { Source } from './sources.ts'

/** What a card is written from. */
export interface Story {
  kind: RecipeKind
  spec: object
  data: Source[]
  models: Source[]
  engine: Engine
  /** The last event of a step; null where there was none. */
  last: StepEvent | null
  done: DoneEvent
}

export type ModelArtifact = Artifact & { kind: 'policy' | 'reward' | 'value' }

/**
 * Writes README.md into a model's folder. The same run gives the same card, whenever and wherever it ran and however often it was
 * resumed: no times and no paths are in it.
 */
export function writeModelCard(artifact: ModelArtifact, story: Story): void {
  const draft = join(artifact.path, '.README.md.writing')
  writeFileSync(draft, modelCard(artifact, story))
  renameSync(draft, join(artifact.path, 'README.md'))
}

function modelCard(artifact: ModelArtifact, story: Story): string {
  const settings = settingsOf(story.kind, story.spec)
  const changed = settings.filter(differs)
  const has = (file: string) => existsSync(join(artifact.path, file))
  const adapter = has('adapter_config.json') && !has('config.json')
  const { title, description } = recipes[story.kind].meta() as { title: string; description: string }
  const parts = [
    frontMatter(artifact, story, adapter),
    `# ${purpose[artifact.kind].title} (${title})`,
    `${purpose[artifact.kind].text} It was made by Whetstone’s recipe “${title}”, which ${lower(description)}`,
    ...(basename(artifact.path) === 'model-ema' ? [ofAverage] : []),
    '## Trained from',
    sourcesTable([...story.models, ...story.data]),
    ...held(story),
    ...(has('report.json') ? ['All that was measured there is in [report.json](report.json).'] : []),
    ...summary(story),
    ...curves(story),
    '## Settings',
    changed.length > 0
      ? `Other than the recipe’s defaults:\n\n${settingsTable(changed)}`
      : 'All are the recipe’s defaults.',
    `<details>\n<summary>All settings</summary>\n\n${settingsTable(settings)}\n\n</details>`,
    '## Computed with',
    table(['', ''], computedWith(story)),
    '## How to load it',
    howToLoad(artifact.kind, { adapter, normalisation: normalisationOf(artifact.path) }),
    '## Limits',
    limits(story.kind, artifact.kind)
      .map((line) => `- ${line}`)
      .join('\n'),
  ]
  return `${parts.join('\n\n')}\n`
}

/** Source: huggingface.co/docs/hub/model-cards. A base_model must be one of the Hub's, so a local folder is named in the text only. */
function frontMatter({ kind }: ModelArtifact, story: Story, adapter: boolean): string {
  const base = story.models.find(({ role }) => role === 'policy' || role === 'model')?.hubId
  const lora = adapter || 'lora' in story.spec
  const tags = ['whetstone', story.kind, purpose[kind].tag, ...(lora ? ['lora'] : [])]
  return [
    '---',
    ...(base ? [`base_model: ${base}`] : []),
    `library_name: ${adapter ? 'peft' : 'transformers'}`,
    `pipeline_tag: ${purpose[kind].pipeline}`,
    'tags:',
    ...[...new Set(tags)].map((tag) => `- ${tag}`),
    '---',
  ].join('\n')
}

function sourcesTable(sources: readonly Source[]): string {
  if (sources.length === 0) return 'Nothing but its settings.'
  return table(
    ['what', 'name', 'lines', 'sha256'],
    sources.map(({ role, name, lines, sha256, hubId }) => [
      cell(role),
      cell(hubId ? `${name} (${hubId})` : name),
      lines === undefined ? '' : String(lines),
      `\`${sha256}\``,
    ]),
  )
}

/** Measures on data that was kept out of training, at the last step. */
function held({ last }: Story): string[] {
  const rows = withIntervals(
    Object.entries(last?.metrics ?? {}).filter(([name]) => name.startsWith('eval/')),
    ['_low', '_high'],
  )
  if (rows.length === 0) return ['## Held out', 'Nothing was measured on data kept out of training.']
  return ['## Held out', measures('measure', rows)]
}

function summary({ done }: Story): string[] {
  const rows = withIntervals(Object.entries(done.summary), ['Low', 'High'])
  return rows.length === 0 ? [] : ['## Summary', measures('', rows)]
}

/** The curves' last values, without those of a clock. */
function curves({ last }: Story): string[] {
  const rows = Object.entries(last?.metrics ?? {})
    .filter(([name]) => !/^(eval|time|memory)\/|per_second$/.test(name))
    .map(([name, value]) => [cell(name), number(value)])
  if (rows.length === 0) return []
  return [`## Last step (${last!.step} of ${last!.total})`, table(['metric', 'value'], rows)]
}

/** Rows of name, value and interval; the ends of an interval have rows of their own only where its middle is missing. */
function withIntervals(
  entries: [string, number | string][],
  [low, high]: readonly [string, string],
): string[][] {
  const values = new Map(entries)
  const isEnd = (name: string) =>
    [low, high].some((end) => name.endsWith(end) && values.has(name.slice(0, -end.length)))
  return entries
    .filter(([name]) => !isEnd(name))
    .map(([name, value]) => {
      const ends = [values.get(name + low), values.get(name + high)]
      return [
        cell(name),
        number(value),
        ends.includes(undefined) ? '' : ends.map((end) => number(end!)).join(' … '),
      ]
    })
}

/** The intervals have a column where there are any. */
function measures(title: string, rows: string[][]): string {
  const columns = rows.some((row) => row[2] !== '') ? 3 : 2
  return table(
    [title, 'value', '95 % interval'].slice(0, columns),
    rows.map((row) => row.slice(0, columns)),
  )
}

function settingsTable(settings: readonly Setting[]): string {
  return table(
    ['setting', '', 'value', 'default'],
    settings.map((setting) => [
      `\`${setting.name}\``,
      cell(setting.unit ? `${setting.title} (${setting.unit})` : setting.title),
      shown(setting.value),
      shown(setting.default),
    ]),
  )
}

function computedWith({ engine }: Story): string[][] {
  const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8'))
  return [
    ['Whetstone', version],
    ['engine', `${engine.name} ${engine.version}`],
    ['precision', engine.precision],
    ['device', cell(engine.device)],
    ...(engine.threads ? [['threads', String(engine.threads)]] : []),
    ['Node', process.versions.node],
  ]
}

function normalisationOf(folder: string): { gain: number; bias: number } | undefined {
  const path = join(folder, 'whetstone.json')
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).normalisation : undefined
}

function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

const shown = (value: unknown) =>
  value === undefined ? '–' : cell(typeof value === 'string' ? value : JSON.stringify(value))
const number = (value: number | string) =>
  typeof value === 'string' ? cell(value) : String(Number(value.toPrecision(5)))
const lower = (sentence: string) => sentence.charAt(0).toLowerCase() + sentence.slice(1)
