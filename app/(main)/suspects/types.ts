import type { ChatMessage } from '../../ui/conversation.tsx'
import type { VersionLike } from '../../ui/version-chip.tsx'

export interface SuspectRanking {
  id: string
  annotator: { id: string; name: string }
  groups: string[][]
  createdAt: Date | string
  doubt: { better: string; worse: string; chance: number; low: number; high: number }
  seen: 'trained' | 'held-out' | 'new'
}

export interface SuspectItem {
  id: string
  prompt: { id: string; text: string; messages: ChatMessage[] }
  batch: { id: string; name: string } | null
  submitted: number
  adjudicating: boolean
  completions: { id: string; text: string }[]
  rankings: SuspectRanking[]
}

export type Reward = VersionLike
