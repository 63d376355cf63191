/** The ways in which comparisons are chosen, in a word. */
export const reasonWords: Record<string, string> = {
  random: 'Random',
  disagreement: 'Disagreement',
  information: 'Information',
  coverage: 'Coverage',
}

/** For a filter. */
export const reasonChoices = [
  ...Object.entries(reasonWords).map(([value, word]) => ({ value, label: `By ${word.toLowerCase()}` })),
  { value: 'none', label: 'Without a reason' },
]
