import type { CheckFigures } from './checks.ts'

/** An annotator who may need a word, and the figure that says so. */
export interface Remark {
  annotator: { id: string; name: string }
  /**
   * gold: the whole interval of the accuracy lies below that of all annotators together. fading: the accuracy in the last gold items has
   * fallen, and the interval of the difference excludes 0.
   */
  about: 'gold' | 'fading'
}

type Checked = Pick<CheckFigures, 'gold' | 'goldTrend'>

/** Those whose gold items say, at 95 %, that they do worse than all together, or than they themselves did before. */
export function remarksOn(
  annotators: readonly (Checked & { id: string; name: string })[],
  all: Pick<Checked, 'gold'>,
): Remark[] {
  return annotators.flatMap(({ id, name, gold, goldTrend }) => {
    const about: Remark['about'][] = []
    if (gold && all.gold && gold.high < all.gold.rate) about.push('gold')
    if (goldTrend && goldTrend.high < 0) about.push('fading')
    return about.map((each) => ({ annotator: { id, name }, about: each }))
  })
}
