/** A point that was chosen, and its Euclidean distance to the nearest that was covered or chosen before it. */
export interface Chosen {
  index: number
  distance: number
}

/** No two points of length ≤ 1 are further apart; what counts as the distance to nothing. */
export const farthestPossible = 2

/**
 * Chooses `count` points (all, if there are fewer), each time the one of the greatest weight × distance to the nearest point that is
 * covered or chosen already; equals by the greater weight, then by the lower index. Points have length ≤ 1.
 *
 * Distances only fall as more is chosen, so an old distance is an upper bound: a heap holds those bounds, and a point is measured
 * against more of the others only while its bound is the greatest. The result is that of measuring all.
 * Throws RangeError for points of different dimensions and for weights that are negative or not finite.
 */
export function chooseFarthest(
  points: readonly Float32Array[],
  weights: ArrayLike<number>,
  covered: readonly Float32Array[],
  count: number,
): Chosen[] {
  const steps = choosingFarthest(points, weights, covered, count)
  for (;;) {
    const { done, value } = steps.next()
    if (done) return value
  }
}

/** How many distances are measured between two rests. */
const stretch = 20_000

/** `chooseFarthest` with rests, every few milliseconds, for a process that has other things to do meanwhile. */
export function* choosingFarthest(
  points: readonly Float32Array[],
  weights: ArrayLike<number>,
  covered: readonly Float32Array[],
  count: number,
): Generator<void, Chosen[]> {
  let measurements = 0
  const centres = [...covered]
  const dimension = (points[0] ?? centres[0])?.length
  for (const each of [points, centres].flat())
    if (each.length !== dimension)
      throw new RangeError(`chooseFarthest: a point of ${each.length} numbers among those of ${dimension}`)
  const distances = new Float64Array(points.length).fill(farthestPossible)
  const measured = new Int32Array(points.length)
  const bounds = Float64Array.from(points, (_, i) => {
    const weight = weights[i]!
    if (!(weight >= 0 && weight < Number.POSITIVE_INFINITY))
      throw new RangeError(`chooseFarthest: the weight of point ${i} is ${weight}`)
    return weight * farthestPossible
  })
  const before = (i: number, j: number) =>
    bounds[i]! !== bounds[j]!
      ? bounds[i]! > bounds[j]!
      : weights[i]! !== weights[j]!
        ? weights[i]! > weights[j]!
        : i < j
  const heap = Int32Array.from(points, (_, i) => i)
  let size = heap.length
  for (let at = (size >>> 1) - 1; at >= 0; at--) sink(heap, size, at, before)

  const chosen: Chosen[] = []
  while (chosen.length < count && size > 0) {
    const top = heap[0]!
    if (measured[top] === centres.length) {
      chosen.push({ index: top, distance: distances[top]! })
      centres.push(points[top]!)
      heap[0] = heap[--size]!
    } else {
      distances[top] = Math.min(distances[top]!, distanceOf(points[top]!, centres[measured[top]!]!))
      measured[top]! += 1
      measurements += 1
      if (measurements % stretch === 0) yield
      bounds[top] = weights[top]! * distances[top]!
    }
    sink(heap, size, 0, before)
  }
  return chosen
}

/** Lets the item at `at` sink below those that come before it. */
function sink(heap: Int32Array, size: number, at: number, before: (i: number, j: number) => boolean): void {
  for (let parent = at; ; ) {
    const left = 2 * parent + 1
    if (left >= size) return
    const child = left + 1 < size && before(heap[left + 1]!, heap[left]!) ? left + 1 : left
    if (!before(heap[child]!, heap[parent]!)) return
    ;[heap[parent], heap[child]] = [heap[child]!, heap[parent]!]
    parent = child
  }
}

function distanceOf(a: Float32Array, b: Float32Array): number {
  let squares = 0
  for (let i = 0; i < a.length; i++) {
    const difference = a[i]! - b[i]!
    squares += difference * difference
  }
  return Math.sqrt(squares)
}
