import type { ColumnGroup } from './figure-table.tsx'

const checks: ColumnGroup = {
  title: 'Checks',
  columns: [
    { id: 'gold', title: 'Gold', as: 'share' },
    { id: 'repeated', title: 'Same again', as: 'share' },
    { id: 'repeatedTau', title: 'τ with oneself', as: 'estimate', from: 'lg' },
    { id: 'adjudicated', title: 'As adjudicated', as: 'share', from: 'sm' },
  ],
}

/** Of an annotator. */
export const annotatorColumns: ColumnGroup[] = [
  {
    title: 'Work',
    columns: [
      { id: 'rankings', title: 'Rankings' },
      { id: 'perHour', title: 'An hour' },
      { id: 'medianSeconds', title: 'Median time', as: 'seconds', from: 'sm' },
      { id: 'today', title: 'Today', from: 'lg' },
      { id: 'thisWeek', title: 'This week', from: 'sm' },
      { id: 'edited', title: 'Improved', from: 'lg' },
      { id: 'skipped', title: 'Skipped', from: 'lg' },
      { id: 'unusualTimes', title: 'Unusual times', from: 'xl' },
    ],
  },
  {
    title: 'Agreement',
    columns: [
      { id: 'agreement', title: 'Ordered alike', as: 'share' },
      { id: 'alpha', title: 'α with others', as: 'estimate', from: 'sm' },
      { id: 'tau', title: 'τ with others', as: 'estimate', from: 'xl' },
      { id: 'reliability', title: 'Reliability', as: 'share', from: 'lg' },
      { id: 'weight', title: 'Weight', as: 'decimal' },
      { id: 'firstShown', title: 'A side wins', as: 'share', from: 'xl' },
    ],
  },
  {
    ...checks,
    columns: [
      ...checks.columns.slice(0, 1),
      { id: 'goldTrend', title: 'Last 20 against before', as: 'change', from: 'xl' },
      ...checks.columns.slice(1),
    ],
  },
]

/** Of a batch or a tag. */
export const groupColumns: ColumnGroup[] = [
  {
    title: 'Agreement',
    columns: [
      { id: 'rankings', title: 'Rankings' },
      { id: 'comparisons', title: 'Ranked by two', from: 'xl' },
      { id: 'agreement', title: 'Ordered alike', as: 'share' },
      { id: 'alpha', title: 'α', as: 'estimate', from: 'sm' },
      { id: 'fleissKappa', title: 'Fleiss’ κ', as: 'estimate', from: 'lg' },
      { id: 'tau', title: 'Kendall’s τ', as: 'estimate', from: 'lg' },
    ],
  },
  checks,
  {
    title: 'Work',
    columns: [
      { id: 'rankings', title: 'Rankings' },
      { id: 'perHour', title: 'An hour' },
      { id: 'medianSeconds', title: 'Median time', as: 'seconds', from: 'sm' },
      { id: 'thisWeek', title: 'This week', from: 'lg' },
      { id: 'edited', title: 'Improved', from: 'lg' },
      { id: 'firstShown', title: 'A side wins', as: 'share', from: 'xl' },
    ],
  },
]
