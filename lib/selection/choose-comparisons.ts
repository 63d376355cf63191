import { setImmediate as rest } from 'node:timers/promises'
import { db } from '../db.ts'
import { WhetstoneError } from '../errors.ts'
import { chooseSet } from './choose-set.ts'
import { kCenter } from './coverage.ts'
import { type Chosen, choosingFarthest, farthestPossible } from './farthest.ts'
import { textFeatures } from './features.ts'
import {
  type CandidateCompletion,
  type CandidateFilter,
  type CandidatePrompt,
  comparedSets,
  readCandidates,
  setKey,
} from './read-candidates.ts'
import { coverageReason, fillingReason, modelReason, type SelectionReason } from './reason.ts'
import { gainOf, type RewardVersion, sigmoid } from './reward-scores.ts'

export interface Choice {
  promptId: string
  completionIds: string[]
  reason: SelectionReason | null
}

export interface Choices {
  choices: Choice[]
  tooFew: number
  /** Prompts whose best set people compare or compared already. */
  compared: number
}

interface Weighed extends Choice {
  value: number
  features: Float32Array
}

/** So many are chosen to be unlike each other; beyond them the most valuable come first. It bounds the time. */
const mostUnlike = 2000
/** Of what is in comparisons so many, the newest, are to be unlike. */
const mostCovered = 2000

/**
 * Of each prompt the set of completions that the reward model's heads dispute most (or a ranking of which tells most of them), then
 * `count` prompts, each time the one of the greatest value × distance to those chosen.
 * @throws WhetstoneError CONFLICT naming how many completions lack a score, unless those are to be left out; INVALID_INPUT for the disagreement of one head
 */
export async function chooseByModel(
  ids: readonly string[],
  filter: CandidateFilter,
  options: {
    by: 'disagreement' | 'information'
    reward: RewardVersion
    count: number
    leaveOutUnscored: boolean
  },
): Promise<Choices> {
  const { by, reward, count, leaveOutUnscored } = options
  const gain = await gainOf(reward)
  const found: Weighed[] = []
  let [unscored, all, tooFew, compared] = [0, 0, 0, 0]
  for await (const chunk of readCandidates(ids, { ...filter, rewardId: reward.id })) {
    tooFew += chunk.tooFew
    const before = await comparedSets(chunk.prompts.map(({ id }) => id))
    for (const prompt of chunk.prompts) {
      const scored = prompt.completions.filter(({ heads }) => heads !== null)
      all += prompt.completions.length
      unscored += prompt.completions.length - scored.length
      if (scored.length < filter.size) {
        tooFew += 1
        continue
      }
      const options = { by, reward, gain, size: filter.size, before }
      const choice = bestSet({ ...prompt, completions: scored }, options)
      if (choice) found.push(choice)
      else compared += 1
    }
  }
  if (unscored > 0 && !leaveOutUnscored) throw notScored(unscored, all, reward)
  return { choices: await mostValuable(found, count), tooFew, compared }
}

/** The most valuable set that nobody was asked to compare before, among the best of all and the best without one of those. */
function bestSet(
  { id, text, completions }: CandidatePrompt,
  options: {
    by: 'disagreement' | 'information'
    reward: RewardVersion
    gain: number
    size: number
    before: ReadonlySet<string>
  },
): Weighed | null {
  const { by, reward, gain, size, before } = options
  if (by === 'disagreement' && completions[0]!.heads!.length === 1) {
    throw new WhetstoneError(
      'INVALID_INPUT',
      `'${reward.name}' v${reward.version} has one head, which cannot disagree with itself.`,
      'Train a reward model with several heads (4, say), or choose by information or coverage.',
    )
  }
  const bestOf = (some: CandidateCompletion[]) => {
    // In log-odds; a model's bias is the same for both of a pair.
    const heads = some.map((completion) => completion.heads!.map((score) => score / gain))
    const { chosen, value } = chooseSet(heads, size, by)
    const [first, second] = [heads[chosen[0]!]!, heads[chosen[1]!]!]
    const chances = first.map((score, head) => sigmoid(score - second[head]!))
    return { own: chosen.map((index) => some[index]!), value, chances }
  }
  const isNew = ({ own }: { own: CandidateCompletion[] }) =>
    !before.has(setKey(own.map((completion) => completion.id)))
  const first = bestOf(completions)
  const others = () =>
    completions.length === size
      ? []
      : first.own.map((one) => bestOf(completions.filter((completion) => completion !== one)))
  const best = isNew(first)
    ? first
    : others()
        .filter(isNew)
        .sort((a, b) => b.value - a.value)[0]
  if (!best) return null
  const { own, value, chances } = best
  return {
    promptId: id,
    completionIds: own.map((completion) => completion.id),
    reason: modelReason(by, value, chances, reward),
    value,
    features: textFeatures([text, ...own.map((completion) => completion.text)].join('\n')),
  }
}

