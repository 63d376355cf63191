import { parse, View } from 'vega'
import { compile, type TopLevelSpec } from 'vega-lite'
import { distance, type Point } from './points.ts'

export interface Curve {
  name: string
  points: Point[]
}

/** Reward against √KL and against episodes, a line a run in the order of training: an SVG document. */
export async function chart(curves: readonly Curve[], title: string): Promise<string> {
  const values = curves.flatMap(({ name, points }) =>
    points.map((point, order) => ({ ...point, name, order, distance: distance(point) })),
  )
  const names = curves.map(({ name }) => name)
  const panel = (field: 'distance' | 'episodes', label: string) => ({
    width: 420,
    height: 320,
    mark: { type: 'line' as const, point: { size: 22, filled: true }, strokeWidth: 1.8 },
    encoding: {
      x: { field, type: 'quantitative' as const, title: label },
      y: { field: 'reward', type: 'quantitative' as const, title: 'Reward', scale: { zero: false } },
      order: { field: 'order', type: 'quantitative' as const },
      color: {
        field: 'name',
        type: 'nominal' as const,
        title: null,
        sort: names,
        scale: { domain: names, range: colours.slice(0, names.length) },
      },
      strokeDash: {
        field: 'name',
        type: 'nominal' as const,
        title: null,
        sort: names,
        scale: { domain: names, range: names.map((_, i) => dashes[Math.floor(i / 5) % dashes.length]!) },
      },
    },
  })
  const spec: TopLevelSpec = {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    background: 'white',
    padding: 12,
    title: { text: title, anchor: 'start', fontSize: 14 },
    data: { values },
    hconcat: [
      panel('distance', '√KL to the reference (KL in nats a completion)'),
      panel('episodes', 'Completions learned from'),
    ],
    config: { font: 'sans-serif', axis: { gridColor: '#e8e8e8' }, view: { stroke: '#bbbbbb' } },
  }
  const view = new View(parse(compile(spec).spec), { renderer: 'none' })
  const svg = await view.toSVG()
  view.finalize()
  return `${svg}\n`
}

/** Okabe and Ito's colours, which people with any colour vision tell apart, and two greys; lines beyond five are dashed. */
const colours = [
  '#0072b2',
  '#d55e00',
  '#009e73',
  '#cc79a7',
  '#e69f00',
  '#56b4e9',
  '#444444',
  '#999999',
  '#8c510a',
  '#b2182b',
]
const dashes = [
  [1, 0],
  [6, 3],
  [2, 2],
]
