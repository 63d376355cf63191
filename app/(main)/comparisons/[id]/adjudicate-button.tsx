'use client'

import { Gavel } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { failureFrom, request } from '../../../ui/api.ts'
import { Button } from '../../../ui/button.tsx'
import { toastFailure } from '../../../ui/toast.tsx'

/** Takes this comparison to decide it now, or reopens the decision of one's own. */
export function AdjudicateButton({ comparisonId, again }: { comparisonId: string; again: boolean }) {
  const router = useRouter()
  const [pending, setPending] = useState(false)
  const take = () => {
    setPending(true)
    request('POST', '/api/adjudications/claim', { comparisonId }).then(
      () => router.push('/adjudicate'),
      (error: unknown) => {
        setPending(false)
        toastFailure(failureFrom(error))
      },
    )
  }
  return (
    <Button isPending={pending} onPress={take}>
      {!pending && <Gavel aria-hidden />}
      {again ? 'Change the decision' : 'Decide it'}
    </Button>
  )
}
