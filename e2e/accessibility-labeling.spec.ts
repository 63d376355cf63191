import type { APIRequestContext } from '@playwright/test'
import { send } from './api.ts'
import { expectNoBarriers, open } from './barriers.ts'
import { comparison, makeBatch, rankNext } from './batch.ts'
import { rows } from './page.ts'
import { expect, test } from './people.ts'
import { awake, openQueue, prompt, queuePath, type } from './ranking.ts'
import { run, seedLoop } from './seed.ts'

test('the rank screen has no barrier with two, four or nine responses, begun or not, in its dialogs and menus', async ({
  newcomer,
  api,
}) => {
  test.setTimeout(300_000)
  await send(api, 'PATCH', '/api/workspace', { guidelines: '# What is better\n\nHelpful, then **true**.' })
  const { page } = await newcomer()

  const pair = await makeBatch(api, { items: 2, size: 2, text: rich })
  await openQueue(page, pair.batch)
  await type(page, 'a', 'Shift+2', 'c')
  await expectNoBarriers(page, 'a pair')

  const { batch } = await makeBatch(api, { items: 2, size: 4, text: rich })
  await openQueue(page, batch)
  await expectNoBarriers(page, 'four')
  await type(page, '?')
  await expect(page.getByRole('dialog', { name: 'Keys' })).toBeVisible()
  await expectNoBarriers(page, 'keys')
  await type(page, 'Escape', 's')
  await expect(page.getByRole('dialog', { name: 'Skip this one' })).toBeVisible()
  await expectNoBarriers(page, 'skip')
  await type(page, 'Escape', 'i')
  const version = page.getByRole('textbox', { name: 'Your version' })
  await version.fill('')
  await type(page, 'Control+Enter')
  await expectNoBarriers(page, 'improve, refused')
  await version.fill('A better answer.')
  await type(page, 'Control+Enter')
  await expect(page.getByRole('dialog')).toBeHidden()
  await awake(page)
  await type(page, '2', '1', 'Enter')
  await expect(page.getByRole('dialog', { name: 'C and D have no rank yet' })).toBeVisible()
  await expectNoBarriers(page, 'partial')
  await type(page, 'Escape', 'f')
  await expect(page.getByRole('menu')).toBeVisible()
  await expectNoBarriers(page, 'flags')
  await type(page, '1', 'g', 'c')
  await expect(page.getByRole('complementary', { name: 'Guidelines' })).toBeVisible()
  await expectNoBarriers(page, 'four, begun, with guidelines and comment')
  await page.getByRole('button', { name: 'Close the guidelines' }).click()
  await page.getByRole('button', { name: /Choose a batch/ }).click()
  await expect(page.getByRole('menuitem', { name: batch })).toBeVisible()
  await expectNoBarriers(page, 'batches')
  await type(page, 'Escape', 'Escape')

  const many = await makeBatch(api, { size: 9, text: rich })
  await openQueue(page, many.batch)
  await type(page, '3', '1', '2', 'l', 'r')
  await expectNoBarriers(page, 'nine, stacked, as written')
  await type(page, 'l', 'r', 'm')
  await expectNoBarriers(page, 'nine, one picked up')
  await type(page, 'Escape', '0', 'Enter')
  await expect(page.getByRole('heading', { name: 'This batch is done' })).toBeVisible()
  await expectNoBarriers(page, 'nothing left')

  await open(page, '/rankings')
  await expectNoBarriers(page, 'an annotator’s own rankings')
  await rows(page, 'My rankings').first().click()
  await expect(page.getByRole('dialog')).toBeVisible()
  await expectNoBarriers(page, 'one’s own answer')
})

