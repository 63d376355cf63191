import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import type { StepEvent } from '#trainer/events.ts'
import { double, fieldsOf, float, integer, message, text } from './protobuf.ts'
import { crc32c, frame, readRecords } from './records.ts'
import { tensorBoard } from './tensorboard.ts'

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tensorboard-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

const step = (number: number, metrics: Record<string, number>): StepEvent => ({
  type: 'step',
  step: number,
  total: 9,
  metrics,
})

/** The whole records of all files in the order of their names, decoded by the field numbers of event.proto and summary.proto. */
function decode(folder: string) {
  const events: { step: number; tags: Record<string, number | string>; restart?: boolean }[] = []
  for (const name of readdirSync(folder).sort())
    for (const data of readRecords(readFileSync(join(folder, name)))) {
      const fields = new Map([...fieldsOf(data)].map(({ field, value }) => [field, value]))
      const tags: Record<string, number | string> = {}
      for (const { value } of fieldsOf((fields.get(5) ?? Buffer.alloc(0)) as Buffer)) {
        const parts = new Map(
          [...fieldsOf(value as Buffer)].map((part) => [part.field, part.value as Buffer]),
        )
        const tensor = [...fieldsOf(parts.get(8) ?? Buffer.alloc(0))].find(({ field }) => field === 8)
        tags[parts.get(1)!.toString()] = tensor
          ? (tensor.value as Buffer).toString()
          : parts.get(2)!.readFloatLE()
      }
      events.push({
        step: (fields.get(2) ?? 0) as number,
        tags,
        ...(fields.has(7) ? { restart: true } : {}),
      })
    }
  return events
}

const shown = (folder: string) => decode(folder).filter(({ tags }) => Object.keys(tags).length > 0)

test('the checksum of "123456789" is that of the catalogue of CRCs', () => {
  expect(crc32c(Buffer.from('123456789')).toString(16)).toBe('e3069283')
})

test('an event and its record are the bytes that TensorBoard’s own writer gives', () => {
  // Event(wall_time=1.5, step=300, summary=Summary(value=[Summary.Value(tag='loss/a', simple_value=.25)])) by tensorboard 2.21's
  // event_pb2 and its RecordWriter.
  const value = message(1, text(1, 'loss/a'), float(2, 0.25))
  const event = Buffer.concat([double(1, 1.5), integer(2, 300), message(5, value)])
  expect(event.toString('hex')).toBe('09000000000000f83f10ac022a0f0a0d0a066c6f73732f61150000803e')
  expect(frame(event).toString('hex')).toBe(
    '1d00000000000000602fdf2309000000000000f83f10ac022a0f0a0d0a066c6f73732f61150000803e2125bb90',
  )
})

test('integers of any size, texts and records come back as they were written', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 500 }),
      fc.maxSafeNat(),
      fc.string({ unit: 'binary', maxLength: 200 }),
      (field, number, word) => {
        const bytes = Buffer.concat([integer(field, number), text(field, word)])
        const [first, second] = [...fieldsOf([...readRecords(frame(bytes))][0]!)]
        expect(first).toEqual({ field, value: number })
        expect(second!.value.toString()).toBe(Buffer.from(word).toString())
      },
    ),
    { numRuns: 30 },
  )
})

test('every metric of a step is a scalar under its name, and every sample a text', () => {
  const folder = temporaryFolder()
  const write = tensorBoard(folder, { resume: false })
  write(step(0, { 'eval/score': -0.5 }))
  write(step(1, { loss: 2.5, 'objective/kl': 0.125 }))
  for (const completion of ['two\nlines', 'one'])
    write({ type: 'sample', step: 1, prompt: 'say', completion, scores: { score: 1 } })
  const [first, second, ...texts] = shown(folder)
  expect(first).toEqual({ step: 0, tags: { 'eval/score': -0.5 } })
  expect(second).toEqual({ step: 1, tags: { loss: 2.5, 'objective/kl': 0.125 } })
  expect(texts.map(({ tags }) => Object.keys(tags)[0])).toEqual([
    'samples/1/text_summary',
    'samples/2/text_summary',
  ])
  expect(texts[0]!.tags['samples/1/text_summary']).toContain('    two\n    lines')
})

test('a run that goes on, or goes back, repeats no step', () => {
  const folder = temporaryFolder()
  const first = tensorBoard(folder, { resume: false })
  for (const number of [1, 2, 3, 4]) first(step(number, { loss: number }))
  const [name] = readdirSync(folder)
  const whole = readFileSync(join(folder, name!))
  // Cut short in its last record, as by a crash.
  writeFileSync(join(folder, name!), whole.subarray(0, whole.length - 5))

  const second = tensorBoard(folder, { resume: true })
  for (const number of [3, 4, 5]) second(step(number, { loss: 10 * number }))
  expect(shown(folder).map((event) => [event.step, event.tags.loss])).toEqual([
    [1, 1],
    [2, 2],
    [3, 30],
    [4, 40],
    [5, 50],
  ])
  // A TensorBoard that had read steps 3 and 4 drops them at the restart.
  expect(decode(folder).filter(({ restart }) => restart)).toEqual([{ step: 3, tags: {}, restart: true }])

  second({ type: 'rollback', step: 1, message: 'the loss is NaN' })
  second(step(2, { loss: 200 }))
  expect(shown(folder).map((event) => [event.step, event.tags.loss])).toEqual([
    [1, 1],
    [2, 200],
  ])

  const anew = tensorBoard(folder, { resume: false })
  anew(step(1, { loss: 7 }))
  expect(shown(folder)).toEqual([{ step: 1, tags: { loss: 7 } }])
})
