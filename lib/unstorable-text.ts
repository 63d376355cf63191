/**
 * The path of the first text in a JSON value that Postgres cannot store (a NUL character, or half of a surrogate pair),
 * '' when the value itself is that text, null when all of it can be stored.
 */
export function unstorableText(value: unknown, path = ''): string | null {
  if (typeof value === 'string') return value.includes('\0') || !value.isWellFormed() ? path : null
  if (value === null || typeof value !== 'object') return null
  for (const [key, item] of Object.entries(value)) {
    const inner = path ? `${path}.${key}` : key
    const found = unstorableText(key, inner) ?? unstorableText(item, inner)
    if (found !== null) return found
  }
  return null
}
