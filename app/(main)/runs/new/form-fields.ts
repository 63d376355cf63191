/** The part of JSON Schema that the recipes' forms use, with the recipes' own words beside it. */
export interface FormSchema {
  type?: string
  title?: string
  description?: string
  group?: string
  source?: string
  unit?: string
  format?: string
  default?: unknown
  const?: string
  enum?: string[]
  minimum?: number
  maximum?: number
  exclusiveMinimum?: number
  exclusiveMaximum?: number
  properties?: Record<string, FormSchema>
  anyOf?: FormSchema[]
  required?: string[]
}

export interface FormField {
  /** 'klCoefficient', 'adaptiveKl.target', 'model.init.layers'. */
  name: string
  title: string
  description: string
  source: string
  unit?: string
  group: string
  /** 'names' are one word of the schema's own, or names divided by commas. */
  kind: 'integer' | 'number' | 'boolean' | 'choice' | 'names'
  choices: string[]
  default: unknown
  min?: number
  max?: number
  /** The bound itself is not allowed. */
  above?: number
  below?: number
  /** May be left empty. */
  optional: boolean
  /** An object it belongs to: 'adaptiveKl'. */
  within?: Owner
}

export interface Owner {
  name: string
  title: string
  description: string
  /** It is there in any case; without this a switch turns it on. */
  always: boolean
}

export interface FormGroup {
  title: string
  fields: FormField[]
}

export type FormValues = Record<string, string | boolean>

/** What the form asks, in the order of the schema; files and models are chosen elsewhere and left out. */
export function fieldsOf(schema: FormSchema): FormField[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, own]) => fieldOf(name, own, undefined))
}

export function groupsOf(fields: FormField[]): FormGroup[] {
  // What it computes comes before how it is run.
  const titles = [...new Set(fields.map((field) => field.group))].sort(
    (a, b) => Number(a === 'Run') - Number(b === 'Run'),
  )
  return titles.map((title) => ({ title, fields: fields.filter((field) => field.group === title) }))
}

function fieldOf(name: string, schema: FormSchema, within: FormField['within']): FormField[] {
  if (schema.format === 'path' || name === 'data' || name === 'seed') return []
  if (schema.anyOf?.some(({ const: word }) => word !== undefined))
    return [leaf(name, schema, 'names', within)]
  if (schema.anyOf) {
    const branch = schema.anyOf.find((one) => one.properties && !('path' in one.properties))
    return branch ? fieldOf(name, branch, within) : []
  }
  if (schema.properties) {
    // The model's shape is not optional: it holds another object.
    const optional = schema.title && Object.values(schema.properties).every((own) => !own.properties)
    const owner = optional
      ? {
          name,
          title: schema.title!,
          description: schema.description ?? '',
          always: schema.default !== undefined,
        }
      : within
    return Object.entries(schema.properties).flatMap(([key, own]) => fieldOf(`${name}.${key}`, own, owner))
  }
  const kind = kindOf(schema)
  return kind ? [leaf(name, schema, kind, within)] : []
}

function leaf(
  name: string,
  schema: FormSchema,
  kind: FormField['kind'],
  within: FormField['within'],
): FormField {
  return {
    name,
    title: schema.title ?? name,
    description: schema.description ?? '',
    source: schema.source ?? '',
    unit: schema.unit,
    group: schema.group ?? 'Other',
    kind,
    choices: schema.enum ?? schema.anyOf?.flatMap(({ const: word }) => word ?? []) ?? [],
    default: schema.default,
    min: schema.minimum,
    // Zod writes the safe integers as bounds; they say nothing to a reader.
    max: schema.maximum === Number.MAX_SAFE_INTEGER ? undefined : schema.maximum,
    above: schema.exclusiveMinimum,
    below: schema.exclusiveMaximum,
    optional: schema.default === undefined,
    within,
  }
}

function kindOf(schema: FormSchema): FormField['kind'] | null {
  if (schema.enum) return 'choice'
  if (schema.type === 'integer' || schema.type === 'number' || schema.type === 'boolean') return schema.type
  return null
}

/** What is wrong with what was typed, or null. */
export function problemOf(field: FormField, typed: string): string | null {
  const text = typed.trim()
  if (text === '') return field.optional ? null : `${field.title} is needed.`
  if (field.kind === 'choice' || field.kind === 'names') return null
  const value = Number(text)
  if (!Number.isFinite(value)) return `“${text}” is not a number.`
  if (field.kind === 'integer' && !Number.isInteger(value)) return 'A whole number is needed.'
  if (field.min !== undefined && value < field.min) return `At least ${field.min}.`
  if (field.max !== undefined && value > field.max) return `At most ${field.max}.`
  if (field.above !== undefined && value <= field.above) return `Above ${field.above}.`
  if (field.below !== undefined && value >= field.below) return `Below ${field.below}.`
  return null
}

