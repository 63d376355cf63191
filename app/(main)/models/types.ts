import type { RunKind, RunStatus } from '../../ui/badge.tsx'
import type { ModelKind } from '../../ui/version-chip.tsx'

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
}

export interface Version {
  id: string
  name: string
  version: number
  kind: ModelKind
}

export interface ModelDetail extends ModelItem {
  sha256: string
  run: { id: string; name: string; kind: RunKind; status: RunStatus } | null
  reward: Version | null
  /** The nearest first, up to the root. */
  parents: Version[]
  children: Version[]
  evaluations: { id: string; name: string; side: 'A' | 'B' }[]
  lineage: {
    dataset: {
      id: string
      name: string
      pairCount: number
      comparisonCount: number
      rankings: number
      annotators: number
    } | null
    base: { id: string; name: string; version: number } | null
  }
}
