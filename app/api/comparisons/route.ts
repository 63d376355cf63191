import { listComparisons, listComparisonsInput } from '#lib/comparisons/list-comparisons.ts'
import { makeComparisons, makeComparisonsInput } from '#lib/comparisons/make-comparisons.ts'
import { handle } from '../handle.ts'

export const GET = handle('comparison.list', listComparisonsInput, listComparisons)
export const POST = handle('comparison.create', makeComparisonsInput, makeComparisons)
