import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { installTensorflow } from './install.ts'
import { bindingPath, tensorflowPackage } from './package.ts'

const given = process.env.WHETSTONE_LIBTENSORFLOW
afterEach(() => {
  if (given === undefined) delete process.env.WHETSTONE_LIBTENSORFLOW
  else process.env.WHETSTONE_LIBTENSORFLOW = given
})

it.skipIf(!tensorflowPackage())(
  'refuses a folder without libtensorflow, naming it and what belongs there',
  async () => {
    const empty = mkdtempSync(join(tmpdir(), 'whetstone-'))
    process.env.WHETSTONE_LIBTENSORFLOW = empty
    await expect(installTensorflow()).rejects.toThrow(
      expect.objectContaining({ code: 'LIBTENSORFLOW_MISSING', message: expect.stringContaining(empty) }),
    )
    rmSync(empty, { recursive: true })
  },
)

it('expects the binding where the package loads it from', () => {
  expect(bindingPath('/p')).toBe('/p/lib/napi-v8/tfjs_binding.node')
})
