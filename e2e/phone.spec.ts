import type { BrowserContextOptions, Page } from '@playwright/test'
import { comparison, inTexts, makeBatch } from './batch.ts'
import { expect, test } from './people.ts'
import { openQueue, prompt, queuePath, response, type Seen, seen, textsOf, type } from './ranking.ts'

const phone: BrowserContextOptions = {
  viewport: { width: 390, height: 844 },
  hasTouch: true,
  isMobile: true,
  deviceScaleFactor: 2,
}

test('on a phone responses are swiped through and ranked with the thumb', async ({ newcomer, api }) => {
  const { batch, comparisons } = await makeBatch(api, { items: 2, text: longText })
  const { page, context } = await newcomer(phone)
  await page.goto(queuePath(batch))
  const bar = page.getByRole('region', { name: 'Your answer' })
  const thumb = (letter: string) => bar.getByRole('group', { name: `Rank of response ${letter}` })
  await expect(thumb('A')).toBeVisible()
  const first = await seen(page)
  await expectNoSidewaysScroll(page)

  const machine = await context.newCDPSession(page)
  const swipe = async (from: [number, number], to: [number, number]) => {
    const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', share: number) =>
      machine.send('Input.dispatchTouchEvent', {
        type,
        touchPoints:
          type === 'touchEnd'
            ? []
            : [{ x: from[0] + (to[0] - from[0]) * share, y: from[1] + (to[1] - from[1]) * share }],
      })
    await touch('touchStart', 0)
    for (let step = 1; step <= 10; step++) await touch('touchMove', step / 10)
    await touch('touchEnd', 1)
  }
  // Up and down the text of one, then on to the others.
  await swipe([195, 560], [195, 300])
  await expect.poll(() => response(page, 'A').evaluate((card) => card.scrollTop)).toBeGreaterThan(100)
  await expect(thumb('A')).toBeVisible()
  await swipe([340, 450], [40, 450])
  await expect(thumb('B')).toBeVisible()
  await expect(response(page, 'B')).toBeInViewport({ ratio: 0.4 })
  await swipe([340, 450], [40, 450])
  await expect(thumb('C')).toBeVisible()
  await swipe([40, 450], [340, 450])
  await expect(thumb('B')).toBeVisible()

  // What the thumb presses is in the lower half, and large enough.
  await expectInReach(page, thumb('B').getByRole('button').all())
  await expectInReach(page, [
    bar.getByRole('button', { name: 'Submit' }),
    bar.getByRole('button', { name: 'Skip' }),
  ])

  // A rank takes the view on to the next response without one.
  await thumb('B').getByRole('button', { name: '1' }).tap()
  await expect(thumb('C')).toBeVisible()
  await expect(response(page, 'C')).toBeInViewport({ ratio: 0.4 })
  await thumb('C').getByRole('button', { name: '3' }).tap()
  await expect(thumb('A')).toBeVisible()
  await thumb('A').getByRole('button', { name: '1' }).tap()
  await expect(bar.getByRole('navigation', { name: 'Responses' })).toContainText(
    /A\s*1st =.*B\s*1st =.*C\s*(3rd|2nd)/,
  )
  await bar.getByRole('button', { name: 'Submit' }).tap()
  await expect(prompt(page)).not.toContainText(first.question)
  const { id } = comparisons.find((each) => each.prompt.text === first.question)!
  await expectStored(id, first, 'A = B > C')

  // A row of letters goes to any of them at once.
  await bar.getByRole('button', { name: 'Response C not ranked' }).tap()
  await expect(response(page, 'C')).toBeInViewport({ ratio: 0.4 })
  await expect(thumb('C')).toBeVisible()

  async function expectStored(id: string, shown: Seen, order: string) {
    await expect.poll(async () => (await comparison(api, id)).rankings.length).toBe(1)
    const stored = await comparison(api, id)
    expect(inTexts(stored, stored.rankings[0]!)).toEqual(textsOf(shown, order))
  }
})

test('on a phone the better of two and by how much are two taps', async ({ newcomer, api }) => {
  const { batch, comparisons } = await makeBatch(api, { size: 2 })
  const { page } = await newcomer(phone)
  await page.goto(queuePath(batch))
  await expect(prompt(page)).toBeVisible()
  const shown = await seen(page)
  await expectNoSidewaysScroll(page)
  const choice = page.getByRole('group', { name: 'Which is better' })
  await expectInReach(page, choice.getByRole('button').all())
  await choice.getByRole('button', { name: 'B is better' }).tap()
  await page.getByRole('radio', { name: 'slightly' }).locator('xpath=ancestor-or-self::label').tap()
  await page.getByRole('button', { name: 'Submit' }).tap()
  await expect(page.getByRole('heading', { name: 'This batch is done' })).toBeVisible()
  const stored = await comparison(api, comparisons[0]!.id)
  expect(inTexts(stored, stored.rankings[0]!)).toEqual(textsOf(shown, 'B > A'))
  expect(stored.rankings[0]!.strength).toBe(2)
})

