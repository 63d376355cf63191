import type { Page } from '@playwright/test'
import { comparison, inTexts, makeBatch } from './batch.ts'
import { expect, annotatorTest as test } from './people.ts'
import {
  awake,
  nextAfter,
  notice,
  openQueue,
  prompt,
  response,
  type Seen,
  seen,
  textsOf,
  type,
} from './ranking.ts'

test('nine responses are ranked by the keyboard alone, with ties, in part, and with none acceptable', async ({
  page,
  api,
}) => {
  const { batch, comparisons } = await makeBatch(api, { items: 3, size: 9 })
  const stored = async ({ question }: Seen) => {
    const { id } = comparisons.find(({ prompt }) => prompt.text === question)!
    const shown = await comparison(api, id)
    expect(shown.rankings).toHaveLength(1)
    return { ...shown.rankings[0]!, order: inTexts(shown, shown.rankings[0]!) }
  }

  const tied = await openQueue(page, batch)
  // The number ranks the response in focus and the focus moves on; = ties it with the one ranked last.
  await type(page, '3', '1', '2', '=', '5', '5', '9', '8', '7')
  await expect(response(page, 'B')).toHaveAccessibleName('Response B, 1st')
  await expect(response(page, 'D')).toHaveAccessibleName('Response D, 2nd, tied')
  await expect(response(page, 'G')).toHaveAccessibleName('Response G, 7th')
  await expect(page.getByRole('region', { name: 'Your answer' })).toContainText(
    /B\s*›\s*C\s*=\s*D\s*›\s*A\s*›\s*E\s*=\s*F\s*›\s*I\s*›\s*H\s*›\s*G/,
  )
  await type(page, 'Enter')

  const partial = await nextAfter(page, tied)
  await type(page, '2', '1')
  await type(page, 'ArrowRight', 'ArrowRight', 'ArrowRight', '2', 'Enter')
  const dialog = page.getByRole('dialog', { name: 'C, D, E, G, H and I have no rank yet' })
  await expect(dialog.getByRole('button', { name: 'Finish the order' })).toBeFocused()
  await type(page, 'Shift+Tab')
  await expect(dialog.getByRole('button', { name: 'Submit without them' })).toBeFocused()
  await type(page, 'Enter')

  const bad = await nextAfter(page, partial)
  await type(page, '0')
  await expect(page.getByRole('button', { name: 'None acceptable' })).toHaveAttribute('aria-pressed', 'true')
  await type(page, 'Enter')
  await expect(page.getByRole('heading', { name: 'This batch is done' })).toBeVisible()

  await expect
    .poll(async () => (await stored(tied)).order)
    .toEqual(textsOf(tied, 'B > C = D > A > E = F > I > H > G'))
  expect(await stored(tied)).toMatchObject({ allBad: false, comment: null, flags: [] })
  expect((await stored(partial)).order).toEqual(textsOf(partial, 'B > A = F'))
  expect(await stored(bad)).toMatchObject({ allBad: true, order: [] })
})

test('the order in which four responses were shown is sent only when it is meant', async ({ page, api }) => {
  const { batch, comparisons } = await makeBatch(api, { size: 4 })
  const shown = await openQueue(page, batch)
  await type(page, '1', '2', '3', '4', 'Enter')
  await expect(notice(page)).toContainText('This is the order they were shown in')
  expect((await comparison(api, comparisons[0]!.id)).rankings).toEqual([])
  await type(page, 'Enter')
  await expect(page.getByRole('heading', { name: 'This batch is done' })).toBeVisible()
  const stored = await comparison(api, comparisons[0]!.id)
  expect(inTexts(stored, stored.rankings[0]!)).toEqual(textsOf(shown, 'A > B > C > D'))
})

test('of two responses the better one and by how much go by the keyboard', async ({ page, api }) => {
  const { batch, comparisons } = await makeBatch(api, { size: 2 })
  const shown = await openQueue(page, batch)
  await type(page, 'b', 'Shift+3')
  await expect(page.getByRole('radio', { name: 'better' })).toBeChecked()
  await type(page, 'Enter')
  await expect(page.getByRole('heading', { name: 'This batch is done' })).toBeVisible()
  const stored = await comparison(api, comparisons[0]!.id)
  expect(inTexts(stored, stored.rankings[0]!)).toEqual(textsOf(shown, 'B > A'))
  expect(stored.rankings[0]!.strength).toBe(3)
})

test('a key held down answers neither its own item twice nor the next one, which nobody has seen', async ({
  page,
  api,
}) => {
  const { batch, comparisons } = await makeBatch(api, { items: 3 })
  const first = await openQueue(page, batch)
  const keyboard = await page.context().newCDPSession(page)
  const hold = async (key: string, times: number) => {
    for (let time = 0; time < times; time++) await keyDown(keyboard, key, true)
  }
  await type(page, '2', '1', '3')
  await keyDown(keyboard, 'Enter', false)
  await hold('Enter', 10)
  await expect(prompt(page)).not.toContainText(first.question)
  await hold('Enter', 20)
  await awake(page)
  await hold('Enter', 20)
  await hold('1', 20)
  await expect(response(page, 'A')).toHaveAccessibleName('Response A, not ranked')
  await expect(notice(page)).toHaveCount(0)
  await keyboard.send('Input.dispatchKeyEvent', { type: 'keyUp', key: 'Enter', code: 'Enter' })
  await keyboard.detach()
  const rankings = async () =>
    (await Promise.all(comparisons.map(({ id }) => comparison(api, id)))).map(
      ({ rankings }) => rankings.length,
    )
  await expect.poll(async () => (await rankings()).sort()).toEqual([0, 0, 1])

  // Pressed anew they live.
  await type(page, '1')
  await expect(response(page, 'A')).toHaveAccessibleName('Response A, 1st')
})

