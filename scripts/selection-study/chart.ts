import { parse, View } from 'vega'
import { compile, type TopLevelSpec } from 'vega-lite'
import { interval, type Ratio } from './curves.ts'
import type { Curves } from './report.ts'
import { type Strategy, strategies } from './strategies.ts'

/** Okabe and Ito's colours, which people with any colour vision tell apart; random choice is grey. */
const colours: Record<Strategy, string> = {
  random: '#555555',
  coverage: '#e69f00',
  disagreement: '#0072b2',
  information: '#d55e00',
  joint: '#009e73',
}

/**
 * Left, the mean held-out accuracy against the labels, with its standard error; right, the labels that each strategy takes for random's accuracy after
 * all of its labels, as a share of random's, a dot a seed, with mean and interval: an SVG document.
 */
export async function chart(
  curves: Curves,
  ratios: ReadonlyMap<Strategy, Ratio>,
  title: string,
): Promise<string> {
  const values = strategies.flatMap((name) => {
    const own = curves.get(name)!
    return own[0]!.map(({ labels }, i) => {
      const { mean, low, high } = interval(own.map((curve) => 100 * curve[i]!.accuracy))
      return { name, labels, mean, low: low ?? mean, high: high ?? mean }
    })
  })
  const names = [...strategies]
  const color = {
    field: 'name',
    type: 'nominal' as const,
    title: null,
    sort: names,
    scale: { domain: names, range: names.map((name) => colours[name]) },
  }
  const compared = names.filter((name) => name !== 'random')
  const dots = compared.flatMap((name) =>
    ratios.get(name)!.ratios.map((ratio) => ({ name, share: 100 * ratio })),
  )
  const means = compared.map((name) => {
    const { mean, low, high } = ratios.get(name)!
    return { name, mean: 100 * mean, low: 100 * (low ?? mean), high: 100 * (high ?? mean) }
  })
  const counts = [...new Set(values.map(({ labels }) => labels))]
  const y = {
    field: 'name',
    type: 'nominal' as const,
    title: null,
    sort: names,
    axis: { labelFontSize: 12, ticks: false },
  }
  const spec: TopLevelSpec = {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    background: 'white',
    padding: 12,
    title: { text: title, anchor: 'start', fontSize: 14 },
    hconcat: [
      {
        width: 440,
        height: 320,
        data: { values },
        encoding: {
          x: {
            field: 'labels',
            type: 'quantitative',
            title: 'Labels (answers of annotators, logarithmic)',
            scale: { type: 'log', domain: [counts[0]!, counts.at(-1)!], nice: false },
            axis: { values: counts, format: 'd' },
          },
          color,
        },
        layer: [
          {
            mark: { type: 'errorband', opacity: 0.1 },
            encoding: {
              y: { field: 'low', type: 'quantitative', scale: { zero: false }, title: '' },
              y2: { field: 'high' },
            },
          },
          {
            mark: { type: 'line', point: { size: 30, filled: true }, strokeWidth: 1.8 },
            encoding: {
              y: {
                field: 'mean',
                type: 'quantitative',
                title: 'Held-out pairs in the true order, %',
                scale: { zero: false },
              },
            },
          },
        ],
      },
      {
        width: 300,
        height: 320,
        data: { values: means },
        layer: [
          {
            data: { values: [{ share: 60 }] },
            mark: { type: 'rule', strokeDash: [4, 3], color: '#888888' },
            encoding: { x: { field: 'share', type: 'quantitative' } },
          },
          {
            data: { values: [{ share: 100 }] },
            mark: { type: 'rule', color: '#888888' },
            encoding: { x: { field: 'share', type: 'quantitative' } },
          },
          {
            data: { values: dots },
            mark: { type: 'point', filled: true, size: 28, opacity: 0.45, yOffset: 14 },
            encoding: { x: { field: 'share', type: 'quantitative' }, y, color: { ...color, legend: null } },
          },
          {
            mark: { type: 'rule', strokeWidth: 2 },
            encoding: {
              x: {
                field: 'low',
                type: 'quantitative',
                title: 'Labels for random’s final accuracy, % of random’s',
                scale: { zero: true, nice: true },
              },
              x2: { field: 'high' },
              y,
              color: { ...color, legend: null },
            },
          },
          {
            mark: { type: 'point', filled: true, size: 90, opacity: 1 },
            encoding: { x: { field: 'mean', type: 'quantitative' }, y, color: { ...color, legend: null } },
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
