import { expect, test } from 'vitest'
import { formatEvent, parseEvent, type TrainerEvent, writeEvent } from './events.ts'

const step: TrainerEvent = { type: 'step', step: 1, total: 2, metrics: { loss: 0.5 } }

test('an event is one line of JSON that reads back', () => {
  const lines: string[] = []
  writeEvent(step, { write: (line) => lines.push(line) })
  expect(lines).toEqual(['{"type":"step","step":1,"total":2,"metrics":{"loss":0.5}}\n'])
  expect(parseEvent(lines[0]!)).toEqual(step)
})

test('a metric that is not a number is an error that names it, not null', () => {
  expect(() => formatEvent({ ...step, metrics: { loss: Number.NaN } })).toThrow('step.metrics.loss is NaN')
  expect(() =>
    formatEvent({
      type: 'sample',
      step: 1,
      prompt: '',
      completion: '',
      scores: {},
      kl: [0, Number.POSITIVE_INFINITY],
    }),
  ).toThrow('sample.kl.1 is Infinity')
})

test('a line that is no event is refused', () => {
  expect(() => parseEvent('2026-01-01 warning: hello')).toThrow('not JSON')
  expect(() => parseEvent('{"type":"step","step":1}')).toThrow('total')
})

test('an alarm and a rollback read back as they were written', () => {
  const alarm = {
    type: 'alarm',
    step: 3,
    kind: 'guard/kl',
    value: 21,
    limit: 20,
    message: 'too far',
  } as const
  const rollback = { type: 'rollback', step: 2, message: 'the loss is NaN at step 3' } as const
  for (const event of [alarm, rollback]) expect(parseEvent(formatEvent(event))).toEqual(event)
})
