export interface AnswerItem {
  id: string
  status: 'submitted' | 'skipped'
  prompt: string
  /** In the order shown: the first was A. */
  completions: { id: string; text: string }[]
  groups: string[][] | null
  allBad: boolean
  strength: number | null
  flags: { target: string; flag: string }[]
  comment: string | null
  skipReason: string | null
  millisecondsSpent: number | null
  createdAt: Date | string
}

export function letterOf(answer: AnswerItem, id: string): string {
  return String.fromCharCode(65 + answer.completions.findIndex((completion) => completion.id === id))
}

/** 'A › B = C' in the letters shown at the time; 'no order' when nothing was ranked. */
export function orderOf(answer: AnswerItem): string {
  const groups = answer.groups ?? []
  if (groups.length === 0) return 'no order'
  return groups.map((group) => group.map((id) => letterOf(answer, id)).join(' = ')).join(' › ')
}

export function flagsOf(answer: AnswerItem, target: string): string[] {
  return answer.flags.filter((flag) => flag.target === target).map(({ flag }) => flag)
}

const strengths = ['negligibly', 'slightly', 'better', 'significantly']

export function strengthWord(strength: number | null): string | undefined {
  return strength === null ? undefined : strengths[strength - 1]
}
