import type { APIRequestContext, Locator, Page } from '@playwright/test'
import { comparison, inTexts, makeBatch } from './batch.ts'
import { expect, test as several, annotatorTest as test } from './people.ts'
import { openQueue, queuePath, response, type Seen, seen, textsOf, type } from './ranking.ts'

test('a response is dragged by its handle with the mouse: to a place, onto another as its tie, and nowhere', async ({
  page,
  api,
}) => {
  const { batch, comparisons } = await makeBatch(api, { size: 4 })
  const shown = await openQueue(page, batch)
  await type(page, '1', '2')
  const drag = async (letter: string, target: string) => {
    await page.mouse.move(...(await centre(handle(page, letter))))
    await page.mouse.down()
    // The places to drop appear with the first movement.
    await page.mouse.move(...(await centre(handle(page, letter), 12)))
    const place = page.locator(`[data-drop="${target}"]`)
    await expect(place).toBeVisible()
    await page.mouse.move(...(await centre(place)), { steps: 4 })
  }
  await drag('C', 'before 0')
  await page.mouse.up()
  await expect(response(page, 'C')).toHaveAccessibleName('Response C, 1st')
  await expect(answer(page)).toContainText(/C\s*›\s*A\s*›\s*B/)

  // Escape gives up, and so does a drop beside all places.
  await drag('D', 'before 0')
  await type(page, 'Escape')
  await page.mouse.up()
  await drag('D', 'before 0')
  await page.mouse.move(...(await centre(response(page, 'A'))))
  await page.mouse.up()
  await expect(response(page, 'D')).toHaveAccessibleName('Response D, not ranked')

  await drag('D', 'with 1')
  await page.mouse.up()
  await expect(answer(page)).toContainText(/C\s*›\s*A\s*=\s*D\s*›\s*B/)
  await type(page, 'Enter')
  await expectStored(page, api, comparisons[0]!.id, shown, 'C > A = D > B')
})

test('a response picked up by the keyboard moves with the arrows, is told where it is, and drops or goes back', async ({
  page,
  api,
}) => {
  const { batch, comparisons } = await makeBatch(api, { size: 3 })
  const shown = await openQueue(page, batch)
  const said = (words: RegExp) =>
    expect(page.locator('[aria-live=polite]').filter({ hasText: words })).toBeAttached()
  await type(page, 'm')
  await said(/Response A picked up, without a rank/)
  await type(page, 'Home', 'Enter')
  await said(/Response A dropped, first/)
  await type(page, 'ArrowRight', 'm', 'Home', 'Escape')
  await said(/Response B put back, without a rank/)
  await expect(response(page, 'B')).toHaveAccessibleName('Response B, not ranked')
  await type(page, 'm', 'Home', 'ArrowRight', ' ')
  await expect(response(page, 'B')).toHaveAccessibleName('Response B, 1st, tied')

  // From the handle, as a screen reader goes; digits rank nothing meanwhile.
  await handle(page, 'C').focus()
  await type(page, 'Enter')
  await said(/Response C picked up/)
  await type(page, '1', 'Home', 'Enter')
  await expect(answer(page)).toContainText(/C\s*›\s*A\s*=\s*B/)
  await response(page, 'C').focus()
  await type(page, 'Enter')
  await expectStored(page, api, comparisons[0]!.id, shown, 'C > A = B')
})

several(
  'a finger drags a response by its handle, and scrolls where it touches the text',
  async ({ newcomer, api }) => {
    const { batch, comparisons } = await makeBatch(api, { text: longText })
    const { page, context } = await newcomer({ hasTouch: true, viewport: { width: 1024, height: 768 } })
    await page.goto(queuePath(batch))
    await expect(response(page, 'A')).toBeVisible()
    const shown = await seen(page)
    const machine = await context.newCDPSession(page)
    const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', [x, y]: [number, number]) =>
      machine.send('Input.dispatchTouchEvent', { type, touchPoints: type === 'touchEnd' ? [] : [{ x, y }] })

    const [x] = await centre(response(page, 'A'))
    const y = 400
    const cards = page.getByRole('main')
    const scrolled = () => cards.evaluate((element) => element.scrollTop)
    expect(await scrolled()).toBe(0)
    await touch('touchStart', [x, y])
    for (let up = 20; up <= 200; up += 20) await touch('touchMove', [x, y - up])
    await touch('touchEnd', [x, y])
    await expect.poll(scrolled).toBeGreaterThan(150)
    // It glides on for a while.
    let last = 0
    await expect(async () => {
      const before = last
      last = await scrolled()
      expect(last).toBe(before)
    }).toPass()
    await expect(answer(page)).toContainText('nothing yet')

    for (const [letter, target] of [
      ['B', 'before 0'],
      ['C', 'before 0'],
      ['A', 'with 1'],
    ] as const) {
      const from = await centre(handle(page, letter))
      const before = await scrolled()
      await touch('touchStart', from)
      await touch('touchMove', [from[0] + 12, from[1] + 12])
      const place = page.locator(`[data-drop="${target}"]`)
      await expect(place).toBeVisible()
      await touch('touchMove', await centre(place))
      expect(await scrolled()).toBe(before)
      await touch('touchEnd', from)
      await expect(place).toHaveCount(0)
    }
    await expect(answer(page)).toContainText(/C\s*›\s*A\s*=\s*B/)
    await page.getByRole('button', { name: 'Submit' }).tap()
    await expectStored(page, api, comparisons[0]!.id, shown, 'C > A = B')
  },
)

function handle(page: Page, letter: string): Locator {
  return page.getByRole('button', { name: `Move response ${letter}` })
}

function answer(page: Page): Locator {
  return page.getByRole('region', { name: 'Your answer' })
}

/** The middle of an element, a few pixels off where asked. */
async function centre(element: Locator, off = 0): Promise<[x: number, y: number]> {
  const { x, y, width, height } = (await element.boundingBox())!
  return [x + width / 2 + off, y + height / 2 + off]
}

async function expectStored(page: Page, api: APIRequestContext, id: string, shown: Seen, order: string) {
  await expect(page.getByRole('heading', { name: 'This batch is done' })).toBeVisible()
  const stored = await comparison(api, id)
  expect(stored.rankings.map((ranking) => inTexts(stored, ranking))).toEqual([textsOf(shown, order)])
}

function longText(response: number): string {
  return Array.from({ length: 40 }, (_, line) => `Line ${line + 1} of answer ${response}.`).join('\n\n')
}
