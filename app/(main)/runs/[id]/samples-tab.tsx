'use client'

import { useEffect, useState } from 'react'
import { type Failure, failureFrom, request } from '../../../ui/api.ts'
import { ErrorNotice } from '../../../ui/error-notice.tsx'
import { Skeleton } from '../../../ui/skeleton.tsx'
import { type Sample, SampleCard } from './sample-card.tsx'
import { StepSlider } from './step-slider.tsx'

interface Samples {
  steps: number[]
  step: number | null
  items: Sample[]
}

/** What the policy wrote, step by step. Follows the latest until another step is chosen. */
export function SamplesTab({ runId, newSteps }: { runId: string; newSteps: number[] }) {
  const [chosen, setChosen] = useState<number | null>(null)
  const [samples, setSamples] = useState<Samples | null>(null)
  const [failure, setFailure] = useState<Failure | null>(null)
  const [attempt, setAttempt] = useState(0)
  const latest = newSteps.at(-1)

  // biome-ignore lint/correctness/useExhaustiveDependencies: `latest` and `attempt` are reasons to ask again
  useEffect(() => {
    const aborted = new AbortController()
    const query = chosen === null ? '' : `?step=${chosen}`
    request<Samples>('GET', `/api/runs/${runId}/samples${query}`, undefined, { signal: aborted.signal })
      .then((answer) => {
        setSamples(answer)
        setFailure(null)
      })
      .catch((error: unknown) => {
        if (!aborted.signal.aborted) setFailure(failureFrom(error))
      })
    return () => aborted.abort()
  }, [runId, chosen, latest, attempt])

  if (failure) return <ErrorNotice failure={failure} retry={() => setAttempt(attempt + 1)} />
  if (!samples) return <Skeleton className="h-64 w-full" />
  if (samples.steps.length === 0)
    return <p className="text-ink-2">No samples yet: the trainer shows some every few steps.</p>
  return (
    <>
      <StepSlider
        steps={samples.steps}
        step={chosen ?? samples.step ?? samples.steps.at(-1)!}
        onChange={(step) => setChosen(step === samples.steps.at(-1) ? null : step)}
      />
      <ul className="mt-4 grid items-start gap-3 xl:grid-cols-2">
        {samples.items.map((sample) => (
          <li key={`${sample.step} ${sample.index}`}>
            <SampleCard sample={sample} />
          </li>
        ))}
      </ul>
    </>
  )
}
