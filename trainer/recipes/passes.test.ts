import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, expect, test } from 'vitest'
import { startEngine } from '#trainer/engine/start.ts'
import { type Model, makeModel } from '#trainer/io/model-folder.ts'
import { withoutFused } from '#trainer/nn/fused.ts'
import { disposeGradients, gradients } from '#trainer/nn/gradients.ts'
import { addHead } from '#trainer/nn/heads.ts'
import { type Parameters, tokenLogits } from '#trainer/nn/transformer.ts'
import { emptySums } from '#trainer/rlhf/metrics.ts'
import { normals } from '#trainer/rlhf/philox.ts'
import { differentiate } from './learn.ts'
import { type LossSpec, type Minibatch, policyLosses, ptxLosses, valueLosses } from './passes.ts'
import { measureLogProbs, responseStates, type Sequence } from './sequences.ts'
import { tinyPolicy } from './tiny.ts'

beforeAll(async () => {
  await startEngine('auto')
})

const usual: LossSpec = {
  microBatchSize: 64,
  temperature: 0.8,
  activationCheckpointing: false,
  ...{ loss: 'clip', clipRange: 0.2, dualClip: 0, logRatioClamp: 20 },
  ...{ klPlacement: 'reward', klEstimator: 'k3', entropyCoefficient: 0 },
  ...{ valueModel: 'separate', valueClipRange: 0.2, valueCoefficient: 0.1, ptxCoefficient: 27.8 },
}

/** Queries of one to four tokens and responses of one to nine. */
const sequences: Sequence[] = Array.from({ length: 7 }, (_, row) => ({
  query: Array.from({ length: 1 + (row % 4) }, (_, i) => 10 + row + i),
  response: Array.from({ length: 1 + ((5 * row) % 9) }, (_, i) => 40 + 3 * row + i),
}))

/** The policy's log-probabilities moved by up to a third, so that some ratios are clipped and others not. */
function minibatchOf(policy: Model): Minibatch {
  const { logProbs } = measureLogProbs(policy, sequences, { temperature: usual.temperature, size: 64 })
  const values = logProbs.map((_, i) => Math.sin(3 * i) / 2)
  return {
    sequences,
    oldLogProbs: logProbs.map((each, i) => each + Math.sin(i) / 3),
    referenceLogProbs: logProbs.map((each, i) => each + Math.cos(2 * i) / 2),
    oldValues: values,
    advantages: logProbs.map((_, i) => Math.cos(5 * i)),
    returns: values.map((each, i) => each + Math.sin(7 * i)),
  }
}

/** A policy, and value models of their own trunk and of the policy's, with heads that are not zero. */
function models() {
  const policy = tinyPolicy(3)
  const head: Parameters = new Map()
  addHead(head, 'value', policy.config.width, 1)
  const drawn = tf.tensor(normals(1, 'initialisation', 9, 16, 0.3), [1, 16])
  head.get('classifier.weight')!.assign(drawn)
  drawn.dispose()
  const { config, tokenizer } = policy
  const shared = makeModel('value', config, new Map([...policy.parameters, ...head]), tokenizer)
  const dispose = () => tf.dispose([...shared.parameters.values()])
  return { policy, shared, dispose }
}

const coefficients = { kl: 0.3, penalty: 0.7 }

