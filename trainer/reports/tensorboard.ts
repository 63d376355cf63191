import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import type { SampleEvent, StepEvent, TrainerEvent } from '#trainer/events.ts'
import { double, fieldsOf, float, integer, message, text } from './protobuf.ts'
import { frame, readRecords } from './records.ts'

/** Field numbers of tensorboard/compat/proto: event.proto, summary.proto, tensor.proto. */
const EVENT = { wallTime: 1, step: 2, fileVersion: 3, summary: 5, sessionLog: 7 }
const VALUE = { tag: 1, simpleValue: 2, tensor: 8, metadata: 9 }
const SESSION_START = 1
const DT_STRING = 7

/**
 * Writes events into `folder` as TensorBoard reads them: a scalar for every metric of a step, a text for every sample. The file is made
 * with the first of them. A run that goes on from an earlier one, or goes back, writes a file of its own and takes what it repeats out of the earlier
 * ones, so that no step is there twice. (Cutting the earlier file and appending to it would leave a TensorBoard that is reading it behind
 * its end.) What the file system throws is thrown.
 */
export function tensorBoard(folder: string, { resume }: { resume: boolean }): (event: TrainerEvent) => void {
  let path: string | null = null
  let goesOn = resume
  let shown = { step: -1, count: 0 }

  const append = (step: number, ...fields: Uint8Array[]) => {
    path ??= begin(folder, goesOn ? step : 0)
    appendFileSync(path, eventRecord(step, ...fields))
  }
  return (event) => {
    if (event.type === 'rollback') {
      path = null
      goesOn = true
    }
    if (event.type === 'step') append(event.step, scalars(event))
    if (event.type === 'sample') {
      shown = { step: event.step, count: event.step === shown.step ? shown.count + 1 : 1 }
      append(event.step, sampleText(event, `samples/${shown.count}`))
    }
  }
}

/** A new file behind all others, which lose what is at `step` or later. */
function begin(folder: string, step: number): string {
  mkdirSync(folder, { recursive: true })
  const earlier = readdirSync(folder).filter((name) => /^events\.out\.tfevents\.\d+\.whetstone$/.test(name))
  for (const name of earlier) forget(folder, name, step)
  // TensorBoard reads files in the order of their names.
  const newest = Math.max(0, ...earlier.map((name) => Number(name.split('.')[3])))
  const seconds = Math.max(Math.floor(Date.now() / 1000), newest + 1)
  const path = join(folder, `events.out.tfevents.${String(seconds).padStart(10, '0')}.whetstone`)
  const version = eventRecord(0, text(EVENT.fileVersion, 'brain.Event:2'))
  // A TensorBoard that read the removed steps drops them at this.
  const start = eventRecord(step, message(EVENT.sessionLog, integer(1, SESSION_START)))
  appendFileSync(path, earlier.length > 0 ? Buffer.concat([version, start]) : version)
  return path
}

/** Leaves of a file what is before `step`, and no file where nothing is. */
function forget(folder: string, name: string, step: number): void {
  const path = join(folder, name)
  const bytes = readFileSync(path)
  const kept = [...readRecords(bytes)].filter((data) => stepOf(data) < step).map(frame)
  const length = kept.reduce((sum, record) => sum + record.length, 0)
  if (length === bytes.length) return
  // The version alone shows nothing.
  if (kept.length <= 1) {
    rmSync(path)
    return
  }
  const draft = join(folder, '.writing')
  writeFileSync(draft, Buffer.concat(kept))
  renameSync(draft, path)
}

/** The step of an event, 0 where it has none. */
function stepOf(data: Buffer): number {
  for (const { field, value } of fieldsOf(data)) if (field === EVENT.step) return value as number
  return 0
}

function eventRecord(step: number, ...fields: Uint8Array[]): Buffer {
  const stepField = step > 0 ? [integer(EVENT.step, step)] : []
  return frame(Buffer.concat([double(EVENT.wallTime, Date.now() / 1000), ...stepField, ...fields]))
}

function scalars({ metrics }: StepEvent): Uint8Array {
  const values = Object.entries(metrics).map(([tag, value]) =>
    message(1, text(VALUE.tag, tag), float(VALUE.simpleValue, value)),
  )
  return message(EVENT.summary, ...values)
}

/** As SummaryWriter.add_text writes it: a tensor of one string, shown as Markdown by the plugin "text". */
function sampleText({ prompt, completion, scores }: SampleEvent, tag: string): Uint8Array {
  const measures = Object.entries(scores).map(([name, value]) => `${name} ${Number(value.toPrecision(4))}`)
  const markdown = `**Prompt**\n\n${verbatim(prompt)}\n\n**Completion**\n\n${verbatim(completion)}\n\n${measures.join(', ')}`
  const metadata = message(VALUE.metadata, message(1, text(1, 'text')))
  const shape = message(2, message(2, integer(1, 1)))
  const tensor = message(VALUE.tensor, integer(1, DT_STRING), shape, text(8, markdown))
  return message(EVENT.summary, message(1, text(VALUE.tag, `${tag}/text_summary`), tensor, metadata))
}

const verbatim = (lines: string) => lines.replace(/^/gm, '    ')
