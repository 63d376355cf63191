import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import {
  changes,
  configOf,
  type FormSchema,
  fieldsOf,
  found,
  groupsOf,
  hasProblem,
  initialValues,
  parted,
  problemOf,
} from './form-fields.ts'

const recipe = z.strictObject({
  policy: z.string().meta({ title: 'Policy', format: 'path' }),
  seed: z.int().default(1),
  batchSize: z.int().min(1).default(64).meta({ title: 'Batch size', group: 'Training', unit: 'completions' }),
  rate: z.number().positive().default(5e-4).meta({ title: 'Rate', group: 'Optimiser' }),
  estimator: z.enum(['k1', 'k3']).default('k1').meta({ title: 'Estimator', group: 'KL' }),
  adaptiveKl: z
    .strictObject({ target: z.number().default(6).meta({ title: 'KL target', group: 'KL' }) })
    .optional()
    .meta({ title: 'Adaptive KL' }),
  model: z.union([
    z.strictObject({
      init: z.strictObject({ layers: z.int().default(4).meta({ title: 'Layers', group: 'Model' }) }),
    }),
    z.strictObject({ path: z.string().meta({ format: 'path' }) }),
  ]),
  loss: z.enum(['clip', 'penalty']).default('clip').meta({ title: 'Loss', group: 'Loss' }),
  penalty: z
    .strictObject({ target: z.number().default(0.01).meta({ title: 'Penalty target', group: 'Loss' }) })
    .prefault({})
    .meta({ title: 'KL penalty' }),
  lora: z
    .strictObject({
      targets: z
        .union([z.literal('all-linear'), z.array(z.string())])
        .default('all-linear')
        .meta({ title: 'Targets', group: 'LoRA' }),
    })
    .optional()
    .meta({ title: 'LoRA' }),
  longest: z.int().optional().meta({ title: 'Longest', group: 'Training' }),
})
const fields = fieldsOf(z.toJSONSchema(recipe, { io: 'input' }) as FormSchema)
const field = (name: string) => fields.find((one) => one.name === name)!

describe('the form of a recipe', () => {
  it('asks for numbers and choices, not for files, and reaches into objects', () => {
    expect(fields.map(({ name }) => name)).toEqual([
      'batchSize',
      'rate',
      'estimator',
      'adaptiveKl.target',
      'model.init.layers',
      'loss',
      'penalty.target',
      'lora.targets',
      'longest',
    ])
    expect(groupsOf(fields).map(({ title }) => title)).toEqual([
      'Training',
      'Optimiser',
      'KL',
      'Model',
      'Loss',
      'LoRA',
    ])
    expect(field('adaptiveKl.target').within?.name).toBe('adaptiveKl')
  })

  it('sends only what differs from the defaults', () => {
    const values = { ...initialValues(fields), batchSize: '32', estimator: 'k3' }
    expect(configOf(fields, values)).toEqual({ batchSize: 32, estimator: 'k3' })
  })

  it('sends an object that was turned on even when all in it is as usual', () => {
    expect(configOf(fields, { ...initialValues(fields), adaptiveKl: true })).toEqual({ adaptiveKl: {} })
  })

  it('comes back to the config it was opened with', () => {
    const config = { rate: 1e-6, adaptiveKl: { target: 3 }, model: { init: { layers: 2 } }, longest: 99 }
    expect(configOf(fields, initialValues(fields, config))).toEqual(config)
  })

  it('takes names by commas, and keeps the word that stands for all', () => {
    const usual = initialValues(fields)
    expect(configOf(fields, { ...usual, lora: true })).toEqual({ lora: {} })
    const some = { ...usual, lora: true, 'lora.targets': 'q_proj, v_proj,' }
    expect(configOf(fields, some)).toEqual({ lora: { targets: ['q_proj', 'v_proj'] } })
    expect(configOf(fields, initialValues(fields, configOf(fields, some)))).toEqual(configOf(fields, some))
  })

  it('asks for what only one choice uses where that is chosen, and not otherwise', () => {
    const values = { ...initialValues(fields), 'penalty.target': '0.02' }
    expect(configOf(fields, values)).toEqual({})
    expect(changes(fields, values)).toBe(0)
    const chosen = { ...values, loss: 'penalty' }
    expect(configOf(fields, chosen)).toEqual({ loss: 'penalty', penalty: { target: 0.02 } })
    expect(changes(fields, chosen)).toBe(2)
  })

  it('counts what was changed, an object that is on as one, and knows of problems that are folded away', () => {
    const usual = initialValues(fields)
    expect(changes(fields, usual)).toBe(0)
    expect(changes(fields, { ...usual, adaptiveKl: true, rate: '1e-6' })).toBe(2)
    expect(hasProblem(fields, usual)).toBe(false)
    expect(hasProblem(fields, { ...usual, rate: 'fast' })).toBe(true)
    expect(hasProblem(fields, { ...usual, 'adaptiveKl.target': 'far' })).toBe(false)
  })

  it('asks for the essentials first, and finds the rest by words', () => {
    const { first, others } = parted(fields)
    expect(first.map(({ name }) => name)).toEqual(['model.init.layers', 'batchSize'])
    expect(others).toHaveLength(fields.length - 2)
    expect(found(fields, 'adaptive target').map(({ name }) => name)).toEqual(['adaptiveKl.target'])
    expect(found(fields, 'nothing like it')).toEqual([])
  })

  it('says at the field what is wrong', () => {
    expect(problemOf(field('batchSize'), '0')).toBe('At least 1.')
    expect(problemOf(field('batchSize'), '1.5')).toBe('A whole number is needed.')
    expect(problemOf(field('rate'), '0')).toBe('Above 0.')
    expect(problemOf(field('rate'), '3e-6')).toBeNull()
    expect(problemOf(field('rate'), 'fast')).toBe('“fast” is not a number.')
    expect(problemOf(field('rate'), '')).toBe('Rate is needed.')
    expect(problemOf(field('longest'), '')).toBeNull()
  })
})
