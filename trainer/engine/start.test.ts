import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { describe, expect, it } from 'vitest'
import { listEngines, startEngine } from './start.ts'
import { processor } from './torch/stamp.ts'

const listing = await listEngines()
const available = (name: string) => listing.some((engine) => engine.name === name && engine.available)

/** Runs a script in a process of its own, whose environment has none of our settings but these. */
function run(code: string, settings: Record<string, string> = {}) {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(WHETSTONE_(ENGINE|DEVICE|THREADS)|TF_DETERMINISTIC_OPS)$/.test(name),
  )
  return spawnSync(process.execPath, ['--input-type=module', '-e', code], {
    encoding: 'utf8',
    env: { ...Object.fromEntries(kept), ...settings } as NodeJS.ProcessEnv,
  })
}

const report = `
  import { startEngine } from '#trainer/engine/start.ts'
  try {
    const { name, warning } = await startEngine('auto', JSON.parse(process.env.OPTIONS ?? '{}'))
    console.log(JSON.stringify({ name, warning }))
  } catch ({ code, message, hint }) {
    console.log(JSON.stringify({ code, message, hint }))
  }`
const startIn = (settings: Record<string, string>) => JSON.parse(run(report, settings).stdout)

it('prints nothing to stdout, which carries the protocol', () => {
  const code = `
    import * as tf from '@tensorflow/tfjs-core'
    import { startEngine } from '#trainer/engine/start.ts'
    for (const choice of ${JSON.stringify(listing.filter((each) => each.available).map(({ name }) => name))}) {
      await startEngine(choice)
      tf.matMul(tf.ones([2, 2]), tf.ones([2, 2])).dataSync()
    }`
  const child = run(code)
  expect(child.status).toBe(0)
  expect(child.stdout).toBe('')
})

it('computes on the engine it names, and the engines share one tfjs-core and one process', async () => {
  for (const engine of listing) {
    if (!engine.available) continue
    expect((await startEngine(engine.name)).name).toBe(engine.name)
    expect(tf.getBackend()).toBe(engine.name)
    expect(tf.matMul(tf.tensor2d([[1, 2]]), tf.tensor2d([[3], [4]])).dataSync()[0]).toBe(11)
  }
})

it('lists all three engines, says why one is not available, and always has "cpu"', () => {
  expect(listing.map(({ name }) => name)).toEqual(['torch', 'tensorflow', 'cpu'])
  expect(listing.every((engine) => (engine.available ? engine.version : engine.reason))).toBe(true)
  expect(available('cpu')).toBe(true)
})

describe('"auto"', () => {
  it('takes the first engine that starts, and warns when that is not torch', () => {
    const first = listing.find((engine) => engine.available)!.name
    const { name, warning } = startIn({})
    expect(name).toBe(first)
    expect(warning === undefined).toBe(name === 'torch')
  })

  it('passes over a torch addon that is not built, no library or not of this checkout and machine, in one line', () => {
    const folder = mkdtempSync(join(tmpdir(), 'whetstone-'))
    const next = available('tensorflow') ? 'tensorflow' : 'cpu'
    const unbuilt = startIn({ WHETSTONE_TORCH_BUILD: folder })
    expect(unbuilt.name).toBe(next)
    expect(unbuilt.warning).toContain(`${folder}/whetstone.node is not built`)
    writeFileSync(join(folder, 'whetstone.node'), 'not a library')
    const broken = startIn({ WHETSTONE_TORCH_BUILD: folder })
    expect(broken.name).toBe(next)
    expect(broken.warning).toMatch(
      /^computing on the .*engine "torch" does not load: .*(invalid ELF header|file too short).*$/,
    )
    const stampOf = (differs: object) =>
      writeFileSync(
        join(folder, 'whetstone.node.built-from.json'),
        JSON.stringify({ processor: processor(), ...differs }),
      )
    stampOf({ processor: 'x64 of old' })
    expect(startIn({ WHETSTONE_TORCH_BUILD: folder }).warning).toContain('is built for another processor')
    stampOf({ sources: 'others' })
    expect(startIn({ WHETSTONE_TORCH_BUILD: folder }).warning).toMatch(
      /is built from other sources; run `node trainer\/engine\/torch\/build.ts`/,
    )
    rmSync(folder, { recursive: true })
  })

  it('is what WHETSTONE_ENGINE says, and refuses what that names wrongly or cannot start', () => {
    expect(startIn({ WHETSTONE_ENGINE: 'cpu' })).toEqual({ name: 'cpu' })
    expect(startIn({ WHETSTONE_ENGINE: 'pytorch' })).toEqual({
      code: 'INVALID_ENGINE_OPTION',
      message: 'WHETSTONE_ENGINE is "pytorch"',
      hint: 'Set it to one of auto, torch, tensorflow, cpu, or unset it.',
    })
    const missing = startIn({ WHETSTONE_ENGINE: 'torch', WHETSTONE_TORCH_BUILD: '/nowhere' })
    expect(missing.code).toBe('ENGINE_UNAVAILABLE')
    expect(missing.message).toContain('/nowhere/whetstone.node')
    expect(missing.hint).toContain('trainer/engine/torch/build.ts')
  })
})