/** What stands in the form at first: the defaults, overlaid with an earlier run's config. */
export function initialValues(fields: FormField[], config: Record<string, unknown> = {}): FormValues {
  const values: FormValues = {}
  for (const field of fields) {
    const given = valueAt(config, field.name) ?? field.default
    values[field.name] = field.kind === 'boolean' ? given === true : given === undefined ? '' : String(given)
    if (field.within && !field.within.always)
      values[field.within.name] = valueAt(config, field.within.name) !== undefined
  }
  return values
}

/** The recipe's config: everything that differs from its default; an object that is turned on is always there. */
export function configOf(fields: FormField[], values: FormValues): Record<string, unknown> {
  const config: Record<string, unknown> = {}
  for (const field of fields) {
    if (!isAsked(field, values)) continue
    if (field.within && !field.within.always) {
      setAt(config, field.within.name, valueAt(config, field.within.name) ?? {})
    }
    const value = typedValue(field, values[field.name])
    if (value !== undefined && value !== field.default) setAt(config, field.name, value)
  }
  return config
}

/** Objects that only one choice of another setting uses. */
const usedBy: Record<string, [setting: string, choice: string]> = { penalty: ['loss', 'penalty'] }

/** Whether an object, and so its fields, has a use beside the other settings. */
export function isUsed({ name }: Owner, values: FormValues): boolean {
  const use = usedBy[name]
  return use === undefined || values[use[0]] === use[1]
}

/** Whether a field counts: the object it belongs to, if any, is turned on and of use. */
function isAsked({ within }: FormField, values: FormValues): boolean {
  return !within || (isUsed(within, values) && (within.always || values[within.name] === true))
}

/** Whether a field is set to something else than its default. */
export function isChanged(field: FormField, values: FormValues): boolean {
  return isAsked(field, values) && typedValue(field, values[field.name]) !== field.default
}

/** How many settings of these differ from the defaults; an object that is turned on is one more. */
export function changes(fields: FormField[], values: FormValues): number {
  const on = new Set(
    fields.flatMap(({ within }) =>
      within && !within.always && isUsed(within, values) && values[within.name] === true ? within.name : [],
    ),
  )
  return on.size + fields.filter((field) => isChanged(field, values)).length
}

/** Whether something that counts is typed wrongly. */
export function hasProblem(fields: FormField[], values: FormValues): boolean {
  return fields.some(
    (field) =>
      field.kind !== 'boolean' &&
      isAsked(field, values) &&
      problemOf(field, String(values[field.name] ?? '')) !== null,
  )
}

/** What every run of a sort is asked about first. */
const essentials = [
  ...['model.init.layers', 'model.init.width', 'model.init.heads', 'model.init.vocabSize'],
  ...['model.init.maxPositions', 'episodes', 'epochs', 'batchSize', 'comparisonsPerBatch'],
  ...['completionsPerPrompt', 'responseLength', 'learningRate', 'delta', 'klCoefficient', 'beta'],
]

/** The essential fields, in the order in which they are asked, and the others. */
export function parted(fields: FormField[]): { first: FormField[]; others: FormField[] } {
  return {
    first: essentials.flatMap((name) => fields.find((field) => field.name === name) ?? []),
    others: fields.filter(({ name }) => !essentials.includes(name)),
  }
}

/** The fields that all the words of a search are said of. */
export function found(fields: FormField[], search: string): FormField[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean)
  return fields.filter(({ name, title, description, group, within }) => {
    const said = [name, title, description, group, within?.title].join(' ').toLowerCase()
    return words.every((word) => said.includes(word))
  })
}

function typedValue(field: FormField, value: string | boolean | undefined): unknown {
  if (field.kind === 'boolean') return value === true
  const text = String(value ?? '').trim()
  if (text === '') return undefined
  if (field.kind === 'choice') return text
  if (field.kind !== 'names') return Number(text)
  return field.choices.includes(text) ? text : text.split(',').flatMap((name) => name.trim() || [])
}

function valueAt(from: unknown, name: string): unknown {
  return name
    .split('.')
    .reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], from)
}

function setAt(into: Record<string, unknown>, name: string, value: unknown) {
  const keys = name.split('.')
  const last = keys.pop()!
  let owner = into
  for (const key of keys) {
    owner[key] ??= {}
    owner = owner[key] as Record<string, unknown>
  }
  owner[last] = value
}
