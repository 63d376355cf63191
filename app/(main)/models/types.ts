import type { Beside } from '#lib/models/model-card.ts'
import type { RewardReport } from '#lib/models/reward-report.ts'
import type { RunKind, RunStatus } from '../../ui/badge.tsx'
import type { ModelKind } from '../../ui/version-chip.tsx'
import type { EvaluationSummary } from '../compare/types.ts'

export interface ModelItem {
  id: string
  kind: ModelKind
  name: string
  version: number
  parentId: string | null
  runId: string | null
  card: Card
  createdAt: Date | string
  completionCount: number
}

export interface Card {
  architecture?: string
  className?: string | null
  parameters?: number
  layers?: number | null
  width?: number | null
  heads?: number | null
  vocabulary?: number
  context?: number | null
  summary?: Record<string, number | string>
  /** What its run left beside it. */
  beside?: Beside[]
}

export interface Version {
  id: string
  name: string
  version: number
  kind: ModelKind
}

export interface LineageStep {
  model: Version
  /** Null for an imported model. */
  run: { id: string; name: string; kind: RunKind } | null
  reward: { id: string; name: string; version: number } | null
  dataset: {
    id: string
    name: string
    pairCount: number
    rankings: number
    annotators: number
  } | null
}

export interface ModelDetail extends ModelItem {
  sha256: string
  report: RewardReport | null
  /** Names of those whom the report tells apart, by id. */
  annotators: Record<string, string>
  children: Version[]
  /** Policies trained against this reward model. */
  rewardFor: Version[]
  evaluations: {
    id: string
    name: string
    side: 'A' | 'B'
    other: Version
    status: RunStatus | null
    summary: EvaluationSummary | null
  }[]
  lineage: {
    /** This version first, the root last. */
    steps: LineageStep[]
  }
}
