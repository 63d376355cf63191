import { expect, it } from 'vitest'
import { annotatorColumns, groupColumns } from './columns.ts'

it('leaves at most two columns beside the name on a phone, and names no figure twice in a group', () => {
  for (const { columns } of [...annotatorColumns, ...groupColumns]) {
    expect(columns.filter(({ from }) => !from).length).toBeLessThanOrEqual(2)
    expect(new Set(columns.map(({ id }) => id)).size).toBe(columns.length)
  }
})
