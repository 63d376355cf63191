import { commonDistance, type Point, rewardAt } from './points.ts'

export interface Compared {
  name: string
  kind: string
  source: 'held-out' | 'batches'
  points: Point[]
  summary: Record<string, number | string>
  seconds: number
}

export interface Row {
  name: string
  kind: string
  episodes: number
  rewardAtCommonKl: number | null
  score: number | null
  kl: number | null
  length: number | null
}

/** The KL that every run came to, and of each run its reward there and what its final policy makes of the held-out prompts. */
export function tableOf(runs: readonly Compared[]): { kl: number; rows: Row[] } {
  const at = commonDistance(runs.map(({ points }) => points))
  const rows = runs.map(({ name, kind, points, summary }) => ({
    ...{ name, kind },
    episodes: points.at(-1)?.episodes ?? 0,
    rewardAtCommonKl: rewardAt(points, at),
    score: number(summary.scoreAfter),
    kl: number(summary.klAfter),
    length: number(summary.lengthAfter),
  }))
  return { kl: at * at, rows }
}

/** The table in Markdown. */
export function markdown({ kl, rows }: ReturnType<typeof tableOf>): string {
  const show = (value: number | null, digits: number) => (value === null ? '–' : value.toFixed(digits))
  const head = [
    ...['Run', 'Recipe', `Reward at KL ${kl.toFixed(2)}`],
    ...['Held-out reward', 'Held-out KL', 'Held-out tokens'],
  ]
  const lines = rows.map((row) => [
    row.name,
    `\`${row.kind}\``,
    show(row.rewardAtCommonKl, 2),
    show(row.score, 2),
    show(row.kl, 2),
    show(row.length, 1),
  ])
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |\n`
  return [head, head.map((_, i) => (i < 2 ? '---' : '---:')), ...lines].map(line).join('')
}

const number = (value: unknown): number | null => (typeof value === 'number' ? value : null)
