import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { configOf, type FormSchema, fieldsOf, groupsOf, initialValues, problemOf } from './form-fields.ts'

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
      'longest',
    ])
    expect(groupsOf(fields).map(({ title }) => title)).toEqual(['Training', 'Optimiser', 'KL', 'Model'])
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
