import type { Prisma } from '../db.ts'
import type { ModelCard } from './model-card.ts'

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

export interface ModelRow extends Omit<Selected, 'card' | '_count'> {
  card: ModelCard & { summary?: Record<string, number | string> }
  /** Completions in the workspace that it wrote. */
  completionCount: number
}

export function modelRow({ _count, card, ...row }: Selected): ModelRow {
  return { ...row, card: card as unknown as ModelRow['card'], completionCount: _count.completions }
}