async function mostValuable(found: Weighed[], count: number): Promise<Choice[]> {
  const byValue = found.toSorted((a, b) => b.value - a.value)
  // All of them: there is nothing to choose.
  if (count >= found.length) return byValue
  const chosen = await unhurried(
    byValue.map(({ features }) => features),
    byValue.map(({ value }) => value),
    [],
    Math.min(count, mostUnlike),
  )
  return filledUp(byValue, chosen, count).map(({ item }) => item)
}

/**
 * Of each prompt the completions least like each other, then `count` prompts, each time the one least like what is in comparisons and
 * those chosen (k-center). How alike texts are, their words say: features.ts.
 */
export async function chooseByCoverage(
  ids: readonly string[],
  filter: CandidateFilter,
  { count }: { count: number },
): Promise<Choices> {
  const found: Weighed[] = []
  let [tooFew, compared] = [0, 0]
  for await (const chunk of readCandidates(ids, filter)) {
    tooFew += chunk.tooFew
    const before = await comparedSets(chunk.prompts.map(({ id }) => id))
    for (const { id, text, completions } of chunk.prompts) {
      const points = completions.map((completion) => textFeatures(completion.text))
      const own = kCenter(points, [], filter.size).map(({ index }) => completions[index]!)
      const completionIds = own.map((completion) => completion.id)
      if (before.has(setKey(completionIds))) {
        compared += 1
        continue
      }
      const features = textFeatures([text, ...own.map((completion) => completion.text)].join('\n'))
      found.push({ promptId: id, completionIds, reason: null, value: 1, features })
    }
  }
  const covered = await coveredFeatures(filter.workspaceId)
  const points = found.map(({ features }) => features)
  const weights = new Float64Array(points.length).fill(1)
  const chosen = await unhurried(points, weights, covered, Math.min(count, mostUnlike))
  const choices = filledUp(found, chosen, count).map(({ item, distance }) => {
    const isFirst = distance === farthestPossible
    return {
      ...item,
      reason: distance === undefined ? fillingReason : coverageReason(isFirst ? null : distance),
    }
  })
  return { choices, tooFew, compared }
}

/** The newest of the comparisons that people got or will get. */
async function coveredFeatures(workspaceId: string): Promise<Float32Array[]> {
  const rows = await db.$queryRaw<{ text: string }[]>`
    select p.text || E'\n' || string_agg(x.text, E'\n' order by cc.position) as text
    from (select id, "promptId", "createdAt" from "Comparison"
           where "workspaceId" = ${workspaceId} and kind in ('LABEL', 'GOLD')
           order by "createdAt" desc, id desc limit ${mostCovered}) c
    join "Prompt" p on p.id = c."promptId"
    join "ComparisonCompletion" cc on cc."comparisonId" = c.id
    join "Completion" x on x.id = cc."completionId"
    group by c.id, p.id, c."createdAt"
    order by c."createdAt" desc, c.id desc`
  const features: Float32Array[] = []
  for (const [index, { text }] of rows.entries()) {
    features.push(textFeatures(text))
    if (index % 100 === 99) await rest()
  }
  return features
}

/** The chosen items, then the others in their order up to `count`. */
function filledUp<T>(
  items: readonly T[],
  chosen: readonly Chosen[],
  count: number,
): { item: T; distance?: number }[] {
  const taken = new Set(chosen.map(({ index }) => index))
  const others = items
    .flatMap((item, index) => (taken.has(index) ? [] : [{ item }]))
    .slice(0, Math.max(0, count - chosen.length))
  return [...chosen.map(({ index, distance }) => ({ item: items[index]!, distance })), ...others]
}

async function unhurried(...values: Parameters<typeof choosingFarthest>): Promise<Chosen[]> {
  const steps = choosingFarthest(...values)
  for (;;) {
    const { done, value } = steps.next()
    if (done) return value
    await rest()
  }
}

function notScored(unscored: number, all: number, { name, version }: RewardVersion): WhetstoneError {
  return new WhetstoneError(
    'CONFLICT',
    `${unscored} of ${all} completions to choose from have no score by '${name}' v${version}.`,
    'Score them first, or choose among those that have a score.',
  )
}
