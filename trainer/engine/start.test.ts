import { spawnSync } from 'node:child_process'
import * as tf from '@tensorflow/tfjs-core'
import { expect, it } from 'vitest'
import { listEngines, startEngine } from './start.ts'

it('prints nothing to stdout, which carries the protocol', () => {
  const code = `
    import * as tf from '@tensorflow/tfjs-core'
    import { startEngine } from '#trainer/engine/start.ts'
    for (const choice of ['cpu', 'auto']) {
      await startEngine(choice)
      tf.matMul(tf.ones([2, 2]), tf.ones([2, 2])).dataSync()
    }`
  const child = spawnSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8' })
  expect(child.status).toBe(0)
  expect(child.stdout).toBe('')
})

it('computes on the engine it names, and the engines share one tfjs-core', async () => {
  for (const { name, available } of await listEngines()) {
    if (!available) continue
    expect((await startEngine(name)).name).toBe(name)
    expect(tf.getBackend()).toBe(name)
    expect(tf.matMul(tf.tensor2d([[1, 2]]), tf.tensor2d([[3], [4]])).dataSync()[0]).toBe(11)
  }
})

it('asks TensorFlow for deterministic operations, unless told otherwise', async () => {
  const code = `
    import { startEngine } from '#trainer/engine/start.ts'
    const { name } = await startEngine('auto')
    console.log(name, process.env.TF_DETERMINISTIC_OPS)`
  const settingIn = (env: Record<string, string>) =>
    spawnSync(process.execPath, ['--input-type=module', '-e', code], {
      encoding: 'utf8',
      env: { PATH: process.env.PATH, NODE_ENV: 'test', ...env },
    }).stdout.trim()
  const { available } = (await listEngines()).find(({ name }) => name === 'tensorflow')!
  expect(settingIn({})).toBe(available ? 'tensorflow 1' : 'cpu undefined')
  expect(settingIn({ TF_DETERMINISTIC_OPS: '0' })).toBe(available ? 'tensorflow 0' : 'cpu 0')
})

it('always has the engine "cpu", and falls back to it only with a warning', async () => {
  const { name, warning } = await startEngine('auto')
  expect(name === 'cpu').toBe(warning !== undefined)
  const listing = await listEngines()
  expect(listing.find((engine) => engine.name === 'cpu')?.available).toBe(true)
  expect(listing.every((engine) => engine.available || engine.reason)).toBe(true)
})

it('trains a whole transformer on the engine "cpu" alone', () => {
  const code = `
    import * as tf from '@tensorflow/tfjs-core'
    import { startEngine } from '#trainer/engine/start.ts'
    import { gradients } from '#trainer/nn/gradients.ts'
    import { hiddenStates, initialiseTransformer, tokenLogits } from '#trainer/nn/transformer.ts'
    await startEngine('cpu')
    const config = { architecture: 'gpt2', vocabSize: 7, maxPositions: 4, width: 8, layers: 1, heads: 2, mlpWidth: 16,
      layerNormEpsilon: 1e-5, eosTokenId: 1, padTokenId: 0, bosTokenId: null }
    const parameters = initialiseTransformer(config, 1)
    const batch = { tokens: tf.tensor2d([[2, 3, 4]], undefined, 'int32'), mask: tf.ones([1, 3]) }
    const loss = () => ({ loss: tf.mean(tf.square(tokenLogits(config, parameters, hiddenStates(config, parameters, batch)))) })
    const result = gradients(loss, parameters)
    if (result.gradients.size !== parameters.size) throw new Error('a parameter has no gradient')
    for (const [name, gradient] of result.gradients)
      if (!gradient.dataSync().every(Number.isFinite)) throw new Error(name)`
  const child = spawnSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8' })
  expect(child.stderr).not.toContain('Error')
  expect(child.status).toBe(0)
})
