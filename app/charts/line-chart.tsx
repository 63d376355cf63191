'use client'

import { useEffect, useRef, useState, useSyncExternalStore } from 'react'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { formatNumber } from '../ui/quantity.tsx'
import { colourOf, onThemeChange } from './colours.ts'
import type { Panel } from './panels.ts'
import type { StepStore } from './step-store.ts'

const height = 150

/**
 * One panel of curves over steps. The chart is made once and fed new data; cursors of charts with the same `link`
 * move together, and the heading shows the values under the cursor, else the latest.
 */
export function LineChart({ panel, store, link }: { panel: Panel; store: StepStore; link: string }) {
  const box = useRef<HTMLDivElement>(null)
  const [at, setAt] = useState<number | null>(null)
  const version = useSyncExternalStore(store.subscribe, store.version, () => 0)
  const chart = useRef<uPlot | null>(null)
  // A panel is made anew by every render of its parent; its words decide whether the chart must be.
  const shape = JSON.stringify([panel.series, panel.target])

  useEffect(() => {
    const [series, target] = JSON.parse(shape) as [Panel['series'], number | undefined]
    const element = box.current!
    const make = () => {
      chart.current?.destroy()
      chart.current = new uPlot(
        options(element, series, target, link, (index) => setAt(index)),
        dataOf(store, series, target),
        element,
      )
    }
    make()
    const resize = new ResizeObserver(() => chart.current?.setSize({ width: element.clientWidth, height }))
    resize.observe(element)
    const stop = onThemeChange(make)
    const unsubscribe = store.subscribe(() => chart.current?.setData(dataOf(store, series, target)))
    return () => {
      unsubscribe()
      stop()
      resize.disconnect()
      chart.current?.destroy()
      chart.current = null
    }
  }, [shape, store, link])

  return (
    <figure data-version={version} className="min-w-0 rounded-md border border-line bg-surface">
      <figcaption className="px-3 pt-2">
        <span className="block truncate text-13 text-ink-2" title={panel.help || panel.title}>
          {panel.title}
        </span>
        <span className="flex gap-4 whitespace-nowrap tabular-nums">
          {panel.series.map((line, index) => (
            <Value
              key={line.metric}
              line={line}
              column={store.column(line.metric)}
              at={at}
              unit={index === panel.series.length - 1 ? panel.unit : undefined}
            />
          ))}
        </span>
      </figcaption>
      <div ref={box} aria-hidden style={{ height }} className="w-full overflow-hidden" />
    </figure>
  )
}

function Value({
  line,
  column,
  at,
  unit,
}: {
  line: Panel['series'][number]
  column: readonly (number | null)[]
  at: number | null
  unit?: string
}) {
  const value = at === null ? column.findLast((one) => one !== null) : column[at]
  return (
    <span className="flex items-baseline gap-1.5">
      <span
        aria-hidden
        className="inline-block h-0.5 w-3 self-center rounded-full"
        style={{ background: `var(--color-${line.colour})` }}
      />
      {line.label && <span className="text-13 text-ink-3">{line.label}</span>}
      <span className="font-medium">{figureWords(value)}</span>
      {unit && <span className="text-13 text-ink-3">{unit}</span>}
    </span>
  )
}

function dataOf(store: StepStore, series: Panel['series'], target: number | undefined): uPlot.AlignedData {
  const steps = [...store.steps]
  const lines = series.map(({ metric }) => {
    const column = store.column(metric)
    return column.length > 0 ? [...column] : steps.map(() => null)
  })
  return target === undefined ? [steps, ...lines] : [steps, ...lines, steps.map(() => target)]
}

function options(
  element: HTMLElement,
  series: Panel['series'],
  target: number | undefined,
  link: string,
  onCursor: (index: number | null) => void,
): uPlot.Options {
  const ink = colourOf('ink-3')
  const line = colourOf('line')
  const font = '12px "Inter Variable", sans-serif'
  const axis: uPlot.Axis = {
    stroke: ink,
    font,
    grid: { stroke: line, width: 1 },
    ticks: { show: false },
    gap: 4,
  }
  return {
    width: element.clientWidth,
    height,
    padding: [10, 12, 0, 0],
    legend: { show: false },
    cursor: {
      y: false,
      drag: { x: true, y: false },
      sync: { key: link, scales: ['x', null] },
      points: { size: 6 },
    },
    scales: { x: { time: false } },
    axes: [
      { ...axis, size: 24, space: 60, incrs: wholeSteps, grid: { show: false } },
      {
        ...axis,
        size: 52,
        space: 32,
        values: (_, ticks) => ticks.map(figureWords),
      },
    ],
    series: [
      {},
      ...series.map(({ colour }) => ({
        stroke: colourOf(colour),
        width: 1.5,
        // Held-out figures come every so many steps: join them.
        spanGaps: true,
        points: { show: isSparse, size: 5 },
      })),
      ...(target === undefined
        ? []
        : [{ stroke: colourOf('reference'), width: 1.5, dash: [4, 4], points: { show: false } }]),
    ],
    hooks: { setCursor: [(chart) => onCursor(chart.cursor.idx ?? null)] },
  }
}

/** Small numbers as 4.75e-4: their zeros would not fit. */
function figureWords(value: number | null | undefined): string {
  if (!value || Math.abs(value) >= 0.001) return formatNumber(value)
  return value.toExponential(2).replace(/\.?0+e/, 'e')
}

/** A few figures among many steps would be lost as a line only. */
function isSparse(chart: uPlot, index: number): boolean {
  let figures = 0
  for (const value of chart.data[index] ?? []) if (value != null && ++figures > 20) return false
  return true
}

const wholeSteps = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000]
