import { afterAll, beforeAll, expect, test } from 'vitest'
import { metricsText } from './metrics.ts'
import { type TestDatabase, testDatabase } from './testing/database.ts'
import { makeComparisons, makeWorkspace } from './testing/fixtures.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database?.drop())

test('gold comparisons, which ask everybody, are no slots of the queue', async () => {
  const { id } = await makeWorkspace()
  await makeComparisons(id, { count: 2, overlap: 3 })
  await makeComparisons(id, { count: 1, gold: true })
  const { text } = await metricsText()
  expect(text).toContain('whetstone_queue_slots{state="wanted"} 6\n')
  expect(text).toContain('whetstone_rows{kind="comparisons"} 3\n')
})
