import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, send, test } from './api.ts'
import { fill } from './page.ts'
import { finished } from './seed.ts'
import { home } from './server.ts'
import { importLines, jsonl, tiny } from './texts.ts'

const examples = jsonl(
  importLines().flatMap(({ prompt, completions }) =>
    completions.map((completion) => ({ prompt, completion })),
  ),
)

test('a setting out of its range is refused at its field, before anything is launched', async ({ page }) => {
  await page.goto('/runs/new?kind=SFT')
  await fill(page, { Name: 'never launched', 'Learning rate': -0.001 })
  await page.getByRole('button', { name: 'Launch' }).click()
  const field = page.getByRole('textbox', { name: 'Learning rate', exact: true })
  await expect(field).toHaveAttribute('aria-invalid', 'true')
  await expect(field).toHaveAccessibleDescription(/Above 0\./)
  await expect(field).toBeFocused()
  await expect(page).toHaveURL(/\/runs\/new/)
})

test('the server names the setting it refuses and what it may be', async ({ api }) => {
  const config = { ...tiny.sft, learningRate: -0.001 }
  const answer = await api.post('/api/runs', { data: { kind: 'SFT', name: 'refused', config } })
  expect(answer.status()).toBe(400)
  const { error } = await answer.json()
  expect(error.code).toBe('INVALID_INPUT')
  expect(error.message).toContain('learningRate')
  expect(error.hint).toMatch(/\w/)
})

test('a run that diverges ends as failed and its page says why and what to do', async ({ page, api }) => {
  const config = { ...tiny.sft, learningRate: 1e25, warmupRatio: 0 }
  const launch = { kind: 'SFT', name: 'too fast', config, sftFile: examples }
  const { run } = await send<{ run: { id: string } }>(api, 'POST', '/api/runs', launch)
  await page.goto(`/runs/${run.id}`)
  await expect(page.getByText('Failed', { exact: true })).toBeVisible({ timeout: 60_000 })
  const alarms = page.getByRole('list', { name: 'Alarms' })
  await expect(alarms).toContainText('DIVERGED')
  await expect(alarms).toContainText(/at step \d+/)
  await expect(alarms).toContainText('Lower the learning rate')
  await expect(page.getByRole('button', { name: 'Resume' })).toBeEnabled()
  await page.goto('/runs')
  await expect(page.getByRole('row', { name: /too fast/ })).toContainText('Failed')
})

test('a run outlives the worker it ran under', async ({ page, api }) => {
  const config = { ...tiny.sft, epochs: 150, batchSize: 8, checkpointEvery: 50 }
  const launch = { kind: 'SFT', name: 'long', config, sftFile: examples }
  const { run } = await send<{ run: { id: string } }>(api, 'POST', '/api/runs', launch)
  await page.goto(`/runs/${run.id}`)
  // Some steps are done, most are not.
  await expect(page.getByText(/^Step[1-9]\d{1,2} of [\d ,]+$/)).toBeVisible({ timeout: 60_000 })
  const before = worker()
  process.kill(before, 'SIGKILL')
  await expect.poll(worker).not.toBe(before)
  await expect(page.getByText('Succeeded', { exact: true })).toBeVisible({ timeout: 110_000 })
  const ended = await finished(api, run.id)
  expect(ended.attempts).toBe(2)
})

function worker(): number {
  const { children } = JSON.parse(readFileSync(join(home, 'services.json'), 'utf8')) as {
    children: { name: string; pid: number }[]
  }
  return children.find(({ name }) => name === 'worker')!.pid
}
