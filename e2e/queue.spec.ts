import type { Page } from '@playwright/test'
import { send } from './api.ts'
import { comparison, comparisonsOf, makeBatch } from './batch.ts'
import { expect, test } from './people.ts'
import { awake, nextAfter, openQueue, prompt, questionIn, queuePath, type Seen, type } from './ranking.ts'

test('two annotators at once, each with an item fetched ahead, never get one beyond its overlap', async ({
  newcomer,
  api,
}) => {
  const { batch, comparisons } = await makeBatch(api, { items: 6, size: 2, overlap: 1 })
  const people = [await newcomer(), await newcomer()]
  const asked = await Promise.all(people.map(({ page }) => rankToTheEnd(page, batch)))
  expect(asked.flat().sort()).toEqual(comparisons.map(({ prompt }) => prompt.text).sort())
  const rankings = async () => {
    const all = await Promise.all(comparisons.map(({ id }) => comparison(api, id)))
    return all.map(({ rankings }) => rankings.length)
  }
  await expect.poll(rankings).toEqual([1, 1, 1, 1, 1, 1])
  for (const { page } of people) {
    await page.reload()
    await expect(
      page.getByRole('heading', { name: /This batch is done|That was the last one/ }),
    ).toBeVisible()
  }
})

test('two tabs of one annotator share what they hold and never answer an item twice', async ({
  newcomer,
  api,
}) => {
  const { batch, comparisons } = await makeBatch(api, { items: 4, size: 2 })
  const { page: one, context } = await newcomer()
  const other = await context.newPage()
  let shown = await openQueue(one, batch)
  expect(await openQueue(other, batch)).toEqual(shown)

  // What one tab answers leaves the other.
  await type(one, 'a', 'Enter')
  shown = await nextAfter(other, shown)
  await expect(prompt(one)).toContainText(shown.question)
  await other.bringToFront()
  await type(other, 'b', 'Enter')
  shown = await nextAfter(one, shown)
  await expect(prompt(other)).toContainText(shown.question)

  // Both at the same moment.
  for (const page of [one, other]) {
    await page.bringToFront()
    await awake(page)
    await type(page, 'a')
  }
  await Promise.all([one, other].map((page) => page.keyboard.press('Enter')))
  for (const page of [one, other]) await expect(prompt(page)).not.toContainText(shown.question)
  const counts = async () => {
    const all = await Promise.all(comparisons.map(({ id }) => comparison(api, id)))
    return all.map(({ rankings }) => rankings.length).sort()
  }
  await expect.poll(counts).toEqual([0, 1, 1, 1])
  await one.reload()
  await expect(prompt(one)).toBeVisible()
  expect(await counts()).toEqual([0, 1, 1, 1])
})

test('gold and repeated items are mixed in, and neither the screen nor an answer of the server tells them apart', async ({
  newcomer,
  api,
}) => {
  test.setTimeout(240_000)
  const { batch, comparisons } = await makeBatch(api, {
    items: 18,
    size: 2,
    goldRate: 0.25,
    repeatRate: 0.25,
  })
  for (const { id } of comparisons.slice(0, 4)) {
    const { completions } = await comparison(api, id)
    await send(api, 'POST', `/api/comparisons/${id}/gold`, {
      groups: completions.map((completion) => [completion.id]),
      note: 'checked by hand',
    })
  }
  const annotator = await newcomer()
  const { page } = annotator
  const assignments = new Map<string, object>()
  const bodies: string[] = []
  page.on('response', async (answer) => {
    if (!/\/api\/(queue|rankings)/.test(answer.url())) return
    const text = await answer.text().catch(() => '')
    bodies.push(text)
    for (const item of assignmentsIn(text)) assignments.set(item.id, item)
  })
  const screens: string[] = []
  const asked = await rankToTheEnd(page, batch, async () => {
    screens.push(withoutNumbers(await page.locator('body').ariaSnapshot()))
  })

  // There were some of each.
  const own = await send<{ items: { comparisonId: string }[]; total: number }>(
    annotator.api,
    'GET',
    `/api/rankings/mine?batch=${encodeURIComponent(batch)}&limit=100`,
  )
  expect(own.total).toBe(asked.length)
  const answered = new Set(own.items.map(({ comparisonId }) => comparisonId))
  const golds = await comparisonsOf(api, batch, { kind: 'GOLD' })
  const repeats = await comparisonsOf(api, batch, { kind: 'REPEAT' })
  expect(golds.filter(({ id }) => answered.has(id)).length).toBeGreaterThan(1)
  expect(repeats.filter(({ id }) => answered.has(id)).length).toBeGreaterThan(0)

  // And all look alike.
  expect(assignments.size).toBe(asked.length)
  expect(new Set([...assignments.values()].map(shapeOf)).size).toBe(1)
  expect(new Set([...assignments.values()].map((item) => (item as { kind: string }).kind))).toEqual(
    new Set(['LABEL']),
  )
  expect(bodies.join()).not.toMatch(/gold|repeat|originalId|checked by hand|"reason"/i)
  // On the first there is nothing to reopen yet.
  expect([...new Set(screens.slice(1))].slice(1)).toEqual([])
  expect(JSON.stringify(own)).not.toMatch(/gold|repeat|originalId|checked by hand/i)
})

