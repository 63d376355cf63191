'use client'

import { useRouter } from 'next/navigation'
import { useEffect } from 'react'
import { StatusBadge } from '../../../ui/badge.tsx'
import { ErrorNotice } from '../../../ui/error-notice.tsx'
import { Link } from '../../../ui/link.tsx'
import { ProgressBar } from '../../../ui/progress-bar.tsx'
import type { EvaluationDetail } from '../types.ts'

const askEvery = 2000

/** While the versions answer and are judged; looks again every two seconds. */
export function Pending({ run }: { run: EvaluationDetail['run'] }) {
  const router = useRouter()
  const going = run !== null && ['QUEUED', 'RUNNING', 'STOPPING'].includes(run.status)
  useEffect(() => {
    if (!going) return
    const timer = setInterval(() => document.visibilityState === 'visible' && router.refresh(), askEvery)
    return () => clearInterval(timer)
  }, [going, router])

  if (!run) return <p className="text-ink-2">The run of this evaluation was removed before it ended.</p>
  if (run.status === 'FAILED')
    return (
      <>
        <ErrorNotice
          failure={{ code: '', message: run.errorMessage ?? 'The run failed.', hint: run.errorHint ?? '' }}
        />
        <p className="mt-3">
          <Link href={`/runs/${run.id}`}>See its log, or resume it</Link>
        </p>
      </>
    )
  return (
    <section aria-live="polite" className="max-w-xl rounded-md border border-line bg-surface p-4">
      <p className="mb-3 flex items-center gap-3">
        <StatusBadge status={run.status} />
        <Link href={`/runs/${run.id}`}>See the run</Link>
      </p>
      <ProgressBar
        label="Answering and judging"
        share={run.totalSteps ? run.step / run.totalSteps : 0}
        value={run.totalSteps ? `${run.step} of ${run.totalSteps}` : 'not started'}
      />
    </section>
  )
}
