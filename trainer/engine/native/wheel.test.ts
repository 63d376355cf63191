import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { replaceFolder, unpackWheel, wheelHolds } from './wheel.ts'

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'whetstone-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return folder
}

it('replaces a folder, and removes what a process that was killed left beside it, but no living one’s', async () => {
  const parent = temporaryFolder()
  const dead = spawnSync('true').pid
  for (const name of ['lib', `lib.${dead}`, `lib.${process.ppid}`, 'lib.lock', `other.${dead}`])
    mkdirSync(join(parent, name))
  await replaceFolder(join(parent, 'lib'), async (temporary) => writeFileSync(join(temporary, 'new'), ''))
  expect(readdirSync(parent).sort()).toEqual(
    ['lib', `lib.${process.ppid}`, 'lib.lock', `other.${dead}`].sort(),
  )
  expect(existsSync(join(parent, 'lib/new'))).toBe(true)
})

it.skipIf(spawnSync('python3', ['--version']).status !== 0)(
  'unpacks what is wanted of a wheel, and says why it cannot',
  async () => {
    const folder = temporaryFolder()
    const wheel = join(folder, 'a.whl')
    const make = `import sys, zipfile
with zipfile.ZipFile(sys.argv[1], "w") as wheel:
    for name in ["torch/lib/a.so", "torch/lib/b.so", "torch/c.py"]: wheel.writestr(name, name)`
    spawnSync('python3', ['-c', make, wheel])
    expect(await wheelHolds(wheel, 'torch/lib/a.so')).toBe(true)
    expect(await wheelHolds(wheel, 'torch/lib')).toBe(false)
    await unpackWheel(wheel, join(folder, 'out'), ['torch/lib/'], ['torch/lib/b'])
    expect(readdirSync(join(folder, 'out/torch'), { recursive: true })).toEqual(['lib', 'lib/a.so'])
    writeFileSync(join(folder, 'file'), '')
    await expect(unpackWheel(wheel, join(folder, 'file'), ['torch/'])).rejects.toThrow(
      expect.objectContaining({
        code: 'UNPACKING_FAILED',
        message: expect.stringMatching(/a\.whl cannot be unpacked: .*(exists|directory)/),
      }),
    )
  },
)
