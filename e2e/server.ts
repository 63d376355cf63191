import { join } from 'node:path'

/** Where the journeys run: an own home, emptied before every run, and an own port. */
export const home = join(import.meta.dirname, '../.whetstone/e2e')
export const port = 3310
export const address = `http://localhost:${port}`
