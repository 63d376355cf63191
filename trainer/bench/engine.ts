import * as tf from '@tensorflow/tfjs-core'
import { listEngines, startEngine } from '#trainer/engine/start.ts'
import { createAdam } from '#trainer/nn/adam.ts'
import { disposeGradients, gradients } from '#trainer/nn/gradients.ts'
import { generate } from '#trainer/nn/rollout.ts'
import {
  hiddenStates,
  initialiseTransformer,
  type TransformerConfig,
  tokenLogits,
} from '#trainer/nn/transformer.ts'

/** The demo's size: 3 layers × 128, vocabulary 768, 64 rows of 48 tokens; for the engine "cpu" 4 rows of 16. */
const config: TransformerConfig = {
  architecture: 'gpt2',
  vocabSize: 768,
  maxPositions: 128,
  width: 128,
  layers: 3,
  heads: 4,
  mlpWidth: 512,
  layerNormEpsilon: 1e-5,
  eosTokenId: 1,
  padTokenId: 0,
  bosTokenId: null,
}

/** The median time of one call in ms, after two calls that are not counted. */
function time(repeats: number, call: () => void): number {
  for (let i = 0; i < 2; i++) call()
  const times = Array.from({ length: repeats }, () => {
    const start = performance.now()
    call()
    return performance.now() - start
  })
  return times.sort((a, b) => a - b)[repeats >> 1]!
}

/** Many calls of one operation, so that the clock resolves them: ms a call. */
function timeOperation(calls: number, call: () => tf.Tensor): number {
  const run = () => {
    for (let i = 0; i < calls; i++) call().dispose()
  }
  return time(5, run) / calls
}

function measure({
  rows,
  length,
  side,
}: {
  rows: number
  length: number
  side: number
}): Record<string, string> {
  const small = tf.ones([64])
  const large = tf.ones([side, side]) as tf.Tensor2D
  const add = timeOperation(1000, () => tf.add(small, small))
  const multiply = time(3, () => {
    const product = tf.matMul(large, large)
    product.dataSync()
    product.dispose()
  })
  const parameters = initialiseTransformer(config, 1)
  const adam = createAdam(parameters)
  const values = Int32Array.from({ length: rows * length }, (_, i) => (i * 7919) % config.vocabSize)
  const tokens = tf.tensor2d(values, [rows, length], 'int32')
  const mask = tf.ones([rows, length]) as tf.Tensor2D
  const step = time(5, () => {
    const result = gradients(() => {
      const hidden = hiddenStates(config, parameters, { tokens, mask })
      const logProbs = tf.logSoftmax(tokenLogits(config, parameters, hidden))
      const targets = tf.oneHot(tokens, config.vocabSize)
      return { loss: tf.neg(tf.mean(tf.sum(tf.mul(logProbs, targets), -1))) as tf.Scalar }
    }, parameters)
    adam.step(result.gradients, 1e-4)
    disposeGradients(result.gradients)
  })
  const responseLength = length >> 1
  const queries = Array.from({ length: rows }, (_, row) =>
    Array.from(values.subarray(row, row + responseLength)),
  )
  const options = { responseLength, temperature: 1, seed: 1, step: 0, stopAtEos: false, batchSize: rows }
  const rollout = time(3, () => generate({ config, parameters }, queries, options))
  return {
    'add of 64, µs': (1000 * add).toFixed(1),
    [`matmul ${side}³, GFLOP/s`]: ((2 * side ** 3) / multiply / 1e6).toFixed(1),
    [`step ${rows}×${length}, ms`]: step.toFixed(0),
    [`decode ${rows} rows, ms a token`]: (rollout / responseLength).toFixed(2),
  }
}

for (const { name, available, version, reason } of await listEngines()) {
  console.log(available ? `\n${name} ${version}` : `\n${name}: ${reason}`)
  if (!available) continue
  await startEngine(name)
  const size = name === 'cpu' ? { rows: 4, length: 16, side: 128 } : { rows: 64, length: 48, side: 1024 }
  for (const [what, result] of Object.entries(measure(size))) {
    console.log(`  ${what.padEnd(28)} ${result.padStart(8)}`)
  }
}
