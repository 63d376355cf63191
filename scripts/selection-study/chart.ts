import { parse, View } from 'vega'
import { compile, type TopLevelSpec } from 'vega-lite'
import { interval, lead } from './curves.ts'
import type { Curves } from './report.ts'
import { type Strategy, strategies } from './strategies.ts'

/** Okabe and Ito's colours, which people with any colour vision tell apart; random choice is grey. */
const colours: Record<Strategy, string> = {
  random: '#555555',
  coverage: '#e69f00',
  disagreement: '#0072b2',
  information: '#d55e00',
  joint: '#009e73',
  drawn: '#cc79a7',
}

const names = [...strategies]
const color = {
  field: 'name',
  type: 'nominal' as const,
  title: null,
  sort: names,
  scale: { domain: names, range: names.map((name) => colours[name]) },
}

/**
 * Left, the mean held-out accuracy against the labels, and the 95 % interval of random choice; right, how far each strategy after `labels`
 * labels is from random's accuracy at the end, in points: mean and 95 % interval, a dot a seed. An SVG document.
 */
export async function chart(curves: Curves, labels: number, title: string): Promise<string> {
  const random = curves.get('random')!
  const counts = random[0]!.map((point) => point.labels)
  const last = counts.at(-1)!
  const percentages = (name: Strategy, i: number) =>
    curves.get(name)!.map((curve) => 100 * curve[i]!.accuracy)
  const means = names.flatMap((name) =>
    counts.map((count, i) => ({ name, labels: count, mean: interval(percentages(name, i)).mean })),
  )
  const band = counts.map((count, i) => ({ labels: count, ...bounds(interval(percentages('random', i))) }))
  const missing = names.map((name) => {
    const { mean, low, high } = lead(curves.get(name)!, labels, random, last)
    return { name, ...bounds({ mean: 100 * mean, low: low && 100 * low, high: high && 100 * high }) }
  })
  const dots = names.flatMap((name) =>
    curves.get(name)!.map((curve, seed) => ({
      name,
      points: 100 * lead([curve], labels, [random[seed]!], last).mean,
    })),
  )
  const y = {
    field: 'name',
    type: 'nominal' as const,
    title: null,
    sort: names,
    axis: { labelFontSize: 12, ticks: false },
  }
  const plain = { ...color, legend: null }
  const spec: TopLevelSpec = {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    background: 'white',
    padding: 12,
    title: { text: title, anchor: 'start', fontSize: 14 },
    // Otherwise one legend for both: none.
    resolve: { scale: { color: 'independent' } },
    hconcat: [
      {
        width: 420,
        height: 320,
        encoding: {
          x: {
            field: 'labels',
            type: 'quantitative',
            title: 'Labels (logarithmic)',
            scale: { type: 'log', domain: [counts[0]!, last], nice: false },
            axis: { values: counts, format: 'd' },
          },
        },
        layer: [
          {
            data: { values: band },
            mark: { type: 'area', color: colours.random, opacity: 0.13 },
            encoding: { y: { field: 'low', type: 'quantitative' }, y2: { field: 'high' } },
          },
          {
            data: { values: means },
            mark: { type: 'line', point: { size: 26, filled: true }, strokeWidth: 1.8 },
            encoding: {
              y: {
                field: 'mean',
                type: 'quantitative',
                title: 'Held-out pairs in the true order, %',
                scale: { zero: false },
              },
              color,
            },
          },
        ],
      },
      {
        width: 260,
        height: 320,
        encoding: { y },
        layer: [
          {
            data: { values: [{ points: 0 }] },
            mark: { type: 'rule', strokeDash: [4, 3], color: '#555555' },
            encoding: { x: { field: 'points', type: 'quantitative' }, y: { value: 0 }, y2: { value: 320 } },
          },
          {
            data: { values: dots },
            mark: { type: 'point', filled: true, size: 26, opacity: 0.5, yOffset: 12 },
            encoding: { x: { field: 'points', type: 'quantitative' }, color: plain },
          },
          {
            data: { values: missing },
            mark: { type: 'rule', strokeWidth: 2 },
            encoding: {
              x: {
                field: 'low',
                type: 'quantitative',
                title: `After ${labels} labels: points from random’s accuracy after ${last}`,
              },
              x2: { field: 'high' },
              color: plain,
            },
          },
          {
            data: { values: missing },
            mark: { type: 'point', filled: true, size: 90, opacity: 1 },
            encoding: { x: { field: 'mean', type: 'quantitative' }, color: plain },
          },
        ],
      },
    ],
    config: { font: 'sans-serif', axis: { gridColor: '#e8e8e8' }, view: { stroke: '#bbbbbb' } },
  }
  const view = new View(parse(compile(spec).spec), { renderer: 'none' })
  const svg = await view.toSVG()
  view.finalize()
  return `${svg}\n`
}

/** An interval with both bounds: of one seed its mean. */
function bounds({ mean, low, high }: ReturnType<typeof interval>) {
  return { mean, low: low ?? mean, high: high ?? mean }
}
