import type { APIRequestContext, Page } from '@playwright/test'
import { expect, send, test } from './api.ts'
import { expectNoBarriers, open } from './barriers.ts'
import { seedLoop } from './seed.ts'

test.beforeAll(async ({ api }) => seedLoop(api))

test('no page of a member has a barrier, in light or dark, or is wider than a phone', async ({
  page,
  api,
}) => {
  test.setTimeout(240_000)
  for (const path of await everyPage(api)) await test.step(path, () => check(page, path))
})

test('no page of a stranger has a barrier, in light or dark, or is wider than a phone', async ({
  browser,
  api,
}) => {
  const { token } = await send<{ token: string }>(api, 'POST', '/api/invitations', { role: 'RESEARCHER' })
  const context = await browser.newContext({ storageState: { cookies: [], origins: [] } })
  const page = await context.newPage()
  for (const path of ['/sign-in', '/sign-up', `/sign-up?invitation=${token}`, '/sign-up?invitation=none'])
    await test.step(path, () => check(page, path))
  await context.close()
})

test('no dialog has a barrier', async ({ page }) => {
  const dialogs: [path: string, button: string][] = [
    ['/prompts', 'Import'],
    ['/prompts', 'Generate completions'],
    ['/comparisons', 'Make comparisons'],
    ['/datasets', 'Snapshot'],
    ['/members', 'Invite'],
    ['/models', 'Import a model'],
    ['/', 'Go to…'],
  ]
  for (const [path, button] of dialogs) {
    await test.step(`${button} on ${path}`, async () => {
      await open(page, path)
      await page.getByRole('button', { name: button }).first().click()
      await expect(page.getByRole('dialog')).toBeVisible()
      await expectNoBarriers(page, button)
    })
  }
})

/** Every page of the product, lists with entries and the newest detail page of each sort. */
async function everyPage(api: APIRequestContext): Promise<string[]> {
  const newest = async (list: string, query = '') => {
    const { items } = await send<{ items: { id: string }[] }>(api, 'GET', `/api/${list}${query}`)
    return items[0]!.id
  }
  const runs = ['SFT', 'REWARD', 'PPO', 'GENERATE', 'EVALUATE']
  return [
    '/',
    '/rank',
    '/rankings',
    '/rankings?status=skipped',
    '/prompts',
    `/prompts/${await newest('prompts')}`,
    '/comparisons',
    '/comparisons/batches',
    `/comparisons/${await newest('comparisons', '?state=done')}`,
    '/datasets',
    `/datasets/${await newest('datasets')}`,
    '/runs',
    '/runs/new',
    '/runs/new?kind=SFT',
    '/runs/new?kind=PPO',
    ...(await Promise.all(runs.map(async (kind) => `/runs/${await newest('runs', `?kind=${kind}`)}`))),
    '/models',
    `/models/${await newest('models', '?kind=POLICY')}`,
    `/models/${await newest('models', '?kind=REWARD')}`,
    '/compare',
    `/compare/${await newest('evaluations')}`,
    '/quality',
    '/members',
    '/settings',
    '/prompts/00000000-0000-4000-8000-000000000000',
  ]
}

async function check(page: Page, path: string) {
  await open(page, path)
  await expectNoBarriers(page, path)
}
