import * as tf from '@tensorflow/tfjs-core'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { startEngine } from '#trainer/engine/start.ts'
import type { Model } from '#trainer/io/model-folder.ts'
import { strongParameters, tinyConfigs } from '#trainer/nn/checks.ts'
import { disposeGradients, type Gradients } from '#trainer/nn/gradients.ts'
import { hiddenStates } from '#trainer/nn/hidden-states.ts'
import { generate } from '#trainer/nn/rollout.ts'
import { makeVariable, type Parameters, type TransformerConfig } from '#trainer/nn/transformer.ts'
import { startsOf, takeRows, truncateAtEos } from '#trainer/rlhf/masks.ts'
import { emptySums, passMetrics } from '#trainer/rlhf/metrics.ts'
import { normals } from '#trainer/rlhf/philox.ts'
import { leftPad, rightPad } from '#trainer/text/padding.ts'
import { differentiate } from './learn.ts'
import { type LossSpec, type Minibatch, policyLosses, valueLosses } from './passes.ts'
import { measureLogProbs, measureScores, measureValues, type Sequence } from './sequences.ts'

/** What must not change a result, whatever the lengths, the tokens and the order of a batch. */

beforeAll(async () => {
  await startEngine('auto')
})

const temperature = 0.8
const runs = { numRuns: 8 }
/** Neither padding nor EOS. */
const ordinary = fc.integer({ min: 2, max: 18 })
const some = (maxLength: number) => fc.array(ordinary, { minLength: 1, maxLength })
const number = fc.float({ min: -1, max: 1, noNaN: true, noDefaultInfinity: true })
/** With what PPO knows of each response token: by how much the old log-probability was another, and so on. */
const row = fc.record({
  query: some(5),
  tokens: fc.array(fc.record({ token: ordinary, moved: number, advantage: number, error: number }), {
    minLength: 1,
    maxLength: 5,
  }),
})
const rows = fc.array(row, { minLength: 2, maxLength: 5 })
type Row = typeof row extends fc.Arbitrary<infer T> ? T : never
/** Rows, an order of them and a size of micro-batches. */
const reordered = rows.chain((all) =>
  fc.record({
    all: fc.constant(all),
    order: fc.shuffledSubarray([...all.keys()], { minLength: all.length, maxLength: all.length }),
    size: fc.integer({ min: 1, max: all.length }),
  }),
)
const sequenceOf = ({ query, tokens }: Row): Sequence => ({
  query,
  response: tokens.map(({ token }) => token),
})

const spec: LossSpec = {
  microBatchSize: 64,
  temperature,
  activationCheckpointing: false,
  ...{ loss: 'clip', clipRange: 0.2, dualClip: 0, logRatioClamp: 20 },
  ...{ klPlacement: 'loss', klEstimator: 'k3', entropyCoefficient: 0.1 },
  ...{ valueModel: 'separate', valueClipRange: 0.2, valueCoefficient: 0.1, ptxCoefficient: 0 },
}

/** Equal but for rounding, in the scale of the largest. */
function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, name: string): void {
  expect(actual.length, name).toBe(expected.length)
  const scale = Math.max(0.1, ...Array.from(expected, Math.abs))
  const apart = Math.max(0, ...Array.from(expected, (value, i) => Math.abs(value - actual[i]!)))
  expect(apart / scale, name).toBeLessThan(2e-4)
}

function expectSameGradients(actual: Gradients, expected: Gradients): void {
  expect([...actual.keys()]).toEqual([...expected.keys()])
  for (const [name, gradient] of expected)
    expectClose(actual.get(name)!.dataSync(), gradient.dataSync(), name)
  disposeGradients(actual)
  disposeGradients(expected)
}

