/** What a curve is marked with: a guard's alarm (kind 'guard/kl', …), or the step a diverged run went back to. */
export interface Mark {
  kind: string
  step: number
  message: string
}

/** How a warning in a run's log says it; see lib/jobs/record-events.ts and trainer/recipes/run.ts. */
const alarm = /^(guard\/\w+) at step (\d+): (.+)$/s
const rollback = /^(.+): going back to step (\d+) /s

/** The mark that a line of the log stands for; null of any other line. */
export function markOf({ message }: { message: string }): Mark | null {
  const raised = alarm.exec(message)
  if (raised) return { kind: raised[1]!, step: Number(raised[2]), message: raised[3]! }
  const back = rollback.exec(message)
  return back && { kind: 'rollback', step: Number(back[2]), message: back[1]! }
}

/**
 * The marks of a log after those of its part `before`, each once however often a resumed run repeats it; those beyond a
 * roll-back no longer hold.
 */
export function marksOf(lines: readonly { message: string }[], before: readonly Mark[] = []): Mark[] {
  let marks = [...before]
  for (const line of lines) {
    const mark = markOf(line)
    if (!mark) continue
    if (mark.kind === 'rollback') marks = marks.filter(({ step }) => step <= mark.step)
    if (!marks.some(({ kind, step }) => kind === mark.kind && step === mark.step)) marks.push(mark)
  }
  return marks
}
