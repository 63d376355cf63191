import type { Prisma } from '../db.ts'
import type { Beside, ModelCard } from './model-card.ts'
import type { RewardReport } from './reward-report.ts'

export const modelRowSelect = {
  id: true,
  kind: true,
  name: true,
  version: true,
  parentId: true,
  runId: true,
  sha256: true,
  card: true,
  createdAt: true,
  _count: { select: { completions: true } },
} satisfies Prisma.ModelVersionSelect

type Selected = Prisma.ModelVersionGetPayload<{ select: typeof modelRowSelect }>

/** The card as it is stored. */
type StoredCard = ModelCard & {
  summary?: Record<string, number | string>
  beside?: Beside[]
  report?: RewardReport
}

export interface ModelRow extends Omit<Selected, 'card' | '_count'> {
  card: Omit<StoredCard, 'report'>
  /** Completions in the workspace that it wrote. */
  completionCount: number
}

export function modelRow({ _count, card, ...row }: Selected): ModelRow {
  const { report: _, ...shown } = card as unknown as StoredCard
  return { ...row, card: shown, completionCount: _count.completions }
}

/** What a reward model's card keeps of its report, which lists do without. */
export function reportOf({ card }: Pick<Selected, 'card'>): RewardReport | null {
  return (card as unknown as StoredCard).report ?? null
}
