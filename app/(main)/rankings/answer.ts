export interface AnswerItem {
  id: string
  status: 'submitted' | 'skipped'
  prompt: string
  batch: { id: string; name: string } | null
  /** In the order shown: the first was A. */
  completions: { id: string; text: string }[]
  groups: string[][] | null
  /** The response they improved, and what they made of it; it stands before all others. */
  edit: { completionId: string; text: string } | null
  /** It replaced an earlier ranking of theirs. */
  edited: boolean
  allBad: boolean
  strength: number | null
  flags: { target: string; flag: string }[]
  comment: string | null
  skipReason: string | null
  millisecondsSpent: number | null
  canReopen: boolean
  createdAt: Date | string
}

export function letterOf(answer: Pick<AnswerItem, 'completions'>, id: string): string {
  return String.fromCharCode(65 + answer.completions.findIndex((completion) => completion.id === id))
}

/** 'A › B = C' in the letters shown at the time, an improved one as 'B improved'; 'no order' when nothing was ranked. */
export function orderOf(answer: Pick<AnswerItem, 'completions' | 'groups' | 'edit'>): string {
  const improved = answer.edit ? [`${letterOf(answer, answer.edit.completionId)} improved`] : []
  const groups = (answer.groups ?? []).map((group) => group.map((id) => letterOf(answer, id)).join(' = '))
  return [...improved, ...groups].join(' › ') || 'no order'
}

export function flagsOf(answer: AnswerItem, target: string): string[] {
  return answer.flags.filter((flag) => flag.target === target).map(({ flag }) => flag)
}

/** 'harmful (B)'; a flag of the prompt is 'off the subject (prompt)'. */
export function flagWords(answer: Pick<AnswerItem, 'completions' | 'flags'>): string[] {
  return answer.flags.map(
    ({ target, flag }) => `${flag} (${target === 'prompt' ? 'prompt' : letterOf(answer, target)})`,
  )
}

const strengths = ['negligibly', 'slightly', 'better', 'significantly']

export function strengthWord(strength: number | null): string | undefined {
  return strength === null ? undefined : strengths[strength - 1]
}
