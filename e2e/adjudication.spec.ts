import { comparison, inTexts, makeBatch, pairsOf, rankNext } from './batch.ts'
import { rows } from './page.ts'
import { expect, test } from './people.ts'
import { awake, prompt, seen, textsOf, type } from './ranking.ts'

test('what two annotators disagree on is found, decided by a researcher, and the decision alone enters the dataset', async ({
  page,
  newcomer,
  api,
}) => {
  const { batch, comparisons } = await makeBatch(api, { items: 2, overlap: 2 })
  const [one, other] = [await newcomer(), await newcomer()]
  // Of one question they say opposite things, of the other the same.
  const disputed = comparisons[0]!
  const rising = (a: string, b: string) => a.localeCompare(b)
  for (const { api: person } of [one, other]) {
    for (let item = 0; item < 2; item++)
      await rankNext(
        person,
        batch,
        (a, b) => {
          const opposite = person === other.api && a.includes('question 1')
          return opposite ? rising(b, a) : rising(a, b)
        },
        { comment: person === one.api ? 'Shorter is better' : 'Longer is better' },
      )
  }

  await page.goto(`/adjudication?batch=${encodeURIComponent(batch)}`)
  await expect(rows(page, 'Comparisons to decide')).toHaveCount(1)
  await expect(rows(page, 'Comparisons to decide')).toContainText('100 %')
  await rows(page, 'Comparisons to decide').first().click()
  await expect(page).toHaveURL(new RegExp(`/comparisons/${disputed.id}$`))
  await page.getByRole('button', { name: 'Decide it' }).click()
  await expect(page).toHaveURL(/\/adjudicate/)
  await expect(prompt(page)).toContainText(disputed.prompt.text)
  await awake(page)
  const shown = await seen(page)
  expect(shown.texts).toHaveLength(3)

  // Hidden until asked for, nameless then.
  const opinions = page.getByRole('region', { name: 'What the annotators said' })
  await expect(opinions.getByRole('listitem')).toHaveCount(0)
  await type(page, 'v')
  await expect(opinions.getByRole('listitem')).toHaveCount(2)
  await expect(opinions).toContainText('Longer is better')
  await expect(opinions).not.toContainText(one.name)
  await expect(opinions).not.toContainText(other.name)
  await type(page, 'v')
  await expect(opinions.getByRole('listitem')).toHaveCount(0)

  await type(page, '2', '1', '1', 'Enter')
  await expect(page.getByText(disputed.prompt.text)).toBeHidden()
  await expect.poll(async () => (await comparison(api, disputed.id)).decision).not.toBeNull()
  const stored = await comparison(api, disputed.id)
  expect(inTexts(stored, stored.decision!)).toEqual(textsOf(shown, 'B = C > A'))
  expect(stored.rankings).toHaveLength(2)

  await page.goto(`/adjudication?batch=${encodeURIComponent(batch)}&state=done`)
  await expect(rows(page, 'Decided comparisons')).toHaveCount(1)
  await page.goto(`/adjudication?batch=${encodeURIComponent(batch)}`)
  await expect(page.getByText('No comparison matches.')).toBeVisible()

  // Two annotators' three pairs of the other question, and the decision's three of this one.
  const pairs = await pairsOf(api, batch)
  const [[b, c], [a]] = textsOf(shown, 'B = C > A') as [string[], string[]]
  const decided = pairs.filter((pair) => pair.includes('question 1.'))
  expect(decided.map(unordered).sort()).toEqual(
    [`${b} = ${c}`, `${b} > ${a}`, `${c} > ${a}`].map(unordered).sort(),
  )
  expect(pairs.length - decided.length).toBe(6)
})

test('annotators are kept from deciding', async ({ newcomer }) => {
  const { page, api } = await newcomer()
  for (const path of ['/adjudication', '/adjudicate', '/suspects']) {
    await page.goto(path)
    await expect(page).toHaveURL(/\/rank$/)
  }
  expect((await api.get('/api/adjudications')).status()).toBe(403)
  expect((await api.post('/api/adjudications/claim', { data: {} })).status()).toBe(403)
})

/** The two of a tie in alphabetical order. */
function unordered(pair: string): string {
  return pair.includes(' = ') ? pair.split(' = ').sort().join(' = ') : pair
}
