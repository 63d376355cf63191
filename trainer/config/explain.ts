import { z } from 'zod'

/** Where a value was refused, and what is accepted there. */
export function explain(
  schema: z.ZodType,
  issue: z.core.$ZodIssue,
  root: unknown,
  prefix: PropertyKey[],
): { message: string; hint: string } {
  const at = [...prefix, ...issue.path]
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    // The branch that read furthest is the one that was meant.
    const depth = (issues: z.core.$ZodIssue[]) =>
      Math.max(...issues.map((each) => each.path.length)) -
      (issues.some((each) => each.code === 'unrecognized_keys') ? 1 : 0)
    const branch = [...issue.errors].sort((left, right) => depth(right) - depth(left))[0]!
    return explain(schema, branch.find((each) => each.path.length > 0) ?? branch[0]!, root, at)
  }
  const name = at.map(String).join('.')
  if (issue.code === 'unrecognized_keys') {
    const key = issue.keys[0]!
    const full = [...at.map(String), key].join('.')
    const near = closest(key, fieldsOf(schema, at))
    return {
      message: `${full} is not a known setting (it was ${show(valueAt(root, [...at, key]))})`,
      hint: near.length > 0 ? `Did you mean ${near.join(' or ')}?` : `Take ${full} out of the spec.`,
    }
  }
  const value = valueAt(root, at)
  const where = name === '' ? 'the spec' : name
  return {
    message: value === undefined ? `${where} is missing` : `${where} is ${show(value)}`,
    hint: [`${issue.message}.`, descriptionOf(schema, at)].filter(Boolean).join(' '),
  }
}

/** The names that the object at `at` accepts. */
function fieldsOf(schema: z.ZodType, at: PropertyKey[]): string[] {
  const names = new Set<string>()
  collect(z.toJSONSchema(schema, { io: 'input' }) as JsonSchema, at.map(String), names)
  return [...names]
}

/** What the field at `at` is for, or ''. */
function descriptionOf(schema: z.ZodType, at: PropertyKey[]): string {
  let schemas = [z.toJSONSchema(schema, { io: 'input' }) as JsonSchema]
  for (const key of at)
    schemas = schemas
      .flatMap((schema) => [schema, ...(schema.anyOf ?? [])])
      .flatMap((schema) => schema.properties?.[String(key)] ?? [])
  return schemas[0]?.description ?? ''
}

type JsonSchema = { description?: string; properties?: Record<string, JsonSchema>; anyOf?: JsonSchema[] }

function collect(schema: JsonSchema, at: string[], into: Set<string>): void {
  for (const branch of schema.anyOf ?? []) collect(branch, at, into)
  const [head, ...rest] = at
  if (head === undefined) for (const key of Object.keys(schema.properties ?? {})) into.add(key)
  else if (schema.properties?.[head]) collect(schema.properties[head], rest, into)
}

function valueAt(root: unknown, at: PropertyKey[]): unknown {
  let value = root
  for (const key of at) {
    if (value === null || typeof value !== 'object') return undefined
    value = (value as Record<PropertyKey, unknown>)[key]
  }
  return value
}

function show(value: unknown): string {
  if (typeof value === 'number') return String(value)
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 80 ? `${text.slice(0, 77)}…` : text
}

/** Names at most a third of their length away in edits, or that contain each other, nearest first; at most two. */
function closest(key: string, names: string[]): string[] {
  const plain = (text: string) => text.toLowerCase().replace(/[^a-z0-9]/g, '')
  return names
    .map((name) => ({ name, distance: edits(plain(key), plain(name)) }))
    .filter(({ name, distance }) => distance <= Math.max(1, Math.floor(name.length / 3)))
    .sort((left, right) => left.distance - right.distance)
    .slice(0, 2)
    .map(({ name }) => name)
}

/** Levenshtein distance. */
function edits(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, column) => column)
  for (let i = 1; i <= left.length; i++) {
    const next = [i]
    for (let j = 1; j <= right.length; j++)
      next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (left[i - 1] === right[j - 1] ? 0 : 1))
    row = next
  }
  return row[right.length]!
}
