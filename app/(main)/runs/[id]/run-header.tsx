'use client'

import { GitFork, Play, Square, WifiOff } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { failureFrom, request } from '../../../ui/api.ts'
import { Badge, RunKindBadge, StatusBadge } from '../../../ui/badge.tsx'
import { Button, LinkButton } from '../../../ui/button.tsx'
import { PageHeader } from '../../../ui/page-header.tsx'
import { toast, toastFailure } from '../../../ui/toast.tsx'
import { useAction } from '../../../ui/use-action.ts'
import type { RunDetail, RunProgress } from '../types.ts'
import { guardWords } from './alarms.ts'

export function RunHeader({
  run,
  progress: { status },
  connected,
}: {
  run: RunDetail
  progress: RunProgress
  connected: boolean
}) {
  const router = useRouter()
  const order = useAction(async (what: 'stop' | 'resume') => {
    try {
      await request('POST', `/api/runs/${run.id}/${what}`, {})
      toast(what === 'stop' ? 'The run stops after this step' : 'The run is queued again')
    } catch (error) {
      toastFailure(failureFrom(error))
    }
    router.refresh()
  })
  const stoppedBy = typeof run.summary?.stoppedBy === 'string' ? run.summary.stoppedBy : null
  const canStop = status === 'QUEUED' || status === 'RUNNING'
  const canResume = status === 'STOPPED' || status === 'FAILED'
  return (
    <PageHeader
      crumbs={[{ label: 'Runs', href: '/runs' }]}
      title={run.name}
      facts={
        <>
          <RunKindBadge kind={run.kind} />
          <span aria-live="polite">
            <StatusBadge status={status} />
          </span>
          {stoppedBy && <Badge tone="danger">Ended by {guardWords(stoppedBy)}</Badge>}
          {!connected && (
            <span role="status" className="flex items-center gap-1 text-13 text-ink-2">
              <WifiOff aria-hidden /> Connection lost, trying again
            </span>
          )}
        </>
      }
      actions={
        <>
          {run.kind !== 'EVALUATE' && (
            <LinkButton href={`/runs/new?kind=${run.kind}&from=${run.id}`}>
              <GitFork aria-hidden /> Fork
            </LinkButton>
          )}
          {canStop && (
            <Button isPending={order.pending} onPress={() => void order.run('stop')}>
              <Square aria-hidden /> Stop
            </Button>
          )}
          {canResume && (
            <Button kind="primary" isPending={order.pending} onPress={() => void order.run('resume')}>
              <Play aria-hidden /> Resume
            </Button>
          )}
        </>
      }
    />
  )
}
