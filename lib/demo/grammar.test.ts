import { expect, test } from 'vitest'
import { customerMessage, distinctMessages, replyParts, subjectOf, supportDesk } from './grammar.ts'
import { objectNames, topicNames } from './phrases.ts'
import { seededRandom } from './random.ts'

const tokensAtMost = (text: string) => (text.match(/\p{L}+|\p{N}+|[^\s\p{L}\p{N}]/gu) ?? []).length

test('the same seed gives the same messages and another seed gives others', () => {
  expect(distinctMessages(3, 50)).toEqual(distinctMessages(3, 50))
  expect(distinctMessages(4, 50)).not.toEqual(distinctMessages(3, 50))
})

test('there are thousands of different messages, each short, its subject plain from its words', () => {
  const messages = distinctMessages(7, 3000)
  expect(new Set(messages.map((message) => message.text)).size).toBe(3000)
  for (const { text, topic, object } of messages) {
    expect(subjectOf(text), text).toEqual({ topic, object })
    expect(tokensAtMost(text), text).toBeLessThanOrEqual(29)
  }
})

test('every topic and every object is asked about', () => {
  const messages = distinctMessages(1, 2000)
  expect(new Set(messages.map(({ topic }) => topic))).toEqual(new Set(topicNames))
  expect(new Set(messages.map(({ object }) => object))).toEqual(new Set(objectNames))
})

test('a message about nothing the shop does has no subject', () => {
  expect(subjectOf('What is the capital of France?')).toBeNull()
})

test('replies run from helpful to rude, leave no slot unfilled and never say the same twice', () => {
  const random = seededRandom('test')
  const names = new Set<string>()
  for (let i = 0; i < 1500; i++) {
    const parts = replyParts(random, customerMessage(random))
    expect(parts.length).toBeGreaterThan(0)
    expect(new Set(parts.map(({ text }) => text)).size).toBe(parts.length)
    for (const { name, text } of parts) {
      names.add(name)
      expect(text).not.toMatch(/[{}]/)
    }
  }
  expect([...names]).toEqual(
    expect.arrayContaining([
      'step',
      'wrongStep',
      'kindOpening',
      'rudeClosing',
      'vague',
      'offSubject',
      'rambling',
    ]),
  )
})

test('the desk answers in about 23 words', () => {
  const lengths = supportDesk(7, 2000).map(({ completion }) => completion.split(/\s+/).length)
  const mean = lengths.reduce((sum, length) => sum + length, 0) / lengths.length
  expect(mean).toBeGreaterThan(20)
  expect(mean).toBeLessThan(26)
})
