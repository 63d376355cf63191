import { z } from 'zod'
import type { Actor } from '../auth/actor.ts'
import { authorise } from '../auth/permissions.ts'
import type { ClusteredShare } from '../ratings/clustered-share.ts'
import type { Estimate } from '../ratings/interval.ts'
import type { Pace } from './activity.ts'
import type { CheckFigures } from './checks.ts'
import type { Share } from './measures.ts'
import { type Measures, overview, overviewInput, type QualityOverview } from './overview.ts'

export const exportQualityInput = overviewInput.extend({ format: z.enum(['csv', 'json']).default('csv') })

/**
 * The overview as a file: JSON as it is, or CSV with one figure a line: scope, id, name, figure, value, low,
 * high, n. `n` is what the interval rests on: comparisons or items, or what was counted.
 * @throws WhetstoneError NOT_FOUND of a batch
 */
export async function exportQuality(
  actor: Actor,
  { format, ...input }: z.output<typeof exportQualityInput>,
): Promise<{ fileName: string; contentType: string; text: string }> {
  authorise(actor, 'quality.export')
  const found = await overview(actor, input)
  return format === 'json'
    ? {
        fileName: 'quality.json',
        contentType: 'application/json',
        text: `${JSON.stringify(found, null, 2)}\n`,
      }
    : { fileName: 'quality.csv', contentType: 'text/csv; charset=utf-8', text: csvOf(found) }
}

type Cell = string | number | null
type Figure = [figure: string, value: number | null, low?: number | null, high?: number | null, n?: number]

function csvOf(found: QualityOverview): string {
  const rows: Cell[][] = [['scope', 'id', 'name', 'figure', 'value', 'low', 'high', 'n']]
  const add = (scope: string, id: string, name: string, figures: Figure[]) => {
    for (const [figure, value, low = null, high = null, n = null] of figures)
      if (value !== null) rows.push([scope, id, name, figure, value, low, high, n])
  }
  const { longer, earlier, gradeAlpha, unusualTimes } = found
  add('all', '', '', [
    ...measures(found),
    estimate('grade_alpha', gradeAlpha),
    share('longer_preferred', longer),
    share('earlier_preferred', earlier),
    ...times(unusualTimes),
  ])
  for (const one of found.annotators) {
    add('annotator', one.id, one.name, [
      ...measures(one),
      ['skipped', one.skipped],
      ...found.remarks
        .filter(({ annotator }) => annotator.id === one.id)
        .map(({ about }): Figure => [`remark_${about}`, 1]),
      ...times(one.unusualTimes),
      share(
        'reliability',
        one.reliability && { ...one.reliability, rate: one.reliability.value, n: one.reliability.votes },
      ),
      ['weight', one.weight],
      ...Object.entries(one.verdicts ?? {}).map(([verdict, value]): Figure => [`verdict_${verdict}`, value]),
    ])
  }
  for (const { a, b, agreement, cohenKappa } of found.agreementPairs) {
    add('two annotators', `${a.id} ${b.id}`, `${a.name}, ${b.name}`, [
      share('agreement', agreement),
      estimate('cohen_kappa', cohenKappa),
    ])
  }
  for (const one of found.tags) add('tag', one.name, one.name, measures(one))
  for (const one of found.batches) add('batch', one.id, one.name, measures(one))
  for (const one of found.overTime.periods) {
    const name = `${one.from.toISOString()}/${one.to.toISOString()}`
    add('period', one.from.toISOString(), name, [
      ['rankings', one.rankings],
      ...pace(one),
      ...agreements(one),
    ])
  }
  for (const { reason, count } of found.skips) add('skip reason', '', reason, [['skipped', count]])
  for (const { flag, prompts, responses, comparisons } of found.flags) {
    add('flag', '', flag, [
      ['flagged_prompts', prompts],
      ['flagged_responses', responses],
      ['flagged_comparisons', comparisons.length],
    ])
  }
  return rows.map((row) => `${row.map(cell).join(',')}\r\n`).join('')
}

function measures(one: Measures): Figure[] {
  return [
    ['rankings', one.rankings],
    ['median_seconds', one.medianSeconds],
    ['edited', one.edited],
    ...pace(one),
    ['answered_today', one.today],
    ['answered_this_week', one.thisWeek],
    share('first_shown_best', one.firstShown),
    ['first_shown_best_by_chance', one.expectedFirstShown],
    ...agreements(one),
    ...checks(one),
  ]
}

const pace = (one: Pick<Pace, 'answered' | 'activeHours' | 'perHour'>): Figure[] => [
  ['answered', one.answered],
  ['active_hours', one.activeHours],
  ['answered_per_active_hour', one.perHour],
]

function checks({ goldTrend, ...one }: CheckFigures): Figure[] {
  return [
    share('gold_accuracy', one.gold),
    share('gold_accuracy_recent', goldTrend?.recent ?? null),
    share('gold_accuracy_before', goldTrend?.before ?? null),
    goldTrend
      ? ['gold_accuracy_change', goldTrend.value, goldTrend.low, goldTrend.high, goldTrend.recent.items]
      : ['gold_accuracy_change', null],
    share('gold_all_bad_found', one.allBadFound),
    share('gold_all_bad_spared', one.allBadSpared),
    share('repeats_alike', one.repeated),
    estimate('repeats_kendall_tau_b', one.repeatedTau),
    share('adjudicated_alike', one.adjudicated),
  ]
}

function agreements(
  one: Pick<Measures, 'alpha' | 'alphaGraded' | 'fleissKappa' | 'tau' | 'agreement' | 'comparisons'>,
): Figure[] {
  return [
    ['comparisons_shared', one.comparisons],
    share('agreement', one.agreement),
    estimate('alpha', one.alpha),
    estimate('alpha_tie_half', one.alphaGraded),
    estimate('fleiss_kappa', one.fleissKappa),
    estimate('kendall_tau_b', one.tau),
  ]
}

const times = ({ fast, slow }: { fast: number; slow: number }): Figure[] => [
  ['unusually_fast', fast],
  ['unusually_slow', slow],
]
const estimate = (figure: string, found: Estimate | null): Figure =>
  found ? [figure, found.value, found.low, found.high, found.units] : [figure, null]
const share = (figure: string, found: Share | ClusteredShare | null): Figure =>
  found
    ? [figure, found.rate, found.low, found.high, 'items' in found ? found.items : found.n]
    : [figure, null]

/** RFC 4180; a text that a spreadsheet would take for a formula is made text by an apostrophe. */
function cell(value: Cell): string {
  if (value === null) return ''
  if (typeof value === 'number') return String(value)
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
