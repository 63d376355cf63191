import * as tf from '@tensorflow/tfjs-core'
import { afterAll, describe, expect, it } from 'vitest'
import { startEngine } from '#trainer/engine/start.ts'
import { expectationOf } from './exclusions.ts'
import { defineJasmine } from './jasmine.ts'
import { ledgerOf } from './ledger.ts'
import { defineModules, loadModule, testFiles } from './upstream.ts'

// TensorFlow.js' own tests, run against the engine that $WHETSTONE_ENGINE names, or the best there is.

const engine = await startEngine()
const { atLeast, exclusions } = expectationOf(engine.name)
defineModules()
const upstream = loadModule('index.js')
const kernels = new Set(Object.values(loadModule('kernel_names.js')) as string[])
const ledger = ledgerOf(engine.name, kernels, exclusions)
defineJasmine(ledger)
loadModule('public/chained_ops/register_all_chained_ops.js')
loadModule('register_all_gradients.js')
const { setTestEnvs } = loadModule('jasmine_util.js') as { setTestEnvs(environments: object[]): void }
setTestEnvs([{ name: engine.name, backendName: engine.name, flags: {}, isDataSync: true }])

describe(`TensorFlow.js' own tests on ${engine.name} ${engine.version}`, () => {
  for (const file of testFiles()) loadModule(file)
})

it('runs no fewer of them than it should, in the engine that is in use', () => {
  expect((upstream.engine as typeof tf.engine)()).toBe(tf.engine())
  expect(ledger.ran).toBeGreaterThanOrEqual(atLeast)
  expect([...ledger.gone], 'excluded tests that do not exist').toEqual([])
})

afterAll(() => {
  const missing = [...ledger.missing].map(([kernel, tests]) => `  ${kernel}: ${tests}`)
  const excluded = [...ledger.excluded].map(([{ reason }, tests]) => `  ${reason}: ${tests}`)
  console.log(
    [
      `${engine.name} ${engine.version}: ${ledger.ran} tests of TensorFlow.js ran`,
      `left out for kernels it does not register, tests by kernel:`,
      ...missing.sort(),
      `left out by name, tests by reason:`,
      ...excluded,
    ].join('\n'),
  )
})