test('micro-batches of 1, 3 and 64 sequences of unequal lengths give the same gradients', () => {
  const { policy, shared, dispose } = models()
  const minibatch = minibatchOf(policy)
  const losses = {
    clip: (size: number) =>
      [
        policy.parameters,
        policyLosses(
          { ...usual, microBatchSize: size },
          { policy, value: shared },
          minibatch,
          coefficients,
          emptySums(),
        ),
      ] as const,
    'penalty, KL, entropy and a shared trunk': (size: number) =>
      [
        shared.parameters,
        policyLosses(
          {
            ...{ ...usual, microBatchSize: size, loss: 'penalty', klPlacement: 'loss' },
            ...{ entropyCoefficient: 0.1, valueModel: 'shared' },
          },
          { policy, value: shared },
          minibatch,
          coefficients,
          emptySums(),
        ),
      ] as const,
    value: (size: number) =>
      [
        shared.parameters,
        valueLosses({ ...usual, microBatchSize: size }, shared, minibatch, emptySums()),
      ] as const,
    'pretraining mix': (size: number) =>
      [
        policy.parameters,
        ptxLosses({ ...usual, microBatchSize: size, ptxCoefficient: 1 }, policy, sequences, emptySums()),
      ] as const,
  }
  for (const [name, of] of Object.entries(losses)) {
    const [one, three, all] = [1, 3, 64].map((size) => differentiate(...of(size)))
    let largest = 0
    for (const part of [one!, three!]) {
      expect(part.loss, name).toBeCloseTo(all!.loss, 5)
      for (const [parameter, gradient] of all!.gradients) {
        const whole = gradient.dataSync()
        const other = part.gradients.get(parameter)!.dataSync()
        largest = Math.max(largest, ...whole.map(Math.abs))
        const apart = Math.max(...whole.map((value, i) => Math.abs(value - other[i]!)))
        expect(apart, `${name}: ${parameter}`).toBeLessThan(1e-6)
      }
    }
    expect(largest, name).toBeGreaterThan(1e-2)
    for (const part of [one!, three!, all!]) disposeGradients(part.gradients)
  }
  dispose()
})

test('the entropy bonus has the gradient of the mean entropy', () => {
  const { policy, shared, dispose } = models()
  const minibatch = minibatchOf(policy)
  const gradientOf = (entropyCoefficient: number) =>
    differentiate(
      policy.parameters,
      policyLosses(
        { ...usual, entropyCoefficient },
        { policy, value: shared },
        minibatch,
        coefficients,
        emptySums(),
      ),
    ).gradients
  const [without, with_] = [gradientOf(0), gradientOf(0.5)]
  const direct = withoutFused(() =>
    gradients(() => {
      const { hidden } = responseStates(policy, sequences, {})
      const logits = tf.div(tokenLogits(policy.config, policy.parameters, hidden), usual.temperature)
      const logs = tf.logSoftmax(logits)
      return { loss: tf.mean(tf.sum(tf.mul(tf.exp(logs), logs), 1)) as tf.Scalar } // −H
    }, policy.parameters),
  ).gradients
  for (const [name, gradient] of direct) {
    const [before, after] = [without.get(name)!.dataSync(), with_.get(name)!.dataSync()]
    gradient.dataSync().forEach((value, i) => {
      expect(after[i]! - before[i]!, name).toBeCloseTo(0.5 * value, 5)
    })
  }
  for (const each of [without, with_, direct]) disposeGradients(each)
  dispose()
})

test('on a shared trunk one pass has the gradients of both losses added up', () => {
  const { policy, shared, dispose } = models()
  const minibatch = minibatchOf(policy)
  const learners = { policy, value: shared }
  const sums = emptySums()
  const joint = differentiate(
    shared.parameters,
    policyLosses({ ...usual, valueModel: 'shared' }, learners, minibatch, coefficients, sums),
  )
  const alone = differentiate(
    shared.parameters,
    policyLosses(usual, learners, minibatch, coefficients, emptySums()),
  )
  const value = differentiate(shared.parameters, valueLosses(usual, shared, minibatch, emptySums()))
  expect(joint.loss).toBeCloseTo(alone.loss + value.loss, 5)
  expect(sums.valueLoss * usual.valueCoefficient).toBeCloseTo(value.loss, 6)
  for (const [name, gradient] of joint.gradients) {
    const parts = [alone, value].map((part) => part.gradients.get(name)?.dataSync())
    gradient.dataSync().forEach((each, i) => {
      expect(each, name).toBeCloseTo((parts[0]?.[i] ?? 0) + (parts[1]?.[i] ?? 0), 5)
    })
  }
  for (const part of [joint, alone, value]) disposeGradients(part.gradients)
  dispose()
})

test('a pass leaves no tensor behind', () => {
  const before = tf.memory().numTensors
  const { policy, shared, dispose } = models()
  const made = differentiate(
    policy.parameters,
    policyLosses(usual, { policy, value: shared }, minibatchOf(policy), coefficients, emptySums()),
  )
  disposeGradients(made.gradients)
  dispose()
  expect(tf.memory().numTensors).toBe(before)
})
