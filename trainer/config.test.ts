import { expect, test } from 'vitest'
import { z } from 'zod'
import { parseSpec, type RecipeKind, recipes } from './config.ts'
import { WhetstoneError } from './errors.ts'

const ppo = { policy: 'p', reward: 'r', data: { train: 't.jsonl' } }
const sft = { model: { init: {} }, data: { train: 't.jsonl' } }

function refusal(kind: RecipeKind, json: unknown): { message: string; hint: string } {
  try {
    parseSpec(kind, json)
  } catch (error) {
    if (error instanceof WhetstoneError && error.code === 'INVALID_CONFIG') return error
    throw error
  }
  throw new Error('the spec was accepted')
}

test('defaults are filled in', () => {
  expect(parseSpec('ppo', ppo)).toMatchObject({ klCoefficient: 0.1, lambda: 0.95, clipRange: 0.2, seed: 1 })
  expect(parseSpec('sft', sft).model).toMatchObject({ init: { layers: 4, width: 128 } })
})

test('an unknown setting is refused with its near spellings', () => {
  expect(refusal('ppo', { ...ppo, learning_rate: 1 }).message).toContain(
    'learning_rate is not a known setting',
  )
  expect(refusal('ppo', { ...ppo, learning_rate: 1 }).hint).toContain('learningRate')
  const nested = refusal('sft', { ...sft, model: { init: { layer: 2 } } })
  expect(nested.message).toContain('model.init.layer ')
  expect(nested.hint).toContain('layers')
  expect(refusal('ppo', { ...ppo, adaptiveKl: { goal: 6 } }).message).toContain('adaptiveKl.goal')
})

test('a filter of the sampled tokens is for generate alone: PPO trains the whole distribution', () => {
  for (const setting of [{ topK: 5 }, { topP: 0.9 }]) {
    expect(refusal('ppo', { ...ppo, ...setting }).message).toContain('is not a known setting')
    expect(parseSpec('generate', { model: 'm', data: { prompts: 'p' }, ...setting })).toMatchObject(setting)
  }
})

test('a wrong value is named with its path', () => {
  expect(refusal('ppo', { ...ppo, learningRate: -1 }).message).toBe('ppo: learningRate is -1')
  expect(refusal('ppo', { ...ppo, batchSize: 10, minibatches: 3 }).hint).toContain('must divide batchSize')
  expect(refusal('sft', { ...sft, model: { init: { width: 10, heads: 4 } } }).message).toContain(
    'model.init.heads is 4',
  )
  expect(refusal('sft', { data: { train: 't' } }).message).toBe('sft: model is missing')
  expect(refusal('score', { data: { completions: 'c' } }).hint).toContain('reward or policy')
})

interface Drawn {
  title?: string
  description?: string
  group?: string
  source?: string
  properties?: Record<string, Drawn>
  anyOf?: Drawn[]
}

test('every field of every recipe carries what a form shows', () => {
  const fields: string[] = []
  const walk = (name: string, schema: Drawn) => {
    for (const branch of schema.anyOf ?? []) walk(name, branch)
    for (const [key, field] of Object.entries(schema.properties ?? {})) {
      fields.push(`${name}.${key}`)
      // The two branches of sft's model are told apart by their key.
      if (key !== 'init')
        expect({ field: `${name}.${key}`, ...field }).toMatchObject({
          title: expect.any(String),
          description: expect.stringMatching(/\.$/),
          group: expect.any(String),
          source: expect.any(String),
        })
      walk(`${name}.${key}`, field)
    }
  }
  for (const [name, schema] of Object.entries(recipes))
    walk(name, z.toJSONSchema(schema, { io: 'input' }) as Drawn)
  expect(fields).toContain('ppo.adaptiveKl.target')
  expect(fields).toContain('sft.model.init.layers')
})

test('what a run computes on and in is a setting of every recipe, fp32 on any device unless told otherwise', () => {
  const specs: Record<RecipeKind, unknown> = {
    sft,
    ppo,
    reward: { model: 'm', data: { train: 't', eval: 'e' } },
    generate: { model: 'm', data: { prompts: 'p' } },
    score: { reward: 'r', data: { completions: 'c' } },
    reinforce: ppo,
    rloo: ppo,
    grpo: ppo,
    trpo: ppo,
    raft: ppo,
    dpo: { policy: 'p', data: { train: 't' } },
  }
  for (const kind of Object.keys(specs) as RecipeKind[]) {
    expect(parseSpec(kind, specs[kind])).toMatchObject({ engine: 'auto', device: 'auto', precision: 'fp32' })
    const refused = refusal(kind, { ...(specs[kind] as object), precision: 'fp16' })
    expect(refused.message).toBe(`${kind}: precision is "fp16"`)
    expect(refused.hint).toContain('bf16')
    expect(refusal(kind, { ...(specs[kind] as object), device: 'tpu' }).message).toBe(
      `${kind}: device is "tpu"`,
    )
  }
})
