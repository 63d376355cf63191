import { acceptable, tieWidth } from './annotators.ts'
import type { Demo } from './demo.ts'
import { sizes } from './recipe.ts'
import { rubricScore } from './rubric.ts'

/** The order by the planted preference, without noise: groups of indices, best first; neighbours as near as annotators tie them tie. */
export function trueOrder(
  prompt: string,
  completions: readonly string[],
): { groups: number[][]; allBad: boolean } {
  const scores = completions.map((completion) => rubricScore(prompt, completion).score)
  const groups: number[][] = []
  for (const index of scores.map((_, i) => i).sort((a, b) => scores[b]! - scores[a]!)) {
    const group = groups.at(-1)
    if (group && scores[group[0]!]! - scores[index]! < tieWidth) group.push(index)
    else groups.push([index])
  }
  return { groups, allBad: Math.max(...scores) < acceptable }
}

interface Comparison {
  id: string
  prompt: { text: string }
  completions: { id: string; text: string }[]
}

/**
 * Gives some comparisons of a batch the planted order as their known answer. Prompts kept for measuring reward models stay as they
 * are, and so do comparisons that the planted preference cannot order.
 */
export async function turnSomeGold(
  { admin }: Demo,
  batch: string,
  heldOut: ReadonlySet<string>,
): Promise<string> {
  const list = `/api/comparisons?batch=${encodeURIComponent(batch)}&kind=LABEL&limit=100`
  const { items } = await admin.get<{ items: { id: string; prompt: { text: string } }[] }>(list)
  const turned: string[] = []
  for (const { id, prompt } of items) {
    if (turned.length === sizes.goldComparisons) break
    if (heldOut.has(prompt.text)) continue
    const { completions } = await admin.get<Comparison>(`/api/comparisons/${id}`)
    const { groups, allBad } = trueOrder(
      prompt.text,
      completions.map(({ text }) => text),
    )
    if (groups.length < 2) continue
    await admin.post(`/api/comparisons/${id}/gold`, {
      groups: groups.map((group) => group.map((index) => completions[index]!.id)),
      allBad,
      note: 'The planted preference, without noise.',
    })
    turned.push(id)
  }
  return turned.join(' ')
}
