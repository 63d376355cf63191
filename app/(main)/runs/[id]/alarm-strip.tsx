import { OctagonAlert, ShieldAlert, TriangleAlert, Undo2 } from 'lucide-react'
import type { Mark } from '#lib/runs/marks.ts'
import type { RunProgress } from '../types.ts'
import { type Alarm, endingsOf, guardAlarms } from './alarms.ts'

/** What asks for a person: the error that ended the run, a guard that did or warns, or figures gone astray. */
export function AlarmStrip({
  progress,
  summary,
  marks,
  alarms,
}: {
  progress: RunProgress
  summary: Record<string, unknown> | null
  marks: readonly Mark[]
  alarms: Alarm[]
}) {
  const failed = progress.status === 'FAILED' && progress.errorMessage
  const endings = endingsOf(summary, marks)
  const stopped = typeof summary?.stoppedBy === 'string' ? summary.stoppedBy : null
  // The guard that ended the run has said why: its alarm would say it again.
  const warnings = guardAlarms(marks.filter(({ kind }) => kind !== stopped))
  if (!failed && endings.length + warnings.length + alarms.length === 0) return null
  return (
    <ul aria-label="Alarms" className="mb-4 flex flex-col gap-2">
      {failed && (
        <Strip
          icon={<OctagonAlert aria-hidden />}
          title={progress.errorMessage!}
          hint={progress.errorHint ?? ''}
        >
          {progress.errorCode && <code className="text-13 text-ink-3">{progress.errorCode}</code>}
        </Strip>
      )}
      {endings.map(({ title, detail }) => {
        const byGuard = title.startsWith('Ended')
        return (
          <Strip
            key={title}
            calm={!byGuard}
            icon={byGuard ? <ShieldAlert aria-hidden /> : <Undo2 aria-hidden />}
            title={title}
            hint={detail}
          />
        )
      })}
      {[...warnings, ...alarms].map((alarm) => (
        <Strip key={alarm.title} icon={<TriangleAlert aria-hidden />} {...alarm} />
      ))}
    </ul>
  )
}

function Strip({
  icon,
  title,
  hint,
  calm,
  children,
}: {
  icon: React.ReactNode
  title: string
  hint: string
  /** To be known rather than acted on. */
  calm?: boolean
  children?: React.ReactNode
}) {
  return (
    <li
      className={`flex items-start gap-3 rounded-md border p-3 ${calm ? 'border-line bg-surface' : 'border-danger/40 bg-danger/5'}`}
    >
      <span className={calm ? 'mt-0.5 text-ink-2' : 'mt-0.5 text-danger'}>{icon}</span>
      <div className="min-w-0 flex-1">
        <p className="font-medium [overflow-wrap:anywhere]">{title}</p>
        {hint && <p className="text-ink-2">{hint}</p>}
      </div>
      {children}
    </li>
  )
}
