import { send } from './api.ts'
import { comparison, inTexts, makeBatch, pairsOf, rankNext } from './batch.ts'
import { rows } from './page.ts'
import { expect, annotatorTest as test } from './people.ts'
import { awake, nextAfter, openQueue, prompt, queuePath, response, textsOf, type } from './ranking.ts'

test('a response improved by an annotator ranks first, is kept as a completion, and enters the dataset’s pairs', async ({
  page,
  api,
}) => {
  const { batch, comparisons } = await makeBatch(api)
  const { id } = comparisons[0]!
  const shown = await openQueue(page, batch)
  await type(page, '2', '1', '3')
  await response(page, 'B').focus()
  await type(page, 'i')
  const dialog = page.getByRole('dialog', { name: 'Improve response B' })
  const version = dialog.getByRole('textbox', { name: 'Your version' })
  await expect(version).toHaveValue(shown.texts[1]!)
  await version.fill(shown.texts[0]!)
  await type(page, 'Control+Enter')
  await expect(dialog.getByRole('alert').filter({ hasText: /A/ })).toBeVisible()
  await version.fill('An answer better than all of them.')
  await expect(dialog.getByRole('insertion').filter({ hasText: 'better' })).toBeVisible()
  await type(page, 'Control+Enter')
  await expect(dialog).toBeHidden()
  await expect(page.getByRole('region', { name: 'Your answer' })).toContainText(/B′.*›\s*B\s*›\s*A\s*›\s*C/)
  await type(page, 'Enter')
  await expect(page.getByRole('heading', { name: 'This batch is done' })).toBeVisible()

  const stored = await comparison(api, id)
  expect(stored.completions).toHaveLength(3)
  const [ranking] = stored.rankings
  expect(inTexts(stored, ranking!)).toEqual(textsOf(shown, 'B > A > C'))
  expect(ranking!.edit).toEqual({
    completionId: ranking!.shownOrder[1],
    text: 'An answer better than all of them.',
  })
  const { items } = await send<{ items: { id: string; text: string }[] }>(
    api,
    'GET',
    `/api/prompts?q=${encodeURIComponent(shown.question)}`,
  )
  const asked = await send<{ completions: { text: string; source: string }[] }>(
    api,
    'GET',
    `/api/prompts/${items[0]!.id}`,
  )
  expect(asked.completions).toContainEqual(
    expect.objectContaining({ source: 'edit', text: 'An answer better than all of them.' }),
  )
  const order = ['An answer better than all of them.', ...textsOf(shown, 'B > A > C').flat()]
  expect(await pairsOf(api, batch)).toEqual(
    order.flatMap((better, place) => order.slice(place + 1).map((worse) => `${better} > ${worse}`)).sort(),
  )
})

test('an annotator finds an answer by its words and changes it: the new ranking takes the place of the old', async ({
  page,
  api,
  annotator,
}) => {
  const { batch, comparisons } = await makeBatch(api, { items: 3 })
  for (const word of ['heron', 'plover', 'curlew'])
    await rankNext(annotator.api, batch, (a, b) => a.localeCompare(b), { comment: `As good as a ${word}` })
  await page.goto('/rankings')
  const table = rows(page, 'My rankings')
  await expect(table).toHaveCount(3)
  await page.getByRole('searchbox', { name: 'Search your answers' }).fill('plover')
  await expect(table).toHaveCount(1)
  await expect(page).toHaveURL(/q=plover/)
  await table.first().focus()
  await type(page, 'Enter')
  const dialog = page.getByRole('dialog', { name: 'Your ranking' })
  await expect(dialog).toContainText('As good as a plover')
  await dialog.getByRole('button', { name: 'Change it' }).click()
  await expect(page.getByText('Reopened: submitting replaces your earlier ranking')).toBeVisible()
  await awake(page)
  await expect(page.getByRole('textbox', { name: 'Comment' })).toHaveValue('As good as a plover')
  const question = (await prompt(page).textContent())!
  const { id } = comparisons.find((each) => question.includes(each.prompt.text))!
  const before = await comparison(api, id)
  const old = inTexts(before, before.rankings[0]!)

  // What says the same is not sent unasked.
  await type(page, 'Enter')
  await expect(page.getByRole('alert').filter({ hasText: 'Nothing has changed' })).toBeVisible()
  await type(page, '3', 'ArrowRight', '3', 'ArrowRight', '1', 'Enter')
  await expect.poll(async () => (await comparison(api, id)).rankings.length).toBe(2)
  const after = await comparison(api, id)
  const [first, second] = after.rankings
  expect(first).toMatchObject({ superseded: true, comment: 'As good as a plover' })
  expect(inTexts(after, first!)).toEqual(old)
  expect(second!.superseded).toBe(false)
  const [a, b, c] = second!.shownOrder
  expect(second!.groups.map((group) => group.toSorted())).toEqual([[c], [a, b].sort()])

  await page.goto('/rankings?q=plover')
  await expect(table).toHaveCount(1)
  await expect(table).toContainText('C › A = B')
  await expect(table).toContainText('changed')
})

test('a skipped comparison is found again with its reason and ranked after all', async ({ page, api }) => {
  const { batch, comparisons } = await makeBatch(api, { items: 2 })
  const skipped = await openQueue(page, batch)
  await type(page, 's')
  const dialog = page.getByRole('dialog', { name: 'Skip this one' })
  await dialog.getByRole('textbox', { name: 'In your own words' }).fill('I want to look this up first')
  await type(page, 'Enter')
  const shown = await nextAfter(page, skipped)
  await type(page, '1', '2', '1', 'Enter')
  // The skipped one stays open for others, not for whoever skipped it.
  await expect(page.getByRole('heading', { name: 'That was the last one for you' })).toBeVisible()

  await page.goto('/rankings?status=skipped')
  await expect(rows(page, 'Skipped comparisons')).toHaveCount(1)
  await expect(rows(page, 'Skipped comparisons')).toContainText('I want to look this up first')
  await rows(page, 'Skipped comparisons').first().click()
  await page.getByRole('button', { name: 'Rank it after all' }).click()
  await expect(prompt(page)).toContainText(skipped.question)
  await awake(page)
  await type(page, '3', '2', '1', 'Enter')
  const { id } = comparisons.find((each) => each.prompt.text === skipped.question)!
  await expect.poll(async () => (await comparison(api, id)).rankings.length).toBe(1)
  await page.goto('/rankings?status=skipped')
  await expect(page.getByRole('heading', { name: 'Nothing skipped' })).toBeVisible()
  await page.goto('/rankings')
  await expect(rows(page, 'My rankings')).toHaveCount(2)
  expect(shown.question).not.toBe(skipped.question)
  await page.goto(queuePath(batch))
  await expect(page.getByRole('heading', { name: 'This batch is done' })).toBeVisible()
})
