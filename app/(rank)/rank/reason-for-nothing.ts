import type { Progress } from './assignment.ts'

/** Why there is nothing to rank, in words: never "all done" while something is open. */
export function reasonForNothing(
  progress: Progress | null,
  { oneBatch, adjudicating }: { oneBatch: boolean; adjudicating: boolean },
): { title: string; text: string } {
  if (adjudicating)
    return {
      title: 'Nothing to decide',
      text: 'Annotators agree on everything else so far, or other researchers are deciding it.',
    }
  const { mine = 0, done = 0, total = 0 } = progress ?? {}
  const here = oneBatch ? 'this batch' : 'the queue'
  const ranked = mine === 1 ? 'You ranked one comparison' : `You ranked ${mine} comparisons`
  if (total === 0 && mine === 0)
    return {
      title: 'Nothing to rank yet',
      text: 'Comparisons appear here as soon as researchers make them from prompts with two or more responses.',
    }
  if (done >= total)
    return {
      title: oneBatch ? 'This batch is done' : 'All done',
      text:
        mine > 0
          ? `${ranked} in ${here}, and every ranking that was wanted is there.`
          : `Every ranking that was wanted in ${here} is there.`,
    }
  const open = total - done
  return {
    title: mine > 0 ? 'That was the last one for you' : 'Nothing for you at the moment',
    text: `${mine > 0 ? `${ranked} in ${here}. ` : ''}${
      open === 1 ? 'One more ranking is' : `${open} more rankings are`
    } wanted, but others are working on ${open === 1 ? 'it' : 'them'} or are asked for ${open === 1 ? 'it' : 'them'}. What they give back appears here.`,
  }
}
