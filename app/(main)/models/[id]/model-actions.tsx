import { GitCompareArrows, TrendingUp } from 'lucide-react'
import { LinkButton } from '../../../ui/button.tsx'
import { GenerateDialog } from '../../prompts/generate-dialog.tsx'
import type { ModelDetail } from '../types.ts'

/** What is done with a version next. */
export function ModelActions({ model }: { model: ModelDetail }) {
  if (model.kind === 'REWARD')
    return (
      <LinkButton href={`/runs/new?kind=PPO&rewardId=${model.id}`} kind="primary">
        <TrendingUp aria-hidden /> Fine-tune with PPO
      </LinkButton>
    )
  const older = model.lineage.steps[1]?.model
  return (
    <>
      <GenerateDialog policies={[model]} />
      <LinkButton href={`/compare?b=${model.id}${older ? `&a=${older.id}` : ''}`}>
        <GitCompareArrows aria-hidden /> Compare
      </LinkButton>
      <LinkButton href={`/runs/new?kind=PPO&policyId=${model.id}`} kind="primary">
        <TrendingUp aria-hidden /> Fine-tune with PPO
      </LinkButton>
    </>
  )
}
