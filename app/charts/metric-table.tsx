'use client'

import { useSyncExternalStore } from 'react'
import { formatNumber } from '../ui/quantity.tsx'
import { type StepStore, summarise } from './step-store.ts'

/** The charts in numbers, for screen readers and for copying. */
export function MetricTable({ store }: { store: StepStore }) {
  useSyncExternalStore(store.subscribe, store.version, () => 0)
  const cell = 'px-3 py-1 text-right tabular-nums'
  return (
    <div className="max-w-3xl overflow-x-auto rounded-md border border-line bg-surface">
      <table className="w-full border-collapse text-13">
        <caption className="sr-only">Metrics over {store.steps.length} steps</caption>
        <thead className="bg-sunken text-ink-3">
          <tr>
            {['Metric', 'First', 'Latest', 'Lowest', 'Highest'].map((word, index) => (
              <th
                key={word}
                scope="col"
                className={index === 0 ? 'px-3 py-1.5 text-left font-medium' : `${cell} font-medium`}
              >
                {word}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {store.names.map((name) => {
            const summary = summarise(store.column(name))
            return (
              <tr key={name} className="border-t border-line">
                <th scope="row" className="px-3 py-1 text-left font-mono font-normal">
                  {name}
                </th>
                <td className={cell}>{formatNumber(summary?.first)}</td>
                <td className={cell}>{formatNumber(summary?.last)}</td>
                <td className={cell}>{formatNumber(summary?.lowest)}</td>
                <td className={cell}>{formatNumber(summary?.highest)}</td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </div>
  )
}
