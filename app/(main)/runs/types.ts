import type { RunKind, RunStatus } from '../../ui/badge.tsx'
import type { VersionLike } from '../../ui/version-chip.tsx'

export interface RunItem {
  id: string
  name: string
  kind: RunKind
  status: RunStatus
  step: number
  totalSteps: number | null
  startedAt: Date | string | null
  finishedAt: Date | string | null
  createdAt: Date | string
}

export interface RunDetail extends RunItem {
  config: Record<string, unknown>
  seed: number
  engine: string | null
  device: string | null
  attempts: number
  errorCode: string | null
  errorMessage: string | null
  errorHint: string | null
  summary: Record<string, unknown> | null
  dataset: { id: string; name: string } | null
  policy: VersionLike | null
  reward: VersionLike | null
  parentRun: { id: string; name: string } | null
  modelVersions: VersionLike[]
  evaluation: { id: string } | null
}

/** What PATCHes the header while a run goes on: the data of the SSE event `status`. */
export type RunProgress = Pick<
  RunDetail,
  'status' | 'step' | 'totalSteps' | 'startedAt' | 'finishedAt' | 'engine' | 'device'
> &
  Pick<RunDetail, 'errorCode' | 'errorMessage' | 'errorHint'>

export const isOver = (status: RunStatus) =>
  status === 'SUCCEEDED' || status === 'FAILED' || status === 'STOPPED'
