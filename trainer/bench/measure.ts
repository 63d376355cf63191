import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import * as tf from '@tensorflow/tfjs-core'
import { type EngineChoice, type EngineOptions, startEngine } from '#trainer/engine/start.ts'
import type { Addon } from '#trainer/engine/torch/load.ts'
import { residentMemory } from './memory.ts'
import { reasonOf } from './reason.ts'
import { type Shape, tokensOf } from './shapes.ts'
import { makeWork, type Work } from './work.ts'

/** One engine, measured: answers requests on stdin with one JSON object a line each; child.ts asks. */
const { values } = parseArgs({
  options: {
    engine: { type: 'string' },
    precision: { type: 'string', default: 'fp32' },
    device: { type: 'string', default: 'cpu' },
    threads: { type: 'string', default: '0' },
  },
})

let work: Work | undefined

function milliseconds(call: () => void): number {
  const start = performance.now()
  call()
  return performance.now() - start
}

/** Calls in a row, the last result waited for (a device may run behind): ms a call. */
function timeCalls(calls: number, call: () => tf.Tensor): number {
  const total = milliseconds(() => {
    for (let i = 1; i < calls; i++) call().dispose()
    const last = call()
    tf.tidy(() => tf.slice(tf.reshape(last, [last.size]), [0], [1]).dataSync())
    last.dispose()
  })
  return total / calls
}

const answers: Record<string, (request: never) => object | Promise<object>> = {
  hello: () =>
    startEngine(values.engine as EngineChoice, {
      precision: values.precision as EngineOptions['precision'],
      device: values.device as EngineOptions['device'],
      threads: Number(values.threads),
    }),

  operations: ({ calls }: { calls: number }) => {
    const vector = tf.ones([64])
    const square = tf.ones([64, 64]) as tf.Tensor2D
    // Until V8 has compiled TensorFlow.js, an operation costs several times as much.
    timeCalls(20_000, () => tf.add(vector, vector))
    const add = timeCalls(calls, () => tf.add(vector, vector))
    const matmul = timeCalls(calls, () => tf.matMul(square, square))
    tf.dispose([vector, square])
    return { add, matmul }
  },

  matmul: ({ side, calls }: { side: number; calls: number }) => {
    const a = tf.fill([side, side], 0.5) as tf.Tensor2D
    const ms = timeCalls(calls, () => tf.matMul(a, a))
    a.dispose()
    return { ms }
  },

  copy: ({ bytes, calls }: { bytes: number; calls: number }) => {
    const from = tf.zeros([bytes / 4])
    const ms = timeCalls(calls, () => tf.add(from, 1))
    from.dispose()
    return { ms }
  },

  load: ({ shape, rows }: { shape: Shape; rows: number }) => {
    work?.dispose()
    work = makeWork(shape, tokensOf(shape, rows), rows)
    return { parameters: work.parameters }
  },

  train: () => {
    let loss = Number.NaN
    const ms = milliseconds(() => {
      loss = work!.train()
      // The parameters' update may still run on the device.
      addon()?.synchronize()
    })
    return { ms, loss }
  },

  rollout: ({ rows, responseLength }: { rows: number; responseLength: number }) => ({
    ms: milliseconds(() => work!.rollout(rows, responseLength)),
  }),

  // The addon does not tell what it holds of a device's memory.
  memory: ({ reset }: { reset: boolean }) =>
    values.device === 'cuda' ? { now: 0, peak: null } : residentMemory(reset),

  counts: () => ({
    tensors: tf.memory().numTensors,
    // Tensors in the addon's table.
    slots: addon()?.liveSlots(),
    resident: residentMemory(false).now,
  }),
}

/** The engine's addon, where it has one. */
function addon() {
  return (tf.backend() as { addon?: Pick<Addon, 'liveSlots' | 'synchronize'> }).addon
}

for await (const line of createInterface({ input: process.stdin })) {
  const { do: name, ...request } = JSON.parse(line)
  let answer: object
  try {
    answer = await answers[name]!(request as never)
  } catch (error) {
    answer = { error: reasonOf(error) }
  }
  console.log(JSON.stringify(answer))
}
