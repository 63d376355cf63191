import { showComparison, showComparisonInput } from '#lib/comparisons/show-comparison.ts'
import { handle } from '../../handle.ts'

export const GET = handle('comparison.show', showComparisonInput, showComparison)
