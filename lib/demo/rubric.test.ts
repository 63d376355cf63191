import fc from 'fast-check'
import { expect, test } from 'vitest'
import { customerMessage, replyParts, supportDesk } from './grammar.ts'
import { seededRandom } from './random.ts'
import { rubricScore } from './rubric.ts'

const prompt = 'Hello. The kettle arrived broken. Can you help me?'
const best =
  'I am sorry about this. We will replace the kettle for free and you can keep the old one. Have a lovely day!'
const score = (completion: string) => rubricScore(prompt, completion).score

test('a kind reply with a step for this problem scores ten', () => {
  expect(rubricScore(prompt, best)).toEqual({ score: 10, helpful: 1, onSubject: 1, polite: 1, brief: 1 })
})

test('a reply in words of its own that helps scores well above a vague one', () => {
  const own = 'So sorry about the broken kettle! We will replace the kettle for free today.'
  expect(score(own)).toBeGreaterThan(6)
})

test('each fault costs points, the lack of a step most', () => {
  const faults = {
    rude: 'Who cares about that? We will replace the kettle for free and you can keep the old one.',
    wrongObject: 'I am sorry about this. We will replace the lamp for free and you can keep the old one.',
    astray: `${best} My cousin plays the piano in a small jazz band.`,
    unsure: `${best} Somebody may look at it at some point.`,
    unhelpful: 'I am sorry about this. I see that the kettle does not work. Have a lovely day!',
    wrongStep: 'I am sorry about this. I have sent the refund for the kettle to your card today.',
  }
  for (const [fault, text] of Object.entries(faults)) expect(score(text), fault).toBeLessThan(9.6)
  expect(score(faults.unhelpful)).toBeLessThan(
    Math.min(score(faults.rude), score(faults.astray), score(faults.unsure)),
  )
  expect(score(faults.wrongStep)).toBeLessThan(score(faults.rude))
})

test.each([
  ['nothing', ''],
  ['a keyword heap', 'kettle replace free sorry thank happy please will'],
  ['a loop', `We will replace the kettle ${'the kettle '.repeat(12)}.`],
  ['a refused step', 'We will not replace the kettle for free and you can keep the old one.'],
  ['politeness alone', 'Thank you for your patience. We are glad to help you. Have a lovely day!'],
  ['bytes', 'Ġ\u0000\ufffdq e4e4 zz .. ke'],
])('%s scores less than half of a good reply', (_, text) => {
  expect(score(text)).toBeLessThan(5)
})

test('saying a good reply twice, or its last word over and over, gains nothing', () => {
  expect(score(`${best} ${best}`)).toBeLessThan(7)
  expect(score(`${best} one one one one one one one`)).toBeLessThan(9)
})

test('steps for every problem at once score below one step', () => {
  const all = [
    'I have sent the refund for the kettle to your card today.',
    'I have packed the missing kettle and it will leave today.',
    'We will send the kettle by express carrier today.',
  ]
  expect(score([best, ...all].join(' '))).toBeLessThan(6)
})

test('a reply to a prompt outside the shop, or none at all, scores zero', () => {
  expect(rubricScore('What is the capital of France?', best).score).toBe(0)
  expect(score(' \n ')).toBe(0)
})

test('any text scores between 0 and 10, parts between 0 and 1', () => {
  const any = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc
      .array(fc.constantFrom(...best.split(' '), '.', 'no', 'lamp'), { maxLength: 80 })
      .map((words) => words.join(' ')),
  )
  fc.assert(
    fc.property(any, (text) => {
      const { score: total, ...parts } = rubricScore(prompt, text)
      expect(total).toBeGreaterThanOrEqual(0)
      expect(total).toBeLessThanOrEqual(10)
      for (const part of Object.values(parts)) expect(part >= 0 && part <= 1).toBe(true)
    }),
  )
})

test('case and spacing do not matter', () => {
  for (const { prompt: message, completion } of supportDesk(5, 50)) {
    const loud = rubricScore(message.toUpperCase(), `  ${completion.toUpperCase().replaceAll(' ', '  ')} `)
    expect(loud).toEqual(rubricScore(message, completion))
  }
})

test('words in random order score less than the reply they came from', () => {
  const random = seededRandom('shuffle')
  for (const { prompt: message, completion } of supportDesk(9, 200)) {
    const whole = rubricScore(message, completion).score
    const words = completion.split(' ')
    const shuffled = words.map((word) => ({ word, key: random() })).sort((a, b) => a.key - b.key)
    const salad = shuffled.map(({ word }) => word).join(' ')
    if (words.length > 8) expect(rubricScore(message, salad).score).toBeLessThan(Math.max(whole, 3))
  }
})

test('the planted parts of a reply decide its score', () => {
  const random = seededRandom('parts')
  for (let i = 0; i < 400; i++) {
    const message = customerMessage(random)
    const parts = replyParts(random, message)
    const names = parts.map(({ name }) => name)
    const { helpful, polite } = rubricScore(message.text, parts.map(({ text }) => text).join(' '))
    const text = `${message.text} | ${parts.map((part) => part.text).join(' ')}`
    if (names.includes('step') && !names.includes('vague')) expect(helpful, text).toBe(1)
    if (!names.includes('step') && !names.includes('wrongStep')) expect(helpful, text).toBe(0)
    if (names.includes('rudeOpening') || names.includes('rudeClosing')) expect(polite, text).toBe(0)
  }
})
