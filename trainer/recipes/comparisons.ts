import type { RewardSpec } from '#trainer/config.ts'
import type { LogEvent } from '#trainer/events.ts'
import {
  type JudgedPair,
  mergeTies,
  pairsOfRanking,
  type Ranking,
  rankingsOfPairs,
} from '#trainer/rlhf/rankings.ts'
import { type Preferences, sharedChoices, sharedPairs } from '#trainer/rlhf/reward-loss.ts'
import type { Tokenizer } from '#trainer/text/tokenizer.ts'
import { atLine, type Comparison, comparison, readLines } from './data.ts'
import type { Sequence } from './sequences.ts'

/** A comparison as tokens: only the completions that somebody judged and that are short enough, and what was said of them by their places. */
export interface Judged {
  sequences: Sequence[]
  pairs: JudgedPair[]
  rankings: Ranking[]
}

/**
 * The comparisons of a file that have a pair left, and how many pairs were left out because a completion, with its prompt, has more than
 * `limit` tokens: such a completion is never cut. Throws what reading data throws.
 */
export async function readComparisons(
  path: string,
  tokenizer: Tokenizer,
  limit: number,
): Promise<{ comparisons: Judged[]; dropped: number }> {
  const all = (await readLines(path, comparison)).map(({ line, value }) =>
    atLine(path, line, () => judge(tokenizer, value, limit)),
  )
  return {
    comparisons: all.filter(({ pairs }) => pairs.length > 0),
    dropped: all.reduce((sum, { dropped }) => sum + dropped, 0),
  }
}

/** A warning where pairs were left out: how many of those to learn from, and how many held-out ones. */
export function leftOut(
  { dropped, heldOut = 0 }: { dropped: number; heldOut?: number },
  limit: number,
): LogEvent[] {
  if (dropped + heldOut === 0) return []
  const ofHeldOut = heldOut > 0 ? ` and ${heldOut} held-out pairs` : ''
  const message = `left out ${dropped} pairs${ofHeldOut} with more than ${limit} tokens`
  return [{ type: 'log', level: 'warn', message }]
}

function judge(
  tokenizer: Tokenizer,
  { prompt, completions, finished, pairs, rankings }: Comparison,
  limit: number,
): Judged & { dropped: number } {
  const query = tokenizer.encodePrompt(prompt)
  const responses = completions.map((completion, index) =>
    tokenizer.encodeCompletion(completion).slice(0, finished?.[index] === false ? -1 : undefined),
  )
  const fits = (index: number) => query.length + responses[index]!.length <= limit
  const said = pairs.length > 0 ? mergeTies(pairs) : rankings.flatMap(pairsOfRanking)
  const kept = said.filter(({ chosen, rejected }) => fits(chosen) && fits(rejected))
  const left = rankings.flatMap((each) => shortened(each, fits))
  const ranked = left.length > 0 ? left : rankingsOfPairs(kept)
  const used = [
    ...new Set([
      ...kept.flatMap(({ chosen, rejected }) => [chosen, rejected]),
      ...ranked.flatMap(({ groups, worse }) => [...groups.flat(), ...worse]),
    ]),
  ]
  const place = (index: number) => used.indexOf(index)
  return {
    sequences: used.map((index) => ({ query, response: responses[index]! })),
    pairs: kept.map((pair) => ({ ...pair, chosen: place(pair.chosen), rejected: place(pair.rejected) })),
    rankings: ranked.map((each) => ({
      ...each,
      groups: each.groups.map((group) => group.map(place)),
      worse: each.worse.map(place),
    })),
    dropped: said.length - kept.length,
  }
}

/** The ranking of the completions that fit, none where fewer than two of them are left or none that is ranked. */
function shortened(ranking: Ranking, fits: (index: number) => boolean): Ranking[] {
  const groups = ranking.groups.map((group) => group.filter(fits)).filter((group) => group.length > 0)
  const worse = ranking.worse.filter(fits)
  return groups.length > 0 && groups.flat().length + worse.length > 1 ? [{ ...ranking, groups, worse }] : []
}

/**
 * What the loss takes of a batch or of a part of one, by the places of its completions among those of the part; `comparisons` is how many
 * the whole batch has, and `times` says how often each of the part counts.
 */
export function preferencesOf(
  batch: readonly Judged[],
  { loss, tiedRankings }: Pick<RewardSpec, 'loss' | 'tiedRankings'>,
  { comparisons, times }: { comparisons: number; times: (index: number) => number },
): Preferences {
  let offset = 0
  const parts = batch.map(({ sequences, pairs, rankings }, index) => {
    const part = { offset, comparisons, times: times(index) }
    offset += sequences.length
    return {
      pairs: sharedPairs(pairs, part),
      choices: sharedChoices(rankings, { loss, tiedRankings }, part),
    }
  })
  return {
    pairs: parts.flatMap(({ pairs }) => pairs),
    choices: parts.flatMap(({ choices }) => choices),
  }
}
