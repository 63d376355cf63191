import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Disk } from 'flydrive'
import { FSDriver } from 'flydrive/drivers/fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { artifactsOn, openArtifacts } from './artifacts.ts'
import { hashFiles, listFolder } from './folder-hash.ts'
import { readStorageSettings } from './settings.ts'

let scratch: string
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'artifacts-'))
})
afterAll(() => rm(scratch, { recursive: true }))

async function folder(name: string, files: Record<string, string>): Promise<string> {
  const path = join(scratch, name)
  await mkdir(join(path, 'deep'), { recursive: true })
  for (const [file, text] of Object.entries(files)) await writeFile(join(path, file), text)
  return path
}

test('the hash depends on names and bytes, not on the order of writing', async () => {
  const a = await folder('a', { 'x.txt': 'one', 'deep/y.txt': 'two' })
  const b = await folder('b', { 'deep/y.txt': 'two', 'x.txt': 'one' })
  const c = await folder('c', { 'x.txt': 'two', 'deep/y.txt': 'one' })
  const hash = async (path: string) => hashFiles(await listFolder(path))
  // printf '%s  %s\n' "$(printf two | sha256sum | cut -c-64)" deep/y.txt "$(printf one | sha256sum | cut -c-64)" x.txt | sha256sum
  expect(await hash(a)).toBe('37deac27bb43330404ae0ae2100806fc09a98766f87fe03347736c717f2322bc')
  expect(await hash(b)).toBe(await hash(a))
  expect(await hash(c)).not.toBe(await hash(a))
})

test('a stored folder is read back, never replaced, and hidden until it is whole', async () => {
  const store = await openArtifacts(readStorageSettings({}), join(scratch, 'home'))
  const source = await folder('source', { 'x.txt': 'one', 'deep/y.txt': 'two' })
  const { sha256, bytes } = await store.putFolder('models/m1', source)
  expect(bytes).toBe(6)
  expect(await store.sha256('models/m1')).toBe(sha256)
  const local = await store.localPath('models/m1')
  expect(await readFile(join(local, 'deep/y.txt'), 'utf8')).toBe('two')
  expect((await store.putFolder('models/m1', source)).sha256).toBe(sha256)

  const other = await folder('other', { 'x.txt': 'changed' })
  await expect(store.putFolder('models/m1', other)).rejects.toMatchObject({ code: 'CONFLICT' })
  // A copy cut short leaves files without a manifest.
  await mkdir(join(scratch, 'home/artifacts/models/m2'), { recursive: true })
  await writeFile(join(scratch, 'home/artifacts/models/m2/stray.txt'), 'half')
  await expect(store.localPath('models/m2')).rejects.toMatchObject({ code: 'NOT_FOUND' })
  await store.putFolder('models/m2', other)
  expect(await readdir(await store.localPath('models/m2'))).toEqual(['x.txt'])
  await expect(store.localPath('../secret')).rejects.toMatchObject({ code: 'INVALID_INPUT' })
})

test('an artifact of a remote disk is fetched once and checked', async () => {
  const remote = join(scratch, 'remote')
  const disk = new Disk(new FSDriver({ location: remote, visibility: 'private' }))
  const store = artifactsOn(disk, { cache: join(scratch, 'cache') })
  await store.putFolder('models/m', await folder('d', { 'x.txt': 'one', 'deep/y.txt': 'two' }))
  const [first, second] = await Promise.all([store.localPath('models/m'), store.localPath('models/m')])
  expect(first).toBe(second)
  expect(await readFile(join(first, 'deep/y.txt'), 'utf8')).toBe('two')

  await store.putFolder('models/n', await folder('e', { 'x.txt': 'one' }))
  await writeFile(join(remote, 'models/n/x.txt'), 'ONE')
  await expect(store.localPath('models/n')).rejects.toThrow('arrived damaged')
})

test('S3 settings that are missing are named', () => {
  expect(() => readStorageSettings({ STORAGE_DRIVER: 's3', S3_BUCKET: 'b', S3_REGION: 'r' })).toThrow(
    /S3_ACCESS_KEY_ID.*S3_SECRET_ACCESS_KEY/,
  )
})
