import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import * as tf from '@tensorflow/tfjs-core'
import { type EngineOptions, startEngine } from '#trainer/engine/start.ts'
import type { Addon } from '#trainer/engine/torch/load.ts'
import { residentMemory } from './memory.ts'
import type { Variant } from './ppo-table.ts'
import { specOf, startUpdates, writeModels } from './ppo-work.ts'
import { reasonOf } from './reason.ts'
import type { Shape } from './shapes.ts'

/** PPO in one variant, measured: answers requests on stdin with one JSON object a line each; child.ts asks. */
const { values } = parseArgs({
  options: {
    variant: { type: 'string', default: 'fp32' },
    device: { type: 'string', default: 'cpu' },
    threads: { type: 'string', default: '0' },
  },
})
const variant = values.variant as Variant
let updates: ReturnType<typeof startUpdates> | undefined

const answers: Record<string, (request: never) => object | Promise<object>> = {
  write: async ({ folder, shape }: { folder: string; shape: Shape }) => {
    await startEngine('cpu')
    await writeModels(folder, shape)
    return {}
  },

  load: async ({ folder, shape }: { folder: string; shape: Shape }) => {
    const spec = specOf(shape, folder, variant)
    const engine = await startEngine(spec.engine, {
      precision: spec.precision,
      device: values.device as EngineOptions['device'],
      threads: Number(values.threads),
    })
    updates = startUpdates(spec, folder)
    return engine
  },

  update: async () => {
    const start = performance.now()
    const parts = await updates!.update()
    const { addon } = tf.backend() as { addon?: Pick<Addon, 'synchronize'> }
    addon?.synchronize()
    return { ...parts, all: (performance.now() - start) / 1000 }
  },

  // The addon does not tell what it holds of a device's memory.
  memory: ({ reset }: { reset: boolean }) =>
    values.device === 'cuda' ? { now: 0, peak: null } : residentMemory(reset),
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
await updates?.end()