describe('an option', () => {
  it('precision "bf16" is refused by the engines that have fp32 only', () => {
    for (const name of ['tensorflow', 'cpu']) {
      expect(startIn({ WHETSTONE_ENGINE: name, OPTIONS: '{"precision":"bf16"}' })).toEqual({
        code: 'PRECISION_UNSUPPORTED',
        message: `precision "bf16": the engine "${name}" computes in fp32 only`,
        hint: expect.stringContaining('"fp32"'),
      })
    }
  })

  it.skipIf(!available('torch'))('precision is reported as it is set', async () => {
    expect((await startEngine('torch', { precision: 'bf16' })).precision).toBe('bf16')
    expect((await startEngine('torch')).precision).toBe('fp32')
  })

  it('device "cuda" is refused where there is none, never replaced by the CPU', () => {
    const settings = { OPTIONS: '{"device":"cuda"}', CUDA_VISIBLE_DEVICES: '-1' }
    for (const name of ['auto', ...listing.filter((each) => each.available).map((each) => each.name)]) {
      const refusal = startIn({ ...settings, WHETSTONE_ENGINE: name })
      expect(refusal.code, name).toBe('DEVICE_UNAVAILABLE')
      expect(refusal.message, name).toContain('device "cuda"')
    }
    expect(startIn({ WHETSTONE_ENGINE: 'cpu', WHETSTONE_DEVICE: 'cuda' }).code).toBe('DEVICE_UNAVAILABLE')
  })

  it('of the environment without a meaning is refused by its name and value', () => {
    expect(startIn({ WHETSTONE_DEVICE: 'gpu' }).message).toBe('WHETSTONE_DEVICE is "gpu"')
    expect(startIn({ WHETSTONE_THREADS: 'two' }).message).toBe('WHETSTONE_THREADS is "two"')
  })

  it.skipIf(!available('torch'))('threads is what the engine computes with', () => {
    const code = `
      import { startEngine } from '#trainer/engine/start.ts'
      console.log((await startEngine('torch')).threads)`
    expect(run(code, { WHETSTONE_THREADS: '1' }).stdout.trim()).toBe('1')
  })
})

it.skipIf(!available('tensorflow'))(
  'asks TensorFlow for deterministic operations, unless told otherwise',
  () => {
    const code = `
    import { startEngine } from '#trainer/engine/start.ts'
    await startEngine('tensorflow')
    console.log(process.env.TF_DETERMINISTIC_OPS)`
    expect(run(code).stdout.trim()).toBe('1')
    expect(run(code, { TF_DETERMINISTIC_OPS: '0' }).stdout.trim()).toBe('0')
  },
)

it('trains a whole transformer on the engine "cpu" alone', () => {
  const code = `
    import * as tf from '@tensorflow/tfjs-core'
    import { startEngine } from '#trainer/engine/start.ts'
    import { gradients } from '#trainer/nn/gradients.ts'
    import { hiddenStates } from '#trainer/nn/hidden-states.ts'
    import { initialiseTransformer, tokenLogits } from '#trainer/nn/transformer.ts'
    await startEngine('cpu')
    const config = { architecture: 'gpt2', vocabSize: 7, maxPositions: 4, width: 8, layers: 1, heads: 2, mlpWidth: 16,
      normEpsilon: 1e-5, eosTokenId: 1, padTokenId: 0, bosTokenId: null }
    const parameters = initialiseTransformer(config, 1)
    const batch = { tokens: tf.tensor2d([[2, 3, 4]], undefined, 'int32'), mask: tf.ones([1, 3]) }
    const loss = () => ({ loss: tf.mean(tf.square(tokenLogits(config, parameters, hiddenStates(config, parameters, batch)))) })
    const result = gradients(loss, parameters)
    if (result.gradients.size !== parameters.size) throw new Error('a parameter has no gradient')
    for (const [name, gradient] of result.gradients)
      if (!gradient.dataSync().every(Number.isFinite)) throw new Error(name)`
  const child = run(code)
  expect(child.stderr).not.toContain('Error')
  expect(child.status).toBe(0)
})
