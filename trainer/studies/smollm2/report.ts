import { parse, View } from 'vega'
import { compile } from 'vega-lite'
import type { StepEvent } from '#trainer/events.ts'

type Steps = readonly StepEvent[]

const panels = [
  { metric: 'objective/scores', title: 'Reward of the batch' },
  { metric: 'guard/gold_proxy', title: 'Reward on held-out prompts' },
  { metric: 'guard/gold', title: 'Rubric on held-out prompts (0 to 6)' },
  { metric: 'objective/kl', title: 'KL to the reference (nats a completion)' },
]

/** The four curves against the update, as one SVG. */
export async function drawCurves(steps: Steps): Promise<string> {
  const plots = panels.map(({ metric, title }) => ({
    width: 320,
    height: 150,
    title: { text: title, anchor: 'start' as const, fontWeight: 'normal' as const },
    data: { values: seriesOf(steps, metric) },
    mark: { type: 'line' as const, point: { size: 20 }, color: '#3b5bdb' },
    encoding: {
      x: { field: 'step', type: 'quantitative' as const, title: 'update', axis: { tickMinStep: 1 } },
      y: {
        field: 'value',
        type: 'quantitative' as const,
        title: null,
        scale: { zero: false },
        axis: { minExtent: 30 },
      },
    },
  }))
  const { spec } = compile({
    background: 'white',
    columns: 2,
    concat: plots,
    config: { font: 'sans-serif', view: { stroke: null } },
  })
  return new View(parse(spec), { renderer: 'none' }).toSVG()
}

function seriesOf(steps: Steps, metric: string): { step: number; value: number }[] {
  return steps.flatMap(({ step, metrics }) =>
    metrics[metric] === undefined ? [] : [{ step, value: metrics[metric] }],
  )
}

/** The updates as a Markdown table; what was not measured at one is left empty. */
export function tableOf(steps: Steps): string {
  const columns = [
    ...panels.map(({ metric }) => metric),
    'response/length',
    'val/ratio',
    'time/rollout',
    'time/train',
  ]
  const cell = (value: number | undefined) => (value === undefined ? '' : value.toFixed(2))
  const rows = steps.map(({ step, metrics }) => [String(step), ...columns.map((name) => cell(metrics[name]))])
  const lines = [['update', ...columns], ['---', ...columns.map(() => '---:')], ...rows]
  return `${lines.map((line) => `| ${line.join(' | ')} |`).join('\n')}\n`
}
