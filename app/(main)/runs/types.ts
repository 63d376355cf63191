import type { Mark } from '#lib/runs/marks.ts'
import type { RunKind, RunStatus } from '../../ui/badge.tsx'
import type { VersionLike } from '../../ui/version-chip.tsx'

type Time = Date | string

export interface RunItem {
  id: string
  name: string
  kind: RunKind
  status: RunStatus
  step: number
  totalSteps: number | null
  startedAt: Time | null
  finishedAt: Time | null
  createdAt: Time
}

export interface LogLine {
  id: number
  level: string
  message: string
  createdAt: Time
}

export interface RunDetail extends RunItem {
  config: Record<string, unknown>
  seed: number
  engine: string | null
  device: string | null
  errorCode: string | null
  errorMessage: string | null
  errorHint: string | null
  summary: Record<string, unknown> | null
  dataset: { id: string; name: string } | null
  policy: VersionLike | null
  reward: VersionLike | null
  parentRun: { id: string; name: string } | null
  modelVersions: VersionLike[]
  evaluation: { id: string; name: string } | null
  steps: { step: number; metrics: Record<string, number> }[]
  logs: LogLine[]
  marks: Mark[]
}

/** What changes while a run goes on. */
export type RunProgress = Pick<
  RunDetail,
  'status' | 'step' | 'totalSteps' | 'startedAt' | 'finishedAt' | 'errorCode' | 'errorMessage' | 'errorHint'
>

export function isOver(status: RunStatus): boolean {
  return status === 'SUCCEEDED' || status === 'FAILED' || status === 'STOPPED'
}
