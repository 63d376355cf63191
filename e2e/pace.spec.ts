import { makeBatch } from './batch.ts'
import { expect, annotatorTest as test } from './people.ts'
import { nextAfter, openQueue, type } from './ranking.ts'

const answers = 30

test('the next comparison stands on screen within 100 ms of Enter, 95 times of 100', async ({
  page,
  api,
}) => {
  const { batch } = await makeBatch(api, { items: answers + 1, size: 4, text: paragraphs })
  let shown = await openQueue(page, batch)
  for (let answer = 0; answer < answers; answer++) {
    await type(page, '2', '1', '4', '3', 'Enter')
    shown = await nextAfter(page, shown)
  }
  const waits = await page.evaluate(() => {
    const times = (name: string) => performance.getEntriesByName(name).map(({ startTime }) => startTime)
    const painted = times('whetstone:next-painted')
    return times('whetstone:submit').map((submitted) => painted.find((time) => time > submitted)! - submitted)
  })
  expect(waits).toHaveLength(answers)
  const sorted = waits.map((wait) => Math.round(wait)).sort((a, b) => a - b)
  const p95 = sorted[Math.ceil(0.95 * answers) - 1]!
  test
    .info()
    .annotations.push({ type: 'ms from Enter to the next item painted', description: sorted.join(' ') })
  expect(p95, `milliseconds: ${sorted.join(' ')}`).toBeLessThanOrEqual(100)
})

/** Four paragraphs of some sixty words. */
function paragraphs(response: number, item: number): string {
  const words = Array.from({ length: 60 }, (_, word) => `word${(word * response + item) % 23}`).join(' ')
  return Array.from(
    { length: 4 },
    (_, part) => `Answer ${response}, part ${part + 1} to question ${item}: **${words}**.`,
  ).join('\n\n')
}
