/** Postgres stores neither NUL nor halves of surrogate pairs; a byte-level model may write both. They become U+FFFD. */
export function storable(text: string): string {
  return text.replaceAll('\0', '\uFFFD').toWellFormed()
}
