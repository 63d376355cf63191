import { OctagonAlert, TriangleAlert } from 'lucide-react'
import type { RunProgress } from '../types.ts'
import type { Alarm } from './alarms.ts'

/** What asks for a person: the error that ended the run, or figures gone astray. */
export function AlarmStrip({ progress, alarms }: { progress: RunProgress; alarms: Alarm[] }) {
  const failed = progress.status === 'FAILED' && progress.errorMessage
  if (!failed && alarms.length === 0) return null
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
      {alarms.map((alarm) => (
        <Strip key={alarm.title} icon={<TriangleAlert aria-hidden />} {...alarm} />
      ))}
    </ul>
  )
}

function Strip({
  icon,
  title,
  hint,
  children,
}: {
  icon: React.ReactNode
  title: string
  hint: string
  children?: React.ReactNode
}) {
  return (
    <li className="flex items-start gap-3 rounded-md border border-danger/40 bg-danger/5 p-3">
      <span className="mt-0.5 text-danger">{icon}</span>
      <div className="min-w-0 flex-1">
        <p className="font-medium [overflow-wrap:anywhere]">{title}</p>
        {hint && <p className="text-ink-2">{hint}</p>}
      </div>
      {children}
    </li>
  )
}
