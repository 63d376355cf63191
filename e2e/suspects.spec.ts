import type { APIRequestContext } from '@playwright/test'
import { send } from './api.ts'
import { comparison, makeBatch, rankNext } from './batch.ts'
import { expect, test } from './people.ts'
import { prompt, queuePath } from './ranking.ts'
import { run, seedLoop } from './seed.ts'

test('a ranking that the reward model contradicts is found, and one press asks another annotator', async ({
  page,
  newcomer,
  api,
}) => {
  test.setTimeout(240_000)
  await seedLoop(api)
  const { batch, comparisons } = await makeBatch(api, { overlap: 2, size: 2 })
  const { id } = comparisons[0]!
  await scoreAll(api)
  // Two say the opposite of each other: whatever the model holds, it contradicts one of them.
  for (const sign of [1, -1]) {
    const { api: person } = await newcomer()
    await rankNext(person, batch, (a, b) => sign * a.localeCompare(b))
  }
  await page.goto(`/suspects?batch=${encodeURIComponent(batch)}&confidence=0.5`)
  const suspects = page.getByRole('list', { name: 'Suspect rankings' }).getByRole('article')
  await expect(suspects).toHaveCount(1)
  await expect(suspects).toContainText(comparisons[0]!.prompt.text)
  await expect(suspects).toContainText('New to the model')
  await suspects.getByRole('button', { name: 'Ask another annotator' }).click()
  await expect(page.getByText('That was the last one.')).toBeVisible()

  const third = await newcomer()
  await third.page.goto(queuePath(batch))
  await expect(prompt(third.page)).toContainText(comparisons[0]!.prompt.text)
  expect((await comparison(api, id)).rankings).toHaveLength(2)
})

/** Has the newest reward model score what has no score by it. */
async function scoreAll(api: APIRequestContext) {
  const { items } = await send<{ items: { id: string }[] }>(api, 'GET', '/api/models?kind=REWARD')
  await run(api, { kind: 'SCORE', name: 'scores', config: {}, rewardId: items[0]!.id })
}
