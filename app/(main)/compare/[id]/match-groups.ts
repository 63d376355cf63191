import type { JudgeName, MatchItem } from '../types.ts'

export interface PromptMatches {
  promptId: string
  prompt: MatchItem['prompt']
  completionA: string
  completionB: string
  /** By judge; a judge may not have judged every prompt. */
  judged: Partial<Record<JudgeName, MatchItem>>
}

/** Matches of one prompt together: every judge saw the same two answers. */
export function byPrompt(matches: readonly MatchItem[]): PromptMatches[] {
  const prompts = new Map<string, PromptMatches>()
  for (const match of matches) {
    const { promptId, prompt, completionA, completionB } = match
    const known = prompts.get(promptId) ?? { promptId, prompt, completionA, completionB, judged: {} }
    known.judged[match.judge] = match
    prompts.set(promptId, known)
  }
  return [...prompts.values()]
}

/** B's score less A's; null when this judge has none. */
export function leadOf(matches: PromptMatches, judge: JudgeName): number | null {
  const match = matches.judged[judge]
  return match?.scoreA == null || match.scoreB == null ? null : match.scoreB - match.scoreA
}

/** Those this judge judged, with that outcome, B's biggest losses first. */
export function biggestLossesFirst(
  matches: readonly PromptMatches[],
  judge: JudgeName,
  outcome: MatchItem['outcome'] | 'ALL',
): PromptMatches[] {
  return matches
    .filter(({ judged }) => judged[judge] && (outcome === 'ALL' || judged[judge].outcome === outcome))
    .sort((a, b) => (leadOf(a, judge) ?? 0) - (leadOf(b, judge) ?? 0))
}
