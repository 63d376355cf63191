'use client'

import { useEffect, useRef, useState, useSyncExternalStore } from 'react'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import type { Mark } from '#lib/runs/marks.ts'
import { cx } from '../ui/cx.ts'
import { formatNumber } from '../ui/quantity.tsx'
import { colourOf, onThemeChange } from './colours.ts'
import type { Panel } from './panel.ts'
import type { StepStore } from './step-store.ts'

const height = 150

/**
 * One panel of curves over steps. The chart is made once and fed new data; cursors of charts with the same `link`
 * move together, and the heading shows the values under the cursor, else the latest.
 */
export function LineChart({
  panel,
  store,
  marks = [],
  link,
}: {
  panel: Panel
  store: StepStore
  marks?: readonly Mark[]
  link: string
}) {
  const box = useRef<HTMLDivElement>(null)
  const [at, setAt] = useState<number | null>(null)
  const version = useSyncExternalStore(store.subscribe, store.version, () => 0)
  const chart = useRef<uPlot | null>(null)
  const own = marks.filter(({ kind }) => kind === 'rollback' || kind === panel.guard)
  const several = panel.series.length > 1
  // A panel is made anew by every render of its parent; its words decide whether the chart must be.
  const shape = JSON.stringify({ ...panel, marks: own } satisfies Shape)

  useEffect(() => {
    const shown = JSON.parse(shape) as Shape
    const element = box.current!
    const make = () => {
      chart.current?.destroy()
      chart.current = new uPlot(
        options(element, shown, link, (index) => setAt(index)),
        dataOf(store, shown),
        element,
      )
    }
    make()
    const resize = new ResizeObserver(() => chart.current?.setSize({ width: element.clientWidth, height }))
    resize.observe(element)
    const stop = onThemeChange(make)
    const unsubscribe = store.subscribe(() => chart.current?.setData(dataOf(store, shown)))
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
        <span className="flex items-baseline justify-between gap-2 text-13">
          <span className="truncate text-ink-2" title={panel.help || panel.title}>
            {panel.title}
            {several && panel.unit && <span className="text-ink-3">, {panel.unit}</span>}
          </span>
          {own.some(({ kind }) => kind === panel.guard) ? (
            <MarkWords marks={own} />
          ) : (
            <LimitWords limits={panel.limits} />
          )}
        </span>
        <span
          className={cx(
            'flex gap-x-2 overflow-hidden whitespace-nowrap tabular-nums',
            several && 'text-13',
            panel.series.length > 2 && 'flex-wrap',
          )}
        >
          {panel.series.map((line) => (
            <Value
              key={line.metric}
              line={line}
              column={store.column(line.metric)}
              at={at}
              unit={several ? undefined : panel.unit}
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
    <span className="flex items-baseline gap-1">
      <span
        aria-hidden
        className="mr-0.5 inline-block h-0.5 w-2 self-center rounded-full"
        style={{ background: `var(--color-${line.colour})` }}
      />
      {line.label && <span className="text-13 text-ink-3">{line.label}</span>}
      <span className="font-medium">{figureWords(value)}</span>
      {unit && <span className="text-13 text-ink-3">{unit}</span>}
    </span>
  )
}

type Shape = Panel & { marks: readonly Mark[] }

/** The last alarm in words; a roll-back, which is in every chart, has its own above them all. */
function MarkWords({ marks }: { marks: readonly Mark[] }) {
  const alarms = marks.filter(({ kind }) => kind !== 'rollback')
  const last = alarms.at(-1)
  if (!last) return null
  return (
    <span
      className="shrink-0 font-medium text-danger"
      title={alarms.map(({ step, message }) => `Step ${step}: ${message}`).join('\n')}
    >
      alarm at {last.step}
    </span>
  )
}

function LimitWords({ limits }: { limits: number[] | undefined }) {
  if (!limits) return null
  return (
    <span className="shrink-0 text-ink-3">limit {limits.map((limit) => figureWords(limit)).join(', ')}</span>
  )
}

/** Levels drawn across the whole chart. A far limit does not stretch it: the curve would lie flat; its caption names it. */
const levelsOf = ({ target, limits = [] }: Panel): { level: number; colour: string; auto: boolean }[] => [
  ...(target === undefined ? [] : [{ level: target, colour: 'reference', auto: true }]),
  ...limits.map((level) => ({ level, colour: 'danger', auto: false })),
]

function dataOf(store: StepStore, { series, ...panel }: Shape): uPlot.AlignedData {
  const steps = [...store.steps]
  const lines = series.map(({ metric }) => {
    const column = store.column(metric)
    return column.length > 0 ? [...column] : steps.map(() => null)
  })
  return [steps, ...lines, ...levelsOf({ series, ...panel }).map(({ level }) => steps.map(() => level))]
}

function options(
  element: HTMLElement,
  panel: Shape,
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
      ...panel.series.map(({ colour }) => ({
        stroke: colourOf(colour),
        width: 1.5,
        // Held-out figures come every so many steps: join them.
        spanGaps: true,
        points: { show: isSparse, size: 5 },
      })),
      ...levelsOf(panel).map(({ colour, auto }) => ({
        stroke: colourOf(colour),
        auto,
        width: 1.5,
        dash: [4, 4],
        points: { show: false },
      })),
    ],
    hooks: {
      setCursor: [(chart) => onCursor(chart.cursor.idx ?? null)],
      draw: [(chart) => drawMarks(chart, panel.marks)],
    },
  }
}

/** A line over each mark's step, with a flag at its top where it is an alarm. */
function drawMarks(chart: uPlot, marks: readonly Mark[]) {
  const { ctx, bbox } = chart
  const pixel = devicePixelRatio
  ctx.save()
  ctx.lineWidth = pixel
  for (const { kind, step } of marks) {
    const x = Math.round(chart.valToPos(step, 'x', true))
    if (x < bbox.left || x > bbox.left + bbox.width) continue
    const isAlarm = kind !== 'rollback'
    const colour = colourOf(isAlarm ? 'danger' : 'ink-2')
    ctx.strokeStyle = colour
    ctx.fillStyle = colour
    ctx.setLineDash(isAlarm ? [] : [2 * pixel, 3 * pixel])
    ctx.beginPath()
    ctx.moveTo(x, bbox.top)
    ctx.lineTo(x, bbox.top + bbox.height)
    ctx.stroke()
    if (!isAlarm) continue
    ctx.beginPath()
    ctx.moveTo(x - 4 * pixel, bbox.top - 1)
    ctx.lineTo(x + 4 * pixel, bbox.top - 1)
    ctx.lineTo(x, bbox.top + 6 * pixel)
    ctx.fill()
  }
  ctx.restore()
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
