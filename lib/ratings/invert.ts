/** The inverse, by Gauss–Jordan with partial pivoting; null of a singular matrix. */
export function invert(matrix: number[][]): number[][] | null {
  const size = matrix.length
  const rows = matrix.map((row, i) => [...row, ...row.map((_, j) => (i === j ? 1 : 0))])
  for (let column = 0; column < size; column++) {
    let pivot = column
    for (let i = column + 1; i < size; i++)
      if (Math.abs(rows[i]![column]!) > Math.abs(rows[pivot]![column]!)) pivot = i
    const lead = rows[pivot]!
    if (Math.abs(lead[column]!) < 1e-12) return null
    rows[pivot] = rows[column]!
    const scaled = lead.map((value) => value / lead[column]!)
    rows[column] = scaled
    for (let i = 0; i < size; i++) {
      const factor = rows[i]![column]!
      if (i !== column) rows[i] = rows[i]!.map((value, j) => value - factor * scaled[j]!)
    }
  }
  return rows.map((row) => row.slice(size))
}
