import { cpSync, mkdirSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Actor } from '../auth/actor.ts'
import { db } from '../db.ts'
import { testInstallation } from '../jobs/testing.ts'
import { artifacts } from '../storage/artifacts.ts'
import { makeMember, makeWorkspace } from '../testing/fixtures.ts'
import { importModel, importModelInput } from './import-model.ts'
import { listModels, listModelsInput } from './list-models.ts'
import { renameModel } from './rename-model.ts'
import { showModel } from './show-model.ts'

let installation: Awaited<ReturnType<typeof testInstallation>>
let actor: Actor
let root: string
beforeAll(async () => {
  installation = await testInstallation()
  actor = await makeMember((await makeWorkspace()).id, 'RESEARCHER')
  root = join(installation.home, 'import')
  mkdirSync(join(root, 'tiny'), { recursive: true })
  writeFileSync(join(root, 'tiny/model.safetensors'), safetensors({ wte: [300, 16], ln: [16] }))
  writeFileSync(join(root, 'tiny/tokenizer.json'), '{}')
  const config = { model_type: 'gpt2', vocab_size: 300, n_layer: 1, n_embd: 16, n_head: 2, n_positions: 64 }
  writeFileSync(
    join(root, 'tiny/config.json'),
    JSON.stringify({ ...config, architectures: ['GPT2LMHeadModel'] }),
  )
})
afterAll(() => installation?.drop())

/** The header of a safetensors file with zeros behind it. */
function safetensors(shapes: Record<string, number[]>): Buffer {
  let end = 0
  const entries = Object.entries(shapes).map(([name, shape]) => {
    const begin = end
    end += 4 * shape.reduce((product, size) => product * size, 1)
    return [name, { dtype: 'F32', shape, data_offsets: [begin, end] }]
  })
  const header = Buffer.from(
    JSON.stringify({ ...Object.fromEntries(entries), __metadata__: { format: 'pt' } }),
  )
  const prefix = Buffer.alloc(8)
  prefix.writeBigUInt64LE(BigInt(header.length))
  return Buffer.concat([prefix, header, Buffer.alloc(end)])
}

const load = (path: string, kind = 'POLICY') =>
  importModel(actor, importModelInput.parse({ name: 'tiny', kind, path }))

test('a Hugging Face folder becomes a version with its card', async () => {
  const version = await load('tiny')
  // 300·16 + 16
  expect(version).toMatchObject({ kind: 'POLICY', version: 1, runId: null, parentId: null })
  expect(version.card).toEqual({
    architecture: 'gpt2',
    className: 'GPT2LMHeadModel',
    parameters: 4816,
    layers: 1,
    width: 16,
    heads: 2,
    vocabulary: 300,
    context: 64,
  })
  const { artifact, sha256 } = await db.modelVersion.findUniqueOrThrow({ where: { id: version.id } })
  expect(await (await artifacts()).sha256(artifact)).toBe(sha256)
  expect((await load(join(root, 'tiny'))).version).toBe(2)
  expect((await renameModel(actor, { id: version.id, name: 'better name' })).name).toBe('better name')
  expect((await showModel(actor, { id: version.id })).lineage).toMatchObject({ base: null, dataset: null })
  expect((await listModels(actor, listModelsInput.parse({ kind: 'POLICY', q: 'BETTER' }))).total).toBe(1)
})

test('a folder of shards becomes a version; one that is missing, a link or elsewhere is refused', async () => {
  const folder = join(root, 'shards')
  mkdirSync(folder)
  const shard = (number: number) => `model-0000${number}-of-00002.safetensors`
  writeFileSync(join(folder, shard(1)), safetensors({ embedding: [300, 16] }))
  writeFileSync(join(folder, 'tokenizer.json'), '{}')
  const sizes = { num_hidden_layers: 2, hidden_size: 16, num_attention_heads: 4 }
  const config = { model_type: 'qwen2', vocab_size: 300, ...sizes, max_position_embeddings: 128 }
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config))
  const index = (second: string) =>
    writeFileSync(
      join(folder, 'model.safetensors.index.json'),
      JSON.stringify({ weight_map: { embedding: shard(1), norm: second } }),
    )
  index('../tiny/model.safetensors')
  await expect(load('shards')).rejects.toThrow('names ../tiny/model.safetensors')
  index(shard(2))
  await expect(load('shards')).rejects.toThrow(`shards has no ${shard(2)}.`)
  symlinkSync(join(root, 'tiny/model.safetensors'), join(folder, shard(2)))
  await expect(load('shards')).rejects.toThrow(`${shard(2)} in shards is a link.`)
  unlinkSync(join(folder, shard(2)))
  writeFileSync(join(folder, shard(2)), safetensors({ norm: [16] }))
  const { card } = await load('shards')
  expect(card).toMatchObject({ architecture: 'qwen2', parameters: 300 * 16 + 16 })
  expect(card).toMatchObject({ layers: 2, width: 16, heads: 4, context: 128 })
})

test('a folder that is not a model says which file is missing or wrong', async () => {
  for (const file of ['config.json', 'model.safetensors', 'tokenizer.json']) {
    const folder = `without-${file}`
    cpSync(join(root, 'tiny'), join(root, folder), {
      recursive: true,
      filter: (path) => !path.endsWith(file),
    })
    await expect(load(folder)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: `${folder} has no ${file}.`,
    })
  }
  cpSync(join(root, 'tiny'), join(root, 'pointer'), { recursive: true })
  writeFileSync(join(root, 'pointer/model.safetensors'), 'version https://git-lfs.github.com/spec/v1')
  await expect(load('pointer')).rejects.toThrow('is not a safetensors file')
  await expect(load('tiny', 'REWARD')).rejects.toThrow('GPT2LMHeadModel, which is no reward model')
})

test('nothing outside the import folder is read, not even through links', async () => {
  await expect(load('/etc')).rejects.toThrow('is not below')
  await expect(load('../artifacts')).rejects.toThrow('is not below')
  symlinkSync('/etc', join(root, 'link'))
  await expect(load('link')).rejects.toThrow('is not below')
  cpSync(join(root, 'tiny'), join(root, 'linked-file'), {
    recursive: true,
    filter: (path) => !path.endsWith('r.json'),
  })
  symlinkSync('/etc/hostname', join(root, 'linked-file/tokenizer.json'))
  await expect(load('linked-file')).rejects.toThrow('tokenizer.json in linked-file is a link')
  await expect(load('nowhere')).rejects.toThrow('There is no folder nowhere')
})