test('an item takes no key before it has been on screen for 300 ms', async ({ page, api }) => {
  const { batch } = await makeBatch(api, { items: 2 })
  await page.clock.install()
  const first = await openQueue(page, batch)
  await type(page, '2', '1', '3')
  await page.clock.pauseAt(Date.now() + 3_600_000)
  await type(page, 'Enter')
  await expect(prompt(page)).not.toContainText(first.question)
  await type(page, '1', 'Enter')
  // Two frames until it is painted.
  await page.clock.runFor(40)
  await type(page, '1', 'Enter')
  await page.clock.runFor(250)
  await type(page, '1', 'Enter', 's', '0')
  await expect(response(page, 'A')).toHaveAccessibleName('Response A, not ranked')
  await expect(page.getByRole('dialog')).toHaveCount(0)
  await expect(page.getByRole('button', { name: 'None acceptable' })).toHaveAttribute('aria-pressed', 'false')
  await page.clock.runFor(100)
  await type(page, '1')
  await expect(response(page, 'A')).toHaveAccessibleName('Response A, 1st')
})

test('a key of one’s own choice works, survives a reload, and the old one is free', async ({ page, api }) => {
  const { batch } = await makeBatch(api)
  await openQueue(page, batch)
  await type(page, '?')
  const keys = page.getByRole('dialog', { name: 'Keys' })
  const skip = keys.getByRole('button', { name: /^Skip, with a reason: (?!back)/ })
  await skip.focus()
  await type(page, 'Enter')
  await expect(skip).toHaveAccessibleName('Skip, with a reason: press a key, or Escape')
  // Taken already: it says by what.
  await type(page, 'd')
  await expect(keys.getByRole('status')).toContainText('D is taken')
  await type(page, 'k')
  await expect(skip).toHaveAccessibleName('Skip, with a reason: K, change')
  await type(page, 'Escape')
  await expect(keys).toBeHidden()

  await page.reload()
  await expect(response(page, 'A')).toBeVisible()
  await awake(page)
  await type(page, 's')
  await expect(page.getByRole('dialog')).toHaveCount(0)
  await type(page, 'k')
  await expect(page.getByRole('dialog', { name: 'Skip this one' })).toBeVisible()
})

test('keys are dead while somebody types and while a dialog is open', async ({ page, api }) => {
  const { batch } = await makeBatch(api)
  await openQueue(page, batch)
  await type(page, 'c')
  const comment = page.getByRole('textbox', { name: 'Comment' })
  await expect(comment).toBeFocused()
  await page.keyboard.type('123 s0z=?')
  await expect(comment).toHaveValue('123 s0z=?')
  await expectUntouched(page)
  await type(page, 'Escape')
  await expect(comment).not.toBeFocused()

  await type(page, 'i')
  const version = page.getByRole('dialog').getByRole('textbox', { name: 'Your version' })
  await expect(version).toBeFocused()
  await page.keyboard.type('0s1')
  await type(page, 'Escape')
  await page.getByRole('button', { name: 'Throw away' }).press('Enter')
  await expect(page.getByRole('dialog')).toBeHidden()
  await expectUntouched(page)

  await type(page, '?')
  await expect(page.getByRole('dialog', { name: 'Keys' })).toBeVisible()
  await type(page, '1', '0', 's', 'z')
  await expect(page.getByRole('dialog')).toHaveCount(1)
  await type(page, 'Escape')
  await expect(page.getByRole('dialog')).toBeHidden()
  await expectUntouched(page)
  expect((await seen(page)).texts).toHaveLength(3)

  // Ctrl and Enter submit from the comment too; what has no rank is told, and nothing is sent.
  await type(page, '1')
  await comment.focus()
  await type(page, 'Control+Enter')
  await expect(notice(page)).toContainText('B and C have no rank yet')
})

async function expectUntouched(page: Page) {
  await expect(response(page, 'A')).toHaveAccessibleName('Response A, not ranked')
  await expect(page.getByRole('button', { name: 'None acceptable' })).toHaveAttribute('aria-pressed', 'false')
}

type Keyboard = Awaited<ReturnType<ReturnType<Page['context']>['newCDPSession']>>

async function keyDown(keyboard: Keyboard, key: string, autoRepeat: boolean) {
  const isDigit = /^\d$/.test(key)
  await keyboard.send('Input.dispatchKeyEvent', {
    type: 'keyDown',
    key,
    code: isDigit ? `Digit${key}` : key,
    text: isDigit ? key : '\r',
    windowsVirtualKeyCode: isDigit ? key.charCodeAt(0) : 13,
    autoRepeat,
  })
}
