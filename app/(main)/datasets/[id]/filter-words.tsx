export interface DatasetFilter {
  batches?: string[]
  annotators?: string[]
  tags?: string[]
  from?: string
  to?: string
  excludeFlagged?: boolean
  ties?: 'drop' | 'keep'
  weights?: 'uniform' | 'annotator'
  adjudication?: 'wins' | 'ignored'
}

/** The filter of a snapshot as one sentence. */
export function filterSentence(filter: DatasetFilter): string {
  const parts = [
    filter.batches?.length ? `of ${filter.batches.join(', ')}` : 'of every batch',
    filter.annotators?.length && `by ${filter.annotators.length} chosen annotators`,
    filter.tags?.length && `tagged ${filter.tags.join(' or ')}`,
    filter.from && `from ${filter.from.slice(0, 10)}`,
    filter.to && `until ${filter.to.slice(0, 10)}`,
  ].filter(Boolean)
  const flagged = filter.excludeFlagged ? 'what was flagged left out' : 'what was flagged included'
  const weights = filter.weights === 'annotator' ? ', pairs weighed by their annotators’ reliability' : ''
  const decisions = filter.adjudication === 'ignored' ? ', decisions on disagreements left out' : ''
  const ties = filter.ties === 'keep' ? 'ties kept' : 'ties left out'
  return `Rankings ${parts.join(' ')}; ${flagged}, ${ties}${decisions}${weights}.`
}

export function FilterWords({ filter }: { filter: DatasetFilter }) {
  return <p className="mt-3 text-ink-2">{filterSentence(filter)}</p>
}