describe.each(tinyConfigs.slice(0, 2))('%s', (_, config: TransformerConfig) => {
  /** The policy's own parameters with those of a value head and of a reward head, none of them zero. */
  let parameters: Parameters
  let model: Model
  beforeAll(() => {
    const headOf = (block: number) =>
      makeVariable(normals(1, 'initialisation', block, config.width, 0.3), [1, config.width])
    parameters = strongParameters(config, 5, 5)
    const heads: [string, tf.Variable][] = [
      ['score.weight', headOf(7777)],
      ['classifier.weight', headOf(8888)],
      ['classifier.bias', makeVariable(Float32Array.of(0.1), [1])],
    ]
    model = { config, parameters } as Model
    value = { config, parameters: new Map([...parameters, ...heads.slice(1)]) } as Model
    reward = { config, parameters: new Map([...parameters, heads[0]!]) } as Model
  })
  let value: Model
  let reward: Model

  /** What a batch knows beside its sequences does not depend on the order of its rows. */
  function minibatchOf(all: readonly Row[]): Minibatch {
    const sequences = all.map(sequenceOf)
    const { logProbs } = measureLogProbs(model, sequences, { temperature, size: 1 })
    const values = measureValues(value, sequences, 1)
    const tokens = all.flatMap((each) => each.tokens)
    return {
      sequences,
      oldLogProbs: logProbs.map((each, i) => each + tokens[i]!.moved / 2),
      referenceLogProbs: logProbs.map((each, i) => each - tokens[i]!.error),
      oldValues: values.map((each, i) => each + tokens[i]!.moved / 3),
      advantages: Float32Array.from(tokens, ({ advantage }) => advantage),
      returns: values.map((each, i) => each + tokens[i]!.error),
    }
  }

  it('gives a token the same state and the same gradient on whatever side and with whatever a batch is padded', () => {
    const weights = normals(3, 'initialisation', 1, 60 * config.width, 1)
    /** Σ weights·states over the tokens, in their order. */
    const lossOf = (
      { tokens, mask, rows, length }: ReturnType<typeof leftPad>,
      from: number,
      rightPadded?: boolean,
    ) => {
      const places = Int32Array.from(mask.keys()).filter((place) => mask[place] === 1)
      return () => {
        const states = hiddenStates(config, parameters, {
          tokens: tf.tensor2d(tokens, [rows, length], 'int32'),
          mask: tf.tensor2d(mask, [rows, length]),
          rightPadded,
        })
        const own = tf.gather(tf.reshape(states, [rows * length, config.width]), tf.tensor1d(places, 'int32'))
        const start = from * config.width
        const part = weights.subarray(start, start + own.size)
        return tf.sum(tf.mul(own, tf.tensor2d(part, [places.length, config.width]))) as tf.Scalar
      }
    }
    fc.assert(
      fc.property(
        fc.array(some(8), { minLength: 1, maxLength: 5 }),
        fc.nat(4),
        ordinary,
        (texts, extra, junk) => {
          const starts = startsOf(texts.map((text) => text.length))
          const longest = Math.max(...texts.map((text) => text.length))
          const alone = texts.map((text, i) => lossOf(rightPad([text], 0), starts[i]!))
          for (const [side, hint] of [[leftPad], [rightPad], [rightPad, true]] as const) {
            const expected = differentiate(parameters, alone)
            const padded = differentiate(parameters, [lossOf(side(texts, junk, longest + extra), 0, hint)])
            expectClose([padded.loss], [expected.loss], 'loss')
            expectSameGradients(padded.gradients, expected.gradients)
          }
        },
      ),
      runs,
    )
  })

  it('measures a row alike in whatever order, company and micro-batch it stands', () => {
    fc.assert(
      fc.property(reordered, ({ all, order, size }) => {
        const sequences = all.map(sequenceOf)
        const moved = order.map((index) => sequences[index]!)
        const starts = startsOf(sequences.map(({ response }) => response.length))
        const measures = {
          logProbs: (some: Sequence[], size: number) =>
            measureLogProbs(model, some, { temperature, size }).logProbs,
          entropy: (some: Sequence[], size: number) =>
            measureLogProbs(model, some, { temperature, size }).entropy,
          values: (some: Sequence[], size: number) => measureValues(value, some, size),
        }
        for (const [name, measure] of Object.entries(measures))
          expectClose(measure(moved, size), takeRows(measure(sequences, 1), starts, order), name)
        const scores = measureScores(reward, sequences, 1)
        expectClose(
          measureScores(reward, moved, size),
          order.map((index) => scores[index]!),
          'scores',
        )
      }),
      runs,
    )
  })

  it('learns the same from the rows of a batch in any order and in any micro-batches', () => {
    fc.assert(
      fc.property(reordered, ({ all, order, size }) => {
        const learn = (batch: readonly Row[], microBatchSize: number) => {
          const sums = emptySums()
          const minibatch = minibatchOf(batch)
          const own = { ...spec, microBatchSize }
          const models = { policy: model, value }
          const policyPass = differentiate(
            parameters,
            policyLosses(own, models, minibatch, { kl: 0.3, penalty: 0 }, sums),
          )
          const valuePass = differentiate(value.parameters, valueLosses(own, value, minibatch, sums))
          return { policyPass, valuePass, metrics: passMetrics(sums) }
        }
        const whole = learn(all, all.length)
        const moved = learn(
          order.map((index) => all[index]!),
          size,
        )
        for (const pass of ['policyPass', 'valuePass'] as const) {
          expectClose([moved[pass].loss], [whole[pass].loss], pass)
          expectSameGradients(moved[pass].gradients, whole[pass].gradients)
        }
        for (const [name, metric] of Object.entries(whole.metrics))
          expectClose([moved.metrics[name]!], [metric], name)
      }),
      runs,
    )
  })

  it('samples up to an EOS what it would have sampled without stopping there, and measures it alike', () => {
    const asked = fc.record({ queries: fc.array(some(6), { minLength: 1, maxLength: 5 }), seed: fc.nat(999) })
    fc.assert(
      fc.property(asked, fc.integer({ min: 1, max: 5 }), ({ queries, seed }, batchSize) => {
        const options = { responseLength: 12, temperature, seed, step: 1 }
        const stopped = generate(model, queries, { ...options, batchSize, stopAtEos: true })
        const full = generate(model, queries, { ...options, stopAtEos: false })
        const cut = full.responses.map((response) => truncateAtEos(response, config.eosTokenId).tokens)
        expect(stopped.responses).toEqual(cut)
        // The cached, left-padded pass of the rollout against the right-padded one of training.
        const sequences = queries.map((query, i) => ({ query, response: cut[i]! }))
        const { logProbs } = measureLogProbs(model, sequences, { temperature, size: batchSize })
        expectClose(logProbs, stopped.logProbs.flat(), 'logProbs')
      }),
      runs,
    )
  })
})
