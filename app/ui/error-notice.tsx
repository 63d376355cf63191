'use client'

import { CircleAlert, RotateCcw } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { useTransition } from 'react'
import type { Failure } from './api.ts'
import { Button } from './button.tsx'

/**
 * What failed and what to do about it. `retry` is called by the button; `reload` makes the button fetch the
 * page's data again; with neither there is no button (a form shows this above its own).
 */
export function ErrorNotice({
  failure,
  retry,
  reload,
}: {
  failure: Failure
  retry?: () => void
  reload?: boolean
}) {
  const router = useRouter()
  const [pending, start] = useTransition()
  const again = retry ?? (reload ? () => start(() => router.refresh()) : undefined)
  return (
    <div role="alert" className="flex items-start gap-3 rounded-md border border-danger/40 bg-danger/5 p-3">
      <CircleAlert aria-hidden className="mt-0.5 text-danger" />
      <div className="min-w-0 flex-1 text-14">
        <p className="font-medium">{failure.message}</p>
        {failure.hint && <p className="text-ink-2">{failure.hint}</p>}
      </div>
      {again && (
        <Button size="small" onPress={again} isPending={pending}>
          {!pending && <RotateCcw aria-hidden />}
          Try again
        </Button>
      )}
    </div>
  )
}
