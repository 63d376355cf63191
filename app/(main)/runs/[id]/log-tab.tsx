import { markOf } from '#lib/runs/marks.ts'
import { cx } from '../../../ui/cx.ts'
import type { LogLine } from '../types.ts'

export function LogTab({ lines }: { lines: LogLine[] }) {
  if (lines.length === 0) return <p className="text-ink-2">The run has said nothing yet.</p>
  return (
    <div
      role="log"
      aria-label="Log"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
      tabIndex={0}
      className="max-h-[32rem] overflow-auto rounded-md border border-line bg-sunken p-3 font-mono text-13"
    >
      {lines.map((line) => {
        const mark = line.level === 'warn' ? markOf(line) : null
        const isAlarm = mark !== null && mark.kind !== 'rollback'
        return (
          <p key={line.id} className="flex gap-4">
            <time dateTime={new Date(line.createdAt).toISOString()} className="shrink-0 text-ink-3">
              {new Date(line.createdAt).toISOString().slice(11, 19)}
            </time>
            <span
              className={cx(
                'whitespace-pre-wrap [overflow-wrap:anywhere]',
                (line.level === 'error' || isAlarm) && 'text-danger',
              )}
            >
              {line.level === 'warn' && (
                <strong>{isAlarm ? 'alarm: ' : mark ? 'went back: ' : 'warning: '}</strong>
              )}
              {line.message}
            </span>
          </p>
        )
      })}
    </div>
  )
}
