import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import { startEngine } from '#trainer/engine/start.ts'
import { specOf, startUpdates, writeModels } from './ppo-work.ts'
import { type Shape, shapes } from './shapes.ts'

beforeAll(async () => {
  await startEngine('auto')
})

const small = { vocabSize: 300, maxPositions: 32, width: 32, layers: 2, heads: 4, mlpWidth: 64 }
const llama = shapes.smol.model as Extract<Shape['model'], { architecture: 'llama' }>
const work = { rows: 8, rolloutRows: [8], promptLength: 8, responseLength: 12, precisions: ['fp32' as const] }

test.each<[string, Shape]>([
  ['tiny', { ...work, model: { ...shapes.tiny.model, ...small } }],
  ['smol', { ...work, model: { ...llama, ...small, keyValueHeads: 2, headDim: 8 } }],
])('no response of a model such as %s ends, so that all updates are the same work', async (_, shape) => {
  const folder = mkdtempSync(join(tmpdir(), 'ppo-work-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  await writeModels(folder, shape)
  const updates = startUpdates(specOf(shape, folder, 'defaults'), folder)
  // An update that is not whole is refused.
  for (let i = 0; i < 3; i++) {
    const { rollout, score, train } = await updates.update()
    expect(Math.min(rollout, score, train)).toBeGreaterThan(0)
  }
  await updates.end()
})
