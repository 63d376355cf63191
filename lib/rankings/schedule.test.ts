import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { mixedIn, type Plan, REPEAT_AFTER, scheduleOf } from './schedule.ts'

const rate = fc.integer({ min: 2, max: 40 }).map((block) => 1 / block)
const rates = fc.record({
  goldRate: fc.oneof(fc.constant(0), rate),
  repeatRate: fc.oneof(fc.constant(0), rate),
})

const first = (planned: (n: number) => Plan, count: number) =>
  Array.from({ length: count }, (_, n) => planned(n))

describe('the schedule of gold and repeated items', () => {
  test('of one annotator is this one', () => {
    const planned = scheduleOf('secret', 'ann', 'batch', { goldRate: 0.25, repeatRate: 0.2 })
    const letters = first(planned, 40).map((plan) => plan[0])
    expect(letters.join('')).toBe('rglllgrllllgrglrgllllllgrglrllrgllglgrll')
  })

  test('keeps the rate exactly: one in every block', () => {
    fc.assert(
      fc.property(fc.uuid(), fc.uuid(), rates, (annotator, batch, { goldRate, repeatRate }) => {
        const plans = first(scheduleOf('secret', annotator, batch, { goldRate, repeatRate }), 240)
        for (const [kind, rate] of [
          ['gold', goldRate],
          ['repeat', repeatRate],
        ] as const) {
          const block = rate === 0 ? 240 : Math.round(1 / rate)
          let owed = 0
          for (let start = 0; start + block <= 240; start += block) {
            const plansHere = plans.slice(start, start + block)
            const found = plansHere.filter((plan) => plan === kind)
            const full = kind === 'repeat' && plansHere.every((plan) => plan === 'gold')
            expect(found).toHaveLength(rate === 0 || full ? 0 : 1 + owed)
            owed = full ? 1 : 0
          }
        }
      }),
      { numRuns: 60 },
    )
  })

  test.each([3, 5, 7])('has every second item repeated also where gold is one of %i', (block) => {
    for (let annotator = 0; annotator < 100; annotator++) {
      const planned = scheduleOf('secret', `${annotator}`, 'batch', { goldRate: 1 / block, repeatRate: 0.5 })
      const era = 2 * block
      for (let start = 0; start < 20 * era; start += era) {
        const plans = first((n) => planned(start + n), era)
        expect(plans.filter((plan) => plan === 'repeat')).toHaveLength(block)
        expect(plans.filter((plan) => plan === 'gold')).toHaveLength(2)
      }
    }
  })

  test('a rate whose inverse is no whole number is rounded down', () => {
    const plans = first(scheduleOf('secret', 'ann', 'batch', { goldRate: 0.3, repeatRate: 0 }), 400)
    expect(plans.filter((plan) => plan === 'gold')).toHaveLength(100)
  })

  test('every place of a block is as likely, and independent of the block before', () => {
    const block = 5
    const places = Array.from({ length: block }, () => new Array<number>(block).fill(0))
    for (let annotator = 0; annotator < 200; annotator++) {
      const planned = scheduleOf('secret', `${annotator}`, 'batch', { goldRate: 1 / block, repeatRate: 0 })
      const place = (index: number) => first((n) => planned(index * block + n), block).indexOf('gold')
      for (let index = 1; index < 26; index++) places[place(index - 1)]![place(index)]!++
    }
    // 5000 pairs over 25 cells: χ² of 24 degrees of freedom stays below 51 with 99.9 %.
    const expected = (200 * 25) / block ** 2
    const chi = places.flat().reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
    expect(chi).toBeLessThan(51)
  })

  test('cannot be told without the secret, and differs between annotators and batches', () => {
    const some = { goldRate: 0.1, repeatRate: 0.1 }
    const plans = [
      ['secret', 'ann', 'batch'],
      ['other', 'ann', 'batch'],
      ['secret', 'bob', 'batch'],
      ['secret', 'ann', 'other'],
    ].map(([secret, annotator, batch]) => first(scheduleOf(secret!, annotator!, batch!, some), 200).join(' '))
    expect(new Set(plans).size).toBe(4)
  })
})

test('what is mixed in is what serving one item after the other mixes in', () => {
  const standing = fc.record({
    n: fc.nat(50),
    golds: fc.nat(10),
    repeatable: fc.nat(5),
    young: fc.uniqueArray(fc.nat(REPEAT_AFTER - 1)),
  })
  fc.assert(
    fc.property(rates, standing, fc.nat(80), (rates, standing, labels) => {
      const planned = scheduleOf('secret', 'ann', 'batch', rates)
      // Served: the item numbers at which originals were had.
      const had = [...standing.young.map((later) => standing.n - 1 - later)]
      let { golds, repeatable: old } = standing
      let mixed = 0
      let n = standing.n
      for (let left = labels; left > 0; n++) {
        const plan = planned(n)
        const ripe = had.findIndex((at) => n - 1 - at >= REPEAT_AFTER)
        if (plan === 'gold' && golds > 0) golds--
        else if (plan === 'repeat' && old > 0) old--
        else if (plan === 'repeat' && ripe >= 0) had.splice(ripe, 1)
        else {
          had.push(n)
          left--
          continue
        }
        mixed++
      }
      expect(mixedIn(planned, standing, labels)).toBe(mixed)
    }),
    { numRuns: 100 },
  )
})
