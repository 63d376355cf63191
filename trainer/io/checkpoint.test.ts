import { spawnSync } from 'node:child_process'
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { writeFolder } from './atomic.ts'
import { explainFullDisk, latestCheckpoint, saveCheckpoint } from './checkpoint.ts'

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'checkpoint-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

const save = (folder: string, step: number, bytes = 100) =>
  saveCheckpoint(folder, {
    step,
    write: async (temporary) => writeFileSync(join(temporary, 'weights'), 'w'.repeat(bytes)),
  })

test('the newest checkpoint is found and only the last two are kept', async () => {
  const folder = temporaryFolder()
  for (const step of [10, 20, 30]) await save(folder, step)
  expect(readdirSync(folder).sort()).toEqual(['step-00000020', 'step-00000030'])
  const { checkpoint, refused } = latestCheckpoint(folder)
  expect(checkpoint).toMatchObject({ step: 30, path: join(folder, 'step-00000030') })
  expect(refused).toEqual([])
})

test('a checkpoint written below damaged ones stays, and they go', async () => {
  const folder = temporaryFolder()
  for (const step of [10, 20]) truncateSync(join((await save(folder, step)).path, 'weights'), 1)
  const { path } = await save(folder, 5)
  expect(existsSync(path)).toBe(true)
  expect(readdirSync(folder)).toEqual(['step-00000005'])
  expect(latestCheckpoint(folder)).toMatchObject({ checkpoint: { step: 5 }, refused: [] })
})

test('a folder without checkpoints has none', () => {
  expect(latestCheckpoint(join(temporaryFolder(), 'nothing')).checkpoint).toBeNull()
})

test('a truncated, altered or incomplete checkpoint is never chosen', async () => {
  const damages: [string, (path: string) => void][] = [
    ['has 50 bytes, expected 100', (path) => truncateSync(join(path, 'weights'), 50)],
    ['another sha256', (path) => writeFileSync(join(path, 'weights'), 'x'.repeat(100))],
    ['weights is missing', (path) => rmSync(join(path, 'weights'))],
    ['no manifest.json', (path) => rmSync(join(path, 'manifest.json'))],
    ['cannot be read', (path) => appendFileSync(join(path, 'manifest.json'), '{')],
  ]
  for (const [reason, damage] of damages) {
    const folder = temporaryFolder()
    await save(folder, 1)
    damage((await save(folder, 2)).path)
    const { checkpoint, refused } = latestCheckpoint(folder)
    expect(checkpoint?.step).toBe(1)
    expect(refused).toEqual([expect.stringContaining(reason)])
  }
})

test('a write that fails leaves nothing behind and the earlier checkpoint as it was', async () => {
  const folder = temporaryFolder()
  await save(folder, 1)
  const failing = saveCheckpoint(folder, {
    step: 2,
    write: async (temporary) => {
      writeFileSync(join(temporary, 'weights'), 'half')
      throw new Error('the engine is gone')
    },
  })
  await expect(failing).rejects.toThrow('the engine is gone')
  expect(readdirSync(folder)).toEqual(['step-00000001'])
})

test('a full disk is told with the bytes that are free and needed', async () => {
  const folder = temporaryFolder()
  const writing = explainFullDisk('the model', () =>
    // What the system answers on a full device.
    writeFolder(join(folder, 'model'), () => writeFileSync('/dev/full', 'x'), { neededBytes: 77 }),
  )
  await expect(writing).rejects.toMatchObject({
    code: 'DISK_FULL',
    message: expect.stringMatching(/write the model.*\d+ bytes are free, 77 bytes are needed/),
  })
})

test('a full disk is an error that names the checkpoint, and the earlier one stays whole', async () => {
  const folder = temporaryFolder()
  await save(folder, 1)
  // A limit of 8 blocks on the size of files: writing 100 kB fails in the kernel as it does on a full disk or quota.
  const script = `
    import { writeFileSync } from 'node:fs'
    import { join } from 'node:path'
    import { saveCheckpoint } from ${JSON.stringify(new URL('./checkpoint.ts', import.meta.url).href)}
    const write = async (temporary) => writeFileSync(join(temporary, 'weights'), 'w'.repeat(100_000))
    await saveCheckpoint(${JSON.stringify(folder)}, { step: 2, write }).catch((error) => console.log(JSON.stringify({ ...error, message: error.message })))
  `
  const child = spawnSync(
    'sh',
    ['-c', 'ulimit -f 8; exec "$0" --input-type=module -e "$1"', process.execPath, script],
    {
      encoding: 'utf8',
    },
  )
  expect(JSON.parse(child.stdout)).toMatchObject({
    code: 'DISK_FULL',
    message: expect.stringContaining(join(folder, 'step-00000002')),
  })
  expect(readdirSync(folder)).toEqual(['step-00000001'])
  expect(latestCheckpoint(folder).checkpoint?.step).toBe(1)
  expect(existsSync(join(folder, 'step-00000001', 'weights'))).toBe(true)
  expect(readFileSync(join(folder, 'step-00000001', 'weights'), 'utf8')).toHaveLength(100)
})
