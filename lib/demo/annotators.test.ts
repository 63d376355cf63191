import { expect, test } from 'vitest'
import { ceiling, rank, simulatedAnnotators, tieWidth } from './annotators.ts'
import { supportDesk } from './grammar.ts'
import { rubricScore } from './rubric.ts'

const prompt = 'Hello. The kettle arrived broken. Can you help me?'
const good = 'I am sorry about this. We will replace the kettle for free and you can keep the old one.'
const fair = 'I am sorry about this. I see that the kettle does not work.'
const bad = 'Oh no, not you again. There is nothing we can do.'
const [ada] = simulatedAnnotators(7, 1) as [ReturnType<typeof simulatedAnnotators>[number]]

test('a ranking holds every completion once and is the same when asked again', () => {
  const ranking = rank(ada, prompt, [bad, good, fair, good])
  expect(ranking.groups.flat().sort()).toEqual([0, 1, 2, 3])
  expect(rank(ada, prompt, [bad, good, fair, good])).toEqual(ranking)
  expect(ranking.milliseconds).toBeGreaterThan(1000)
})

test('equal completions tie, poor ones are all bad, a clear pair is significantly better', () => {
  expect(rank(ada, prompt, [good, good]).groups).toHaveLength(1)
  expect(rank(ada, prompt, [bad, bad]).allBad).toBe(true)
  const clear = rank({ ...ada, temperature: 0.01 }, prompt, [bad, good])
  expect(clear).toMatchObject({ groups: [[1], [0]], allBad: false, strength: 4 })
  expect(rank(ada, prompt, [good, fair, bad]).strength).toBeNull()
})

test('nobody in one group is further from its first than the width of a tie', () => {
  const replies = supportDesk(3, 400).map(({ completion }) => completion)
  for (let i = 0; i < replies.length; i += 4) {
    const four = replies.slice(i, i + 4)
    for (const [first, ...others] of rank(ada, prompt, four).groups) {
      const scoreAt = (index: number) => rubricScore(prompt, four[index]!).score
      for (const other of others) expect(Math.abs(scoreAt(first!) - scoreAt(other))).toBeLessThan(tieWidth)
    }
  }
})

test('pairs follow Bradley–Terry: the share of wins is σ(Δ / temperature)', () => {
  const temperature = 4
  const gap = rubricScore(prompt, good).score - rubricScore(prompt, fair).score
  const n = 2000
  let wins = 0
  for (let seed = 0; seed < n; seed++) {
    if (rank({ ...ada, seed, temperature }, prompt, [fair, good]).groups[0]![0] === 1) wins++
  }
  const expected = 1 / (1 + Math.exp(-gap / temperature))
  expect(Math.abs(wins / n - expected)).toBeLessThan(4 * Math.sqrt((expected * (1 - expected)) / n))
})

test('the ceiling is what the rubric itself reaches on noisy pairs', () => {
  const desk = supportDesk(11, 8000)
  const pairs: Parameters<typeof ceiling>[0] extends readonly (infer P)[] ? P[] : never = []
  let agree = 0
  for (let i = 0; i + 1 < desk.length; i += 2) {
    const message = desk[i]!.prompt
    const texts = [desk[i]!.completion, desk[i + 1]!.completion]
    const { groups } = rank({ ...ada, temperature: 2 }, message, texts)
    if (groups.length < 2) continue
    const [chosen, rejected] = [texts[groups[0]![0]!]!, texts[groups[1]![0]!]!]
    pairs.push({ prompt: message, chosen, rejected, temperature: 2 })
    if (rubricScore(message, chosen).score > rubricScore(message, rejected).score) agree++
  }
  const expected = ceiling(pairs)
  expect(expected).toBeGreaterThan(0.7)
  expect(expected).toBeLessThan(0.95)
  expect(Math.abs(agree / pairs.length - expected)).toBeLessThan(0.025)
})

test('annotators differ in name, seed and noise, and no more than eight exist', () => {
  const all = simulatedAnnotators(7, 8)
  expect(new Set(all.map(({ email }) => email)).size).toBe(8)
  expect(new Set(all.map(({ seed }) => seed)).size).toBe(8)
  expect(() => simulatedAnnotators(7, 9)).toThrow('9 annotators: 1 … 8 are possible')
})
