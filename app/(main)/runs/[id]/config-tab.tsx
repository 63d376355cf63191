import { formatNumber } from '../../../ui/quantity.tsx'
import type { RunDetail } from '../types.ts'

/** The settings the run was launched with, defaults included, and what it summed up to. */
export function ConfigTab({ run }: { run: RunDetail }) {
  return (
    <div className="grid items-start gap-6 lg:grid-cols-2">
      <Values title="Settings" values={flatten(run.config)} />
      {run.summary && <Values title="Summary" values={flatten(run.summary)} />}
    </div>
  )
}

function Values({ title, values }: { title: string; values: [string, unknown][] }) {
  return (
    <section className="overflow-x-auto rounded-md border border-line bg-surface">
      <h3 className="border-b border-line bg-sunken px-3 py-1.5 text-13 font-medium text-ink-3">{title}</h3>
      <dl className="grid grid-cols-[minmax(8rem,auto)_1fr] text-13">
        {values.map(([name, value]) => (
          <div
            key={name}
            className="col-span-2 grid grid-cols-subgrid border-b border-line px-3 py-1 last:border-b-0"
          >
            <dt className="pr-4 font-mono text-ink-2">{name}</dt>
            <dd className="text-right font-mono [overflow-wrap:anywhere]">{show(value)}</dd>
          </div>
        ))}
      </dl>
    </section>
  )
}

function show(value: unknown): string {
  if (typeof value === 'number')
    return Math.abs(value) < 0.001 && value !== 0 ? String(value) : formatNumber(value)
  if (typeof value === 'boolean') return value ? 'on' : 'off'
  if (value === null || value === undefined) return '–'
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** { a: { b: 1 } } → [['a.b', 1]] */
function flatten(values: Record<string, unknown>, prefix = ''): [string, unknown][] {
  return Object.entries(values).flatMap(([name, value]) =>
    value !== null && typeof value === 'object' && !Array.isArray(value)
      ? flatten(value as Record<string, unknown>, `${prefix}${name}.`)
      : [[`${prefix}${name}`, value] as [string, unknown]],
  )
}
