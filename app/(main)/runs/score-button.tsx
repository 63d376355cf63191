'use client'

import { Gauge } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { failureFrom, request } from '../../ui/api.ts'
import { Button } from '../../ui/button.tsx'
import { toast, toastFailure } from '../../ui/toast.tsx'
import { useAction } from '../../ui/use-action.ts'
import type { VersionLike } from '../../ui/version-chip.tsx'

/** Launches a run that scores, with a reward model, what has no score by it yet. */
export function ScoreButton({
  reward,
  promptFilter,
  primary,
}: {
  reward: VersionLike
  promptFilter?: { split?: string; tag?: string }
  primary?: boolean
}) {
  const router = useRouter()
  const launch = useAction(async () => {
    try {
      const { run } = await request<{ run: { id: string } }>('POST', '/api/runs', {
        kind: 'SCORE',
        name: `Scores by ${reward.name} v${reward.version}`,
        rewardId: reward.id,
        ...(promptFilter && Object.keys(promptFilter).length > 0 && { promptFilter }),
      })
      toast('Scoring is queued', 'Come back here when the run is done.')
      router.push(`/runs/${run.id}`)
    } catch (error) {
      toastFailure(failureFrom(error))
    }
  })
  return (
    <Button kind={primary ? 'primary' : 'plain'} isPending={launch.pending} onPress={() => void launch.run()}>
      {!launch.pending && <Gauge aria-hidden />}
      Score the missing ones
    </Button>
  )
}
