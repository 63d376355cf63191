import type { Contender } from './contenders.ts'
import type { Shape } from './shapes.ts'
import { tokensOf } from './shapes.ts'
import { table } from './tables.ts'
import { startTurns } from './turns.ts'

/** So small that thousands of steps take a minute, with every kind of layer. */
const shape: Shape = {
  model: {
    architecture: 'llama',
    vocabSize: 256,
    maxPositions: 32,
    width: 32,
    layers: 2,
    heads: 4,
    keyValueHeads: 2,
    headDim: 8,
    mlpWidth: 64,
    normEpsilon: 1e-5,
    ropeTheta: 10000,
    tiedEmbeddings: true,
    eosTokenId: 1,
    padTokenId: 0,
    bosTokenId: null,
  },
  rows: 4,
  rolloutRows: [4],
  promptLength: 4,
  responseLength: 8,
  precisions: ['fp32', 'bf16'],
}

interface Counts {
  tensors: number
  slots?: number
  resident: number
}

/** Train steps and rollouts in thousands: what stays of them, as a table. Every column should be level after the first row. */
export async function leakReport(
  contenders: Contender[],
  note: (text: string) => void,
  progress: (text: string) => void,
): Promise<string> {
  const turns = startTurns(contenders, note)
  const rows: string[][] = []
  await turns.each(async ({ contender, child }) => {
    await child.ask({ do: 'hello' })
    await child.ask({
      do: 'load',
      shape,
      rows: shape.rows,
      tokens: tokensOf(shape, shape.rows),
      phase: 'train',
    })
    for (let step = 1; step <= 2000; step++) {
      await child.ask({ do: 'train' })
      if (step % 10 === 0) await child.ask({ do: 'rollout', rows: shape.rows, responseLength: 8 })
      if (step % 500 > 0) continue
      const { tensors, slots, resident } = await child.ask<Counts>({ do: 'counts' })
      progress(`${contender.name}: ${step} steps`)
      rows.push([
        contender.name,
        `${step}`,
        `${tensors}`,
        slots === undefined ? '–' : `${slots}`,
        (resident / 2 ** 20).toFixed(1),
      ])
    }
  })
  await turns.end()
  return table(['engine', 'train steps', 'tensors', 'live slots', 'resident MiB'], rows)
}
