import { expect, stranger, test } from './api.ts'

test('an invited annotator signs up by the link, sees rank and my rankings only, and is turned away elsewhere', async ({
  page,
  browser,
}) => {
  await page.goto('/members')
  await page.getByRole('button', { name: 'Invite' }).click()
  const dialog = page.getByRole('dialog')
  await expect(dialog.getByRole('button', { name: /Role$/ })).toContainText('Annotator')
  await dialog.getByRole('button', { name: 'Make the link' }).click()
  const link = await dialog.getByLabel('Link').inputValue()
  expect(link).toContain('/sign-up?invitation=')
  await dialog.getByRole('button', { name: 'Done' }).click()
  await expect(page.getByRole('heading', { name: 'Open invitations' })).toBeVisible()

  const other = await browser.newContext({ storageState: { cookies: [], origins: [] } })
  const annotator = await other.newPage()
  await annotator.goto(link)
  await expect(annotator.getByText('You are invited as an annotator.')).toBeVisible()
  await annotator.getByLabel('Name', { exact: true }).fill('Bo Nyberg')
  await annotator.getByLabel('Email').fill('bo@whetstone.test')
  await annotator.getByLabel('Password').fill('short')
  await annotator.getByRole('button', { name: 'Sign up and join' }).click()
  await expect(annotator.getByText(/10 characters/)).toBeVisible()
  await annotator.getByLabel('Password').fill('a longer password')
  await annotator.getByLabel('Password').press('Enter')

  // The queue fills the window; the rail stands on the other page an annotator has.
  await expect(annotator).toHaveURL(/\/rank$/)
  await expect(annotator.getByRole('heading', { name: 'Rank', exact: true })).toBeAttached()
  await annotator.goto('/rankings')
  const rail = annotator.getByRole('navigation', { name: 'Main' })
  await expect(rail.getByRole('link')).toHaveText(['Rank', 'My rankings'])
  for (const page of ['/', '/runs', '/prompts', '/members', '/settings']) {
    await annotator.goto(page)
    await expect(annotator).toHaveURL(/\/rank$/)
  }
  const runs = await annotator.request.get('/api/runs')
  expect(runs.status()).toBe(403)
  expect((await runs.json()).error).toMatchObject({ code: 'FORBIDDEN', hint: expect.stringMatching(/\w/) })

  // The link was for one person.
  await other.clearCookies()
  await annotator.goto(link)
  await expect(annotator.getByRole('heading', { name: 'This invitation does not work' })).toBeVisible()
  await other.close()

  await page.reload()
  await expect(page.getByRole('row', { name: 'Bo Nyberg' })).toContainText('Annotator')
})

// `api` makes the first account when no journey has done so yet: who comes after it needs an invitation.
test('a person without an invitation is refused in words', async ({ api: _, browser }) => {
  const context = await browser.newContext({ storageState: { cookies: [], origins: [] } })
  const page = await context.newPage()
  await page.goto('/sign-up')
  await expect(page.getByRole('heading', { name: 'Whetstone is by invitation' })).toBeVisible()
  await expect(page.getByText('An administrator of the workspace can send you a link.')).toBeVisible()
  await page.goto('/sign-up?invitation=not-a-token')
  await expect(page.getByRole('heading', { name: 'This invitation does not work' })).toBeVisible()

  // Without the pages, straight at the server.
  const http = await stranger()
  const person = { name: 'Eve', email: 'eve@whetstone.test', password: 'a longer password' }
  const signUp = await http.post('/api/auth/sign-up/email', { data: person })
  const join = await http.post('/api/workspace/join', { data: {} })
  expect(join.status()).toBe(signUp.ok() ? 403 : 401)
  const { error } = await join.json()
  expect(error.message).toMatch(/\w/)
  expect(error.hint).toMatch(/invitation|sign in/i)
  await http.dispose()

  // The address of an account nobody made.
  await page.goto('/sign-in')
  await page.getByLabel('Email').fill('nobody@whetstone.test')
  await page.getByLabel('Password').fill('not the password')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page.getByText('No account has this email and password.')).toBeVisible()
  await context.close()
})
