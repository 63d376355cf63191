export type SearchParams = Record<string, string | string[] | undefined>

/** The named parameters of the page's address that are there; what the address holds besides is left alone. */
export function pick<Name extends string>(
  parameters: SearchParams,
  names: readonly Name[],
): Partial<Record<Name, string>> {
  const picked: Partial<Record<Name, string>> = {}
  for (const name of names) {
    const value = parameters[name]
    if (typeof value === 'string' && value !== '') picked[name] = value
  }
  return picked
}

/** The route of a list with its filters: '/api/prompts?q=parcel'. */
export function listPath(path: string, filters: Record<string, string | undefined>): string {
  const present = Object.entries(filters).filter((entry): entry is [string, string] => Boolean(entry[1]))
  const query = new URLSearchParams(present)
  return query.size ? `${path}?${query}` : path
}

/** What Next hands to a page that reads its address: declared here, so that types need no generated files. */
export interface ListPageProps {
  searchParams: Promise<SearchParams>
}

/** What Next hands to the page of one thing, `[id]`. */
export interface DetailPageProps {
  params: Promise<{ id: string }>
}
