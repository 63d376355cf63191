import { z } from 'zod'
import { type RecipeKind, recipes } from '#trainer/config.ts'

/** One setting of a run. A path is none: it says where something lay on one machine. */
export interface Setting {
  /** With a dot between the parts of one inside another. */
  name: string
  title: string
  value: unknown
  /** Undefined where the recipe has none. */
  default: unknown
  unit?: string
}

interface Field {
  title?: string
  unit?: string
  format?: string
  default?: unknown
  properties?: Record<string, Field>
  required?: string[]
  anyOf?: Field[]
}

/** All settings of a recipe, in the order of its schema, with what a spec gives them. */
export function settingsOf(kind: RecipeKind, spec: object): Setting[] {
  return collect(z.toJSONSchema(recipes[kind], { io: 'input' }) as Field, spec, [])
}

/** Whether a setting was given another value than it has by itself; an optional part that is there has none. */
export function differs({ value, default: usual }: Setting): boolean {
  return value !== undefined && JSON.stringify(value) !== JSON.stringify(usual)
}

function collect(schema: Field, value: unknown, at: string[]): Setting[] {
  const branches = [schema, ...(schema.anyOf ?? [])]
  const own = isRecord(value) ? value : {}
  const fields = new Map(branches.flatMap((branch) => Object.entries(branch.properties ?? {})))
  return [...fields].flatMap(([key, field]): Setting[] => {
    const name = [...at, key]
    if (field.format === 'path') return []
    const { title = key, unit } = field
    const setting = { name: name.join('.'), title, value: own[key], default: field.default, unit }
    const isPart = field.properties !== undefined || field.anyOf?.some((branch) => branch.properties)
    if (!isPart || !isRecord(own[key])) return [setting]
    const isOptional = field.default === undefined && !branches.some((each) => each.required?.includes(key))
    return [...(isOptional ? [{ ...setting, value: 'on' }] : []), ...collect(field, own[key], name)]
  })
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
