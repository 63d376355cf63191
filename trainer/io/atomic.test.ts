import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { diskFull, sameContent, writeFolder } from './atomic.ts'

const folder = mkdtempSync(join(tmpdir(), 'whetstone-'))
afterAll(() => rmSync(folder, { recursive: true }))
const write = (content: string) => (temporary: string) => {
  mkdirSync(join(temporary, 'inner'))
  writeFileSync(join(temporary, 'inner/file'), content)
}

it('shows the folder only when it is whole, and replaces an older one', async () => {
  const target = join(folder, 'new/model')
  await writeFolder(target, (temporary) => {
    write('one')(temporary)
    expect(existsSync(target)).toBe(false)
  })
  await writeFolder(target, write('two'))
  expect(readFileSync(join(target, 'inner/file'), 'utf8')).toBe('two')
  expect(readdirSync(join(folder, 'new'))).toEqual(['model'])
})

it('keeps the older folder and leaves nothing behind when writing fails', async () => {
  const target = join(folder, 'kept')
  await writeFolder(target, write('old'))
  const failing = writeFolder(target, (temporary) => {
    write('half')(temporary)
    throw new Error('interrupted')
  })
  await expect(failing).rejects.toThrow('interrupted')
  expect(readFileSync(join(target, 'inner/file'), 'utf8')).toBe('old')
  expect(readdirSync(folder).filter((name) => name.includes('kept'))).toEqual(['kept'])
})

it('tells folders of the same names and bytes from others', async () => {
  const at = (name: string) => join(folder, 'same', name)
  for (const [name, content] of [
    ['a', 'text'],
    ['b', 'text'],
    ['c', 'test'],
    ['d', 'texts'],
  ] as const)
    await writeFolder(at(name), write(content))
  expect(['b', 'c', 'd'].map((name) => sameContent(at('a'), at(name)))).toEqual([true, false, false])
  writeFileSync(at('b/more'), '')
  expect(sameContent(at('a'), at('b'))).toBe(false)
})

it('removes what a killed process left of the same name, and nothing of a living one or of another name', async () => {
  const target = join(folder, 'swept/model')
  const { pid: dead } = spawnSync('true')
  const left = (name: string, pid: number, state: string) => {
    const path = join(folder, `swept/.${name}.${pid}.${state}`)
    mkdirSync(path, { recursive: true })
    return path
  }
  const others = [left('model', process.ppid, 'writing'), left('value', dead, 'writing')]
  const gone = [left('model', dead, 'writing'), left('model', dead, 'replaced')]
  await writeFolder(target, write('new'))
  expect(others.every(existsSync)).toBe(true)
  expect(gone.some(existsSync)).toBe(false)
})

it('brings back the older folder that a killed process had set aside', async () => {
  const target = join(folder, 'aside/model')
  const aside = join(folder, `aside/.model.${spawnSync('true').pid}.replaced`)
  mkdirSync(aside, { recursive: true })
  write('old')(aside)
  const failing = writeFolder(target, () => {
    throw new Error('interrupted')
  })
  await expect(failing).rejects.toThrow('interrupted')
  expect(readFileSync(join(target, 'inner/file'), 'utf8')).toBe('old')
})

it('says that the disk is full even where the folder is gone', () => {
  const error = Object.assign(new Error('no space'), { code: 'ENOSPC' })
  expect(diskFull(error, join(folder, 'gone/model'), 5)).toMatchObject({
    code: 'DISK_FULL',
    message: expect.stringMatching(/\d+ bytes are free, 5 bytes are needed/),
    cause: error,
  })
})

it('says that the disk is full, naming the path, the free and the needed bytes', async () => {
  const target = join(folder, 'full')
  const full = writeFolder(
    target,
    () => {
      // What the system answers on a full device.
      writeFileSync('/dev/full', 'x')
    },
    { neededBytes: 123 },
  )
  await expect(full).rejects.toThrow(
    expect.objectContaining({
      code: 'DISK_FULL',
      message: expect.stringMatching(/full: \d+ bytes are free, 123 bytes/),
    }),
  )
  expect(existsSync(target)).toBe(false)
  expect(diskFull(new Error('other'), target)).toBeUndefined()
})
