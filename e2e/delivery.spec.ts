import type { APIRequestContext, Page } from '@playwright/test'
import { comparison, inTexts, makeBatch } from './batch.ts'
import { expect, annotatorTest as test } from './people.ts'
import {
  awake,
  nextAfter,
  openQueue,
  prompt,
  queuePath,
  response,
  type Seen,
  seen,
  textsOf,
  type,
} from './ranking.ts'

test('an answer begun survives a reload: its order, flags, comment and improved response', async ({
  page,
  api,
}) => {
  const { batch, comparisons } = await makeBatch(api, { items: 2 })
  const shown = await openQueue(page, batch)
  await type(page, '2', '1')
  await type(page, 'f', 'ArrowDown', 'Enter')
  await type(page, 'i')
  await page.getByRole('textbox', { name: 'Your version' }).fill('An answer made good.')
  await type(page, 'Control+Enter')
  await type(page, 'c')
  await page.keyboard.type('Begun before the reload')

  await page.reload()
  await expect(response(page, 'A')).toHaveAccessibleName('Response A, 2nd')
  expect(await seen(page)).toEqual(shown)
  await expect(response(page, 'B')).toHaveAccessibleName('Response B, 1st')
  await expect(response(page, 'C')).toHaveAccessibleName('Response C, not ranked')
  await expect(page.getByRole('button', { name: 'Flag response C, now: Harmful' })).toBeVisible()
  await expect(page.getByRole('textbox', { name: 'Comment' })).toHaveValue('Begun before the reload')
  await expect(
    page.getByRole('article', { name: 'Your version of response C, before all others' }),
  ).toContainText('An answer made good.')

  await awake(page)
  await type(page, 'ArrowRight', 'ArrowRight', '3', 'Enter')
  const second = await nextAfter(page, shown)
  await expect(response(page, 'A')).toHaveAccessibleName('Response A, not ranked')
  await expect(page.getByRole('textbox', { name: 'Comment' })).toHaveCount(0)
  expect(second.texts).toHaveLength(3)
  const { id } = comparisons.find((each) => each.prompt.text === shown.question)!
  await expect.poll(async () => (await comparison(api, id)).rankings.length).toBe(1)
  const stored = await comparison(api, id)
  const [ranking] = stored.rankings
  expect(inTexts(stored, ranking!)).toEqual(textsOf(shown, 'B > A > C'))
  expect(ranking).toMatchObject({
    comment: 'Begun before the reload',
    edit: { completionId: ranking!.shownOrder[2], text: 'An answer made good.' },
    flags: [{ target: ranking!.shownOrder[2], flag: 'harmful' }],
  })
})

test('answers given without a connection wait, and each is delivered once when it is back', async ({
  page,
  api,
  annotator,
}) => {
  const { batch, comparisons } = await makeBatch(api, { items: 3 })
  const first = await openQueue(page, batch)
  await prefetched(page)
  await annotator.context.setOffline(true)
  await type(page, '2', '1', '3', 'Enter')
  const second = await nextAfter(page, first)
  await expect(page.getByRole('status').filter({ hasText: '1 waiting to be sent' })).toBeVisible()
  await type(page, '3', '2', '1', 'Enter')
  await expect(page.getByRole('heading', { name: 'No connection' })).toBeVisible()
  await expect(page.getByText(/^2 answers wait in this browser/)).toBeVisible()
  expect((await everyRanking(api, comparisons)).flat()).toEqual([])

  await annotator.context.setOffline(false)
  const third = await nextAfter(page, second)
  await expectOrders(api, comparisons, [
    [first, 'B > A > C'],
    [second, 'C > B > A'],
  ])
  await expect(page.getByRole('status').filter({ hasText: 'waiting to be sent' })).toHaveCount(0)
  await type(page, '1', '1', '1', 'Enter')
  await expectOrders(api, comparisons, [
    [first, 'B > A > C'],
    [second, 'C > B > A'],
    [third, 'A = B = C'],
  ])
})

test('answers given without a connection go out from the next page when theirs was closed', async ({
  page,
  api,
  annotator,
}) => {
  const { batch, comparisons } = await makeBatch(api, { items: 3 })
  const first = await openQueue(page, batch)
  await prefetched(page)
  await annotator.context.setOffline(true)
  await type(page, '2', '1', '3', 'Enter')
  const second = await nextAfter(page, first)
  await type(page, '3', '2', '1', 'Enter')
  await expect(page.getByRole('heading', { name: 'No connection' })).toBeVisible()
  expect((await everyRanking(api, comparisons)).flat()).toEqual([])
  await page.close()
  await annotator.context.setOffline(false)

  const later = await annotator.context.newPage()
  await later.goto(queuePath(batch))
  await expectOrders(api, comparisons, [
    [first, 'B > A > C'],
    [second, 'C > B > A'],
  ])
  await expect(prompt(later)).toBeVisible()
  const third = (await seen(later)).question
  expect([first.question, second.question]).not.toContain(third)
})

test('an answer whose receipt was lost on the way back is stored once', async ({ page, api }) => {
  const { batch, comparisons } = await makeBatch(api, { items: 2 })
  const first = await openQueue(page, batch)
  let attempts = 0
  await page.route('**/api/rankings', async (route) => {
    attempts++
    if (attempts > 2) return route.continue()
    // The server stores it, and the browser never hears of it.
    await route.fetch()
    await route.abort('connectionreset')
  })
  await type(page, '2', '1', '3', 'Enter')
  const second = await nextAfter(page, first)
  await expect.poll(() => attempts, { timeout: 30_000 }).toBe(3)
  await expect(page.getByRole('status').filter({ hasText: 'waiting to be sent' })).toHaveCount(0)
  await expectOrders(api, comparisons, [[first, 'B > A > C']])
  await type(page, '1', '2', '1', 'Enter')
  await expectOrders(api, comparisons, [
    [first, 'B > A > C'],
    [second, 'A = C > B'],
  ])
})

/** The item after the one on screen lies in the page. */
async function prefetched(page: Page) {
  await expect(page.locator('article[data-card=A]')).toHaveCount(2)
}

function everyRanking(api: APIRequestContext, comparisons: { id: string }[]) {
  return Promise.all(comparisons.map(async ({ id }) => (await comparison(api, id)).rankings))
}

/** Just these rankings are stored, one for each comparison. */
async function expectOrders(
  api: APIRequestContext,
  comparisons: { id: string; prompt: { text: string } }[],
  expected: [Seen, string][],
) {
  const orders = async () => {
    const all = await Promise.all(comparisons.map(({ id }) => comparison(api, id)))
    return all.flatMap((shown, index) =>
      shown.rankings.map((ranking) => [comparisons[index]!.prompt.text, inTexts(shown, ranking)]),
    )
  }
  const wanted = expected.map(([seen, order]) => [seen.question, textsOf(seen, order)])
  await expect.poll(orders, { timeout: 30_000 }).toHaveLength(wanted.length)
  expect(new Map((await orders()) as [string, string[][]][])).toEqual(
    new Map(wanted as [string, string[][]][]),
  )
}