test('adjudication, gold, batches and suspects have no barrier', async ({ page, newcomer, api }) => {
  test.setTimeout(300_000)
  await seedLoop(api)
  const scores = await score(api)
  const { batch, comparisons } = await makeBatch(api, { items: 3, overlap: 2, text: rich })
  const people = [await newcomer(), await newcomer()]
  for (const [index, { api }] of people.entries())
    for (const _ of comparisons)
      await rankNext(api, batch, (a, b) => (index ? a.localeCompare(b) : b.localeCompare(a)), {
        comment: 'Seen before',
      })
  const [gold, decided] = [comparisons[0]!, comparisons[1]!]

  await open(page, `/adjudication?batch=${encodeURIComponent(batch)}`)
  await expect(rows(page, 'Comparisons to decide')).toHaveCount(3)
  await expectNoBarriers(page, '/adjudication')
  await open(page, '/adjudication?q=nothing+like+this')
  await expectNoBarriers(page, '/adjudication, nothing found')

  await send(api, 'POST', '/api/adjudications/claim', { comparisonId: decided.id })
  await open(page, '/adjudicate')
  await expect(prompt(page)).toBeVisible()
  await awake(page)
  await type(page, 'v')
  await expect(
    page.getByRole('region', { name: 'What the annotators said' }).getByRole('listitem'),
  ).toHaveCount(2)
  await expectNoBarriers(page, '/adjudicate with opinions')
  await awake(page)
  await type(page, '3', '1', '2', 'Enter')
  await expect.poll(async () => (await comparison(api, decided.id)).decision).not.toBeNull()
  await open(page, '/adjudication?state=done')
  await expectNoBarriers(page, '/adjudication, decided')

  await open(page, `/comparisons/${decided.id}`)
  await expectNoBarriers(page, 'a decided comparison')
  await open(page, `/comparisons/${gold.id}`)
  const { completions } = await comparison(api, gold.id)
  await page.getByRole('button', { name: 'Make it gold' }).click()
  await expect(page.getByRole('dialog')).toBeVisible()
  await expectNoBarriers(page, 'the gold dialog')
  await send(api, 'POST', `/api/comparisons/${gold.id}/gold`, { groups: completions.map(({ id }) => [id]) })
  await open(page, `/comparisons/${gold.id}`)
  await expectNoBarriers(page, 'a gold comparison')

  const { items } = await send<{ items: { id: string; name: string }[] }>(api, 'GET', '/api/batches')
  await open(page, `/comparisons/batches/${items.find(({ name }) => name === batch)!.id}`)
  await expectNoBarriers(page, 'a batch')
  for (const path of ['/suspects', '/suspects?confidence=0.5', '/quality', `/runs/${scores}`]) {
    await open(page, path)
    await expectNoBarriers(page, path)
  }
})

test('an empty queue and what comes before it have no barrier', async ({ newcomer }) => {
  const { page } = await newcomer()
  await open(page, queuePath('no such batch'))
  await expectNoBarriers(page, 'a batch that is not there')
  await open(page, '/rankings')
  await expectNoBarriers(page, 'no rankings yet')
})

/** The run of the newest reward model's scores, made unless there is one. */
async function score(api: APIRequestContext): Promise<string> {
  const { items } = await send<{ items: { id: string; status: string }[] }>(
    api,
    'GET',
    '/api/runs?kind=SCORE',
  )
  const before = items.find(({ status }) => status === 'SUCCEEDED')
  if (before) return before.id
  const models = await send<{ items: { id: string }[] }>(api, 'GET', '/api/models?kind=REWARD')
  const reward = { rewardId: models.items[0]!.id, promptFilter: { tag: 'parcels' } }
  return (await run(api, { kind: 'SCORE', name: 'scores', config: {}, ...reward })).id
}

/** All that a response may hold: a table, code and a formula too wide for a phone. */
function rich(response: number, item: number): string {
  return [
    `Answer **${response}** to question ${item}, see [the page](https://example.com).`,
    '| a | b | c | d | e | f |\n|---|---|---|---|---|---|\n| one long cell | another long cell | a third cell | 4 | 5 | 6 |',
    `\`\`\`js\nconst answer = ${response} + 'a line of code that is much too long to fit on the screen of a phone'\n\`\`\``,
    '$$x = \\frac{-b \\pm \\sqrt{b^2 - 4ac}}{2a} + \\sum_{i=1}^{n} a_i b_i + \\int_0^1 f(t)\\,dt$$',
    '- one\n- two',
  ].join('\n\n')
}