test('at 320 pixels nothing is wider than the screen, and a dialog’s buttons are in it', async ({
  newcomer,
  api,
}) => {
  const { batch } = await makeBatch(api, { size: 9, text: longText })
  const { page } = await newcomer({ ...phone, viewport: { width: 320, height: 568 } })
  await page.goto(queuePath(batch))
  await expect(prompt(page)).toBeVisible()
  await expectNoSidewaysScroll(page)
  for (const button of await page.getByRole('button').all()) await expectWithin(page, button)
  for (const name of ['Skip', 'Improve response A']) {
    await page.getByRole('button', { name, exact: true }).first().tap()
    await expect(page.getByRole('dialog')).toBeVisible()
    await expectNoSidewaysScroll(page)
    for (const button of await page.getByRole('dialog').getByRole('button').all())
      await expectWithin(page, button)
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).tap()
    await expect(page.getByRole('dialog')).toBeHidden()
  }
  await page.goto('/rankings')
  await expect(page.getByRole('heading', { name: 'My rankings' })).toBeVisible()
  await expectNoSidewaysScroll(page)
})

test('at 200 % zoom everything can be reached and an answer goes by the keyboard', async ({
  newcomer,
  api,
}) => {
  const { batch, comparisons } = await makeBatch(api, { size: 4, text: longText })
  const { page } = await newcomer({ viewport: { width: 640, height: 400 }, deviceScaleFactor: 2 })
  const shown = await openQueue(page, batch)
  await expectNoSidewaysScroll(page)
  await type(page, '4', '3', '2')
  const submit = page.getByRole('button', { name: 'Submit' })
  await submit.scrollIntoViewIfNeeded()
  await expect(submit).toBeInViewport({ ratio: 1 })
  // The text of each can be read to its end, however little room there is.
  await response(page, 'D').getByText('Line 30 of').scrollIntoViewIfNeeded()
  await expect(response(page, 'D').getByText('Line 30 of')).toBeInViewport({ ratio: 1 })
  await response(page, 'D').focus()
  await type(page, '1')
  await submit.click()
  await expect(page.getByRole('heading', { name: 'This batch is done' })).toBeVisible()
  const stored = await comparison(api, comparisons[0]!.id)
  expect(inTexts(stored, stored.rankings[0]!)).toEqual(textsOf(shown, 'D > C > B > A'))
})

test('whoever asked for less motion sees none', async ({ newcomer, api }) => {
  const { batch } = await makeBatch(api, { items: 2 })
  const { page, context } = await newcomer({ ...phone, reducedMotion: 'reduce' })
  await page.addInitScript(() => {
    const moved = new Set<string>()
    Object.assign(window, { moved })
    const note = (event: Event) => {
      const what =
        event instanceof TransitionEvent ? event.propertyName : (event as AnimationEvent).animationName
      moved.add(`${event.type} ${what}`)
    }
    addEventListener('transitionrun', note, true)
    addEventListener('animationstart', note, true)
  })
  await page.goto(queuePath(batch))
  const bar = page.getByRole('region', { name: 'Your answer' })
  await expect(bar).toBeVisible()
  const positions = await page.getByRole('main').evaluate(async (cards) => {
    const seen: number[] = []
    const scrolled = () => seen.push(cards.scrollLeft / cards.clientWidth)
    cards.addEventListener('scroll', scrolled)
    const [first] = document.querySelectorAll<HTMLElement>('[aria-label="Rank of response A"] button')
    first!.click()
    while (seen.length === 0 || seen.at(-1)! < 1) await new Promise(requestAnimationFrame)
    return seen
  })
  // There at once, not by way of what lies between.
  expect(positions).toEqual([1])
  await bar.getByRole('button', { name: 'Skip' }).tap()
  await expect(page.getByRole('dialog')).toBeVisible()
  await page.getByRole('button', { name: 'Close' }).tap()
  await expect(page.getByRole('dialog')).toBeHidden()
  await page
    .getByRole('button', { name: /^Flag response / })
    .and(page.locator(':visible'))
    .first()
    .tap()
  await expect(page.getByRole('menu')).toBeVisible()
  await page.getByRole('menuitem', { name: 'Harmful' }).tap()
  await expect(page.getByRole('menu')).toBeHidden()
  expect(await page.evaluate(() => [...(window as unknown as { moved: Set<string> }).moved])).toEqual([])
  await context.close()
})

async function expectNoSidewaysScroll(page: Page) {
  const { wide, width } = await page.evaluate(() => ({
    wide: document.documentElement.scrollWidth,
    width: document.documentElement.clientWidth,
  }))
  expect(wide).toBeLessThanOrEqual(width)
  expect(await page.evaluate(() => visualViewport!.scale)).toBeLessThanOrEqual(1)
}

type Locators = ReturnType<Page['getByRole']>[]

/** Buttons in the lower half of the screen that a thumb can hit: 44 px high. */
async function expectInReach(page: Page, buttons: Locators | Promise<Locators>) {
  const { height } = page.viewportSize()!
  for (const button of await buttons) {
    const box = (await button.boundingBox())!
    expect(box.height).toBeGreaterThanOrEqual(44)
    expect(box.y).toBeGreaterThan(height / 2)
    expect(box.y + box.height).toBeLessThanOrEqual(height)
  }
}

async function expectWithin(page: Page, button: Locators[number]) {
  const box = await button.boundingBox()
  if (!box) return
  const { width } = page.viewportSize()!
  const name = await button.evaluate((element) => element.getAttribute('aria-label') ?? element.textContent)
  // Responses B to I lie beside the screen, to be swiped to.
  if (await button.evaluate((element) => element.closest('article:not([data-active])') !== null)) return
  expect(box.x, `${name} begins left of the screen`).toBeGreaterThanOrEqual(0)
  expect(box.x + box.width, `${name} ends right of the screen`).toBeLessThanOrEqual(width)
}

function longText(response: number): string {
  return Array.from({ length: 30 }, (_, line) => `Line ${line + 1} of answer ${response}.`).join('\n\n')
}
