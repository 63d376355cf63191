import type { WinRate } from '../../charts/win-words.ts'
import type { RunStatus } from '../../ui/badge.tsx'
import type { ChatMessage } from '../../ui/conversation.tsx'
import type { VersionLike } from '../../ui/version-chip.tsx'

export interface EvaluationSummary {
  rubric: WinRate | null
  rewardModel: WinRate | null
  klA: number | null
  klB: number | null
  lengthA: number
  lengthB: number
  rewardA: number | null
  rewardB: number | null
  rubricA: number | null
  rubricB: number | null
}

export interface EvaluationItem {
  id: string
  name: string
  versionA: VersionLike
  versionB: VersionLike
  reward: VersionLike | null
  runId: string | null
  status: RunStatus | null
  summary: EvaluationSummary | null
  createdAt: Date | string
}

export type JudgeName = 'RUBRIC' | 'REWARD_MODEL' | 'HUMAN'

export interface MatchItem {
  id: string
  promptId: string
  prompt: { messages: ChatMessage[]; text: string }
  judge: JudgeName
  outcome: 'A' | 'B' | 'TIE'
  completionA: string
  completionB: string
  scoreA: number | null
  scoreB: number | null
}

export interface EvaluationDetail extends EvaluationItem {
  run: {
    id: string
    status: RunStatus
    step: number
    totalSteps: number | null
    errorMessage: string | null
    errorHint: string | null
  } | null
  matches: MatchItem[]
}
