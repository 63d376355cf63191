import { subjectOf } from '../demo/grammar.ts'
import { rubricScore } from '../demo/rubric.ts'
import { type Judged, winRate } from '../ratings/bootstrap.ts'
import type { EvaluationSummary } from './summary.ts'

/** What one version answered to one prompt, and what was measured of it. */
export interface Answer {
  completion: string
  tokens: number
  /** Of the reward model; null when there is none. */
  reward: number | null
  /** From the root ancestor, nats of the whole completion; null when not measured. */
  kl: number | null
}

export interface Question {
  promptId: string
  /** The last turn of the user. */
  text: string
  a: Answer
  b: Answer
}

export interface JudgedMatch extends Judged {
  judge: 'REWARD_MODEL' | 'RUBRIC'
  completionA: string
  completionB: string
  scoreA: number
  scoreB: number
}

/**
 * Every match of every judge, and the summary. The rubric judges only prompts of the subjects it was written for; a judge
 * that could judge nothing is null.
 */
export function judge(
  questions: readonly Question[],
  seed: number,
): { matches: JudgedMatch[]; summary: EvaluationSummary } {
  const matches: JudgedMatch[] = []
  const add = (judge: JudgedMatch['judge'], { promptId, a, b }: Question, scoreA: number, scoreB: number) => {
    const outcome = scoreA === scoreB ? 'TIE' : scoreB > scoreA ? 'B' : 'A'
    matches.push({
      promptId,
      judge,
      outcome,
      scoreA,
      scoreB,
      completionA: a.completion,
      completionB: b.completion,
    })
  }
  for (const question of questions) {
    const { a, b, text } = question
    if (a.reward !== null && b.reward !== null) add('REWARD_MODEL', question, a.reward, b.reward)
    if (subjectOf(text)) {
      add('RUBRIC', question, rubricScore(text, a.completion).score, rubricScore(text, b.completion).score)
    }
  }
  const of = (name: JudgedMatch['judge']) => matches.filter((match) => match.judge === name)
  const rate = (judged: JudgedMatch[]) => (judged.length > 0 ? winRate(judged, { seed }) : null)
  const rubric = of('RUBRIC')
  return {
    matches,
    summary: {
      rubric: rate(rubric),
      rewardModel: rate(of('REWARD_MODEL')),
      klA: mean(questions.map(({ a }) => a.kl)),
      klB: mean(questions.map(({ b }) => b.kl)),
      lengthA: mean(questions.map(({ a }) => a.tokens)) ?? 0,
      lengthB: mean(questions.map(({ b }) => b.tokens)) ?? 0,
      rewardA: mean(questions.map(({ a }) => a.reward)),
      rewardB: mean(questions.map(({ b }) => b.reward)),
      rubricA: mean(rubric.map(({ scoreA }) => scoreA)),
      rubricB: mean(rubric.map(({ scoreB }) => scoreB)),
    },
  }
}

/** Of the values that were measured; null when none was. */
function mean(values: (number | null)[]): number | null {
  const measured = values.filter((value) => value !== null)
  return measured.length === 0 ? null : measured.reduce((sum, value) => sum + value, 0) / measured.length
}
