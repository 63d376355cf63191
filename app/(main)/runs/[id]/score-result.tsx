import { LinkButton } from '../../../ui/button.tsx'
import { Facts } from '../../../ui/facts.tsx'
import { Quantity } from '../../../ui/quantity.tsx'
import type { RunDetail, RunProgress } from '../types.ts'

/** What a run that scores has stored, and what the scores are for. */
export function ScoreResult({ run, progress }: { run: RunDetail; progress: RunProgress }) {
  if (progress.status !== 'SUCCEEDED' || !run.summary) return null
  const count = (name: string) => {
    const value = run.summary?.[name]
    return <Quantity value={typeof value === 'number' ? value : 0} />
  }
  return (
    <section aria-label="Result" className="mt-4 flex flex-col gap-4">
      <Facts
        items={[
          { label: 'Scored now', value: count('scored') },
          { label: 'Had a score already', value: count('already') },
          { label: 'Too long for the model', value: count('tooLong') },
        ]}
      />
      <div className="flex flex-wrap gap-2">
        <LinkButton href="/comparisons">Choose what to label next</LinkButton>
        <LinkButton href="/suspects">Look at suspect rankings</LinkButton>
      </div>
    </section>
  )
}