test('what is meant for others is not offered, and comes once it is meant for anyone', async ({
  newcomer,
  api,
}) => {
  const { batch } = await makeBatch(api, { items: 2, size: 2 })
  const [meant, other] = [await newcomer(), await newcomer()]
  const { items } = await send<{ items: { id: string; name: string }[] }>(api, 'GET', '/api/batches')
  const { id } = items.find(({ name }) => name === batch)!
  await send(api, 'PATCH', `/api/batches/${id}`, { assigneeIds: [meant.id] })
  await other.page.goto(queuePath(batch))
  await expect(other.page.getByRole('heading', { name: 'Nothing for you at the moment' })).toBeVisible()
  const shown = await openQueue(meant.page, batch)
  expect(shown.texts).toHaveLength(2)
  await send(api, 'PATCH', `/api/batches/${id}`, { assigneeIds: [], overlap: 2 })
  await other.page.getByRole('button', { name: 'Look again' }).click()
  await expect(prompt(other.page)).toBeVisible()
})

/** Prefers A until nothing comes; the questions in the order they came. */
async function rankToTheEnd(page: Page, batch: string, look?: () => Promise<void>): Promise<string[]> {
  const asked: string[] = []
  let shown: Seen | null = await openQueue(page, batch)
  while (shown) {
    asked.push(shown.question)
    await look?.()
    await type(page, 'a', 'Enter')
    shown = await nextOrNull(page, shown)
  }
  return asked
}

async function nextOrNull(page: Page, before: Seen): Promise<Seen | null> {
  const end = page.getByRole('heading', { name: /This batch is done|That was the last one/ })
  const next = prompt(page).filter({ hasNotText: before.question })
  await expect(end.or(next)).toBeVisible()
  return (await end.isVisible()) ? null : nextAfter(page, before)
}

interface Item {
  id: string
  kind: string
}

function assignmentsIn(text: string): Item[] {
  const { assignment, upcoming = [] } = JSON.parse(text || '{}') as {
    assignment?: Item | null
    upcoming?: Item[]
  }
  return assignment ? [assignment, ...upcoming] : upcoming
}

/** The names and kinds of everything in a JSON value, without its texts and numbers. */
function shapeOf(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(shapeOf)}]`
  if (value === null || typeof value !== 'object') return value === null ? 'null' : typeof value
  return `{${Object.entries(value).map(([key, inner]) => `${key}:${shapeOf(inner)}`)}}`
}

/** What a screen reader finds, without numbers and without the pace, which is told from the second answer on. */
function withoutNumbers(screen: string): string {
  const lines = screen.split('\n').filter((line) => !line.includes('paragraph: Today'))
  return lines.join('\n').replaceAll(questionIn(screen), 'Question').replaceAll(/\d+/g, '#')
}
