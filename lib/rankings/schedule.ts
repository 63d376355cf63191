import { createHmac } from 'node:crypto'

export type Plan = 'label' | 'gold' | 'repeat'

/** An original is repeated at the earliest when so many items have come after it. */
export const REPEAT_AFTER = 10

export interface Rates {
  /** Shares of the annotator's items, 0 … 0.5. */
  goldRate: number
  repeatRate: number
}

/**
 * What the n-th item (from 0) of an annotator in a batch is planned to be. Each block of ⌈1/rate⌉ items has exactly one gold
 * item (one repeated item), at a place that follows from the secret and that nobody without it can tell. Where both would
 * meet, the repeated one has another place of its block. A block of two may be all gold; the one after it is not, and has both.
 */
export function scheduleOf(
  secret: string,
  annotatorId: string,
  batchId: string,
  { goldRate, repeatRate }: Rates,
): (n: number) => Plan {
  const key = createHmac('sha256', secret).update(`${annotatorId} ${batchId}`).digest()
  const goldSeed = key.readUInt32LE(0)
  const repeatSeed = key.readUInt32LE(4)
  const goldBlock = lengthOf(goldRate)
  const repeatBlock = lengthOf(repeatRate)

  const isGold = (n: number) =>
    goldBlock !== null && placeIn(goldSeed, Math.floor(n / goldBlock), goldBlock) === n % goldBlock
  const repeatPlaces = new Map<number, number | null>()
  /** The number of a block's repeated item; null when all are gold. */
  const repeatOf = (block: number, length: number): number | null => {
    const known = repeatPlaces.get(block)
    if (known !== undefined) return known
    const start = block * length
    const free = Array.from({ length }, (_, place) => start + place).filter((n) => !isGold(n))
    const place = free.length === 0 ? null : free[placeIn(repeatSeed, block, free.length)]!
    repeatPlaces.set(block, place)
    return place
  }
  return (n) => {
    if (isGold(n)) return 'gold'
    if (repeatBlock === null) return 'label'
    const block = Math.floor(n / repeatBlock)
    const owed = block > 0 && repeatOf(block - 1, repeatBlock) === null
    return owed || repeatOf(block, repeatBlock) === n ? 'repeat' : 'label'
  }
}

function lengthOf(rate: number): number | null {
  // 1/0.1 is 10, but 1/(1 − 0.9) is a hair above it.
  return rate > 0 ? Math.ceil(1 / rate - 1e-9) : null
}

/** A place below `length` (murmur3's finaliser over seed and block). */
function placeIn(seed: number, block: number, length: number): number {
  let hash = (seed ^ Math.imul(block + 1, 0x9e3779b1)) >>> 0
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return ((hash ^ (hash >>> 16)) >>> 0) % length
}

/** Where an annotator stands in a batch. */
export interface Standing {
  /** Their items so far. */
  n: number
  /** Gold items they have not had. */
  golds: number
  /** Repeats that could be served now. */
  repeatable: number
  /** For each ranked or held original that is too young to be repeated: how many items came after it. */
  young: number[]
}

/** How many gold and repeated items the schedule mixes in before the last of `labels` further originals. */
export function mixedIn(planned: (n: number) => Plan, standing: Standing, labels: number): number {
  let { n, golds, repeatable } = standing
  // Item numbers from which the originals may be repeated, earliest first.
  const ripe = standing.young.map((later) => n - later + REPEAT_AFTER).sort((a, b) => a - b)
  let next = 0
  let mixed = 0
  for (let left = labels; left > 0; n++) {
    for (; next < ripe.length && ripe[next]! <= n; next++) repeatable++
    const plan = planned(n)
    if (plan === 'gold' && golds > 0) {
      golds--
      mixed++
    } else if (plan === 'repeat' && repeatable > 0) {
      repeatable--
      mixed++
    } else {
      left--
      // Itself and ten after it.
      ripe.push(n + 1 + REPEAT_AFTER)
    }
  }
  return mixed
}
