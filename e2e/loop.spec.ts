import { type BrowserContext, expect, type Page, test } from '@playwright/test'
import { administrator } from './api.ts'
import { chooseFrom, fill, launched, rows } from './page.ts'
import { importLines, jsonl, tiny } from './texts.ts'

/** One person's way round the loop; every test begins where the one before ended. */
test.describe.configure({ mode: 'serial' })

let context: BrowserContext
let page: Page

test.beforeAll(async ({ browser }) => {
  context = await browser.newContext()
  page = await context.newPage()
})

test.afterAll(() => context.close())

test('the first person to sign up becomes the administrator and is told how to begin', async () => {
  await page.goto('/')
  await expect(page.getByRole('heading', { name: 'Make the first account' })).toBeVisible()
  await page.getByLabel('Name', { exact: true }).fill(administrator.name)
  await page.getByLabel('Email').fill(administrator.email)
  await page.getByLabel('Password').fill(administrator.password)
  await page.getByRole('button', { name: 'Make the account' }).click()
  await expect(page.getByRole('heading', { name: 'Home' })).toBeVisible()
  const rail = page.getByRole('navigation', { name: 'Main' })
  await rail.getByRole('link', { name: 'Members' }).click()
  await expect(rows(page, 'Members')).toContainText([administrator.email])
  await rail.getByRole('link', { name: 'Prompts' }).click()
  await expect(page.getByRole('heading', { name: 'No prompts yet' })).toBeVisible()
})

test('importing pasted prompts reports how many came in and which line was refused and why', async () => {
  const lines = importLines()
  const pasted = `${jsonl(lines.slice(0, 2))}{"prompt": "A line cut in the mi\n${jsonl(lines.slice(2))}`
  await page.getByRole('button', { name: 'Import' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('tab', { name: 'Paste' }).click()
  await dialog.getByLabel('JSONL').fill(pasted)
  await dialog.getByLabel('Tags').fill('parcels')
  await dialog.getByRole('button', { name: 'Import' }).click()
  await expect(dialog.getByRole('heading', { name: 'Import report' })).toBeVisible()
  await expect(dialog.getByRole('listitem')).toHaveCount(1)
  await expect(dialog.getByRole('listitem')).toContainText(/line 3\s*Refused\s*\S+/)
  await expect(dialog.getByText(`Prompts added${lines.length}`)).toBeVisible()
  await dialog.getByRole('button', { name: 'Done' }).click()
  await expect(page.getByText(`${lines.length} prompts`)).toBeVisible()
})

test('a new policy is fine-tuned on the imported completions', async () => {
  await page.goto('/runs/new')
  await page.getByRole('link', { name: /Fine-tune on written answers/ }).click()
  const { init } = tiny.sft.model
  await fill(page, {
    Name: 'base',
    Layers: init.layers,
    Width: init.width,
    Heads: init.heads,
    Vocabulary: init.vocabSize,
    Context: init.maxPositions,
    Epochs: tiny.sft.epochs,
    'Batch size': tiny.sft.batchSize,
    'Learning rate': tiny.sft.learningRate,
  })
  await page.getByRole('button', { name: 'Launch' }).click()
  await launched(page, 'base')
})

test('the policy writes three completions for each train prompt', async () => {
  await page.goto('/prompts')
  await page.getByRole('button', { name: 'Generate completions' }).click()
  const dialog = page.getByRole('dialog')
  await expect(dialog.getByRole('button', { name: /Model version/ })).toContainText('base v1')
  await fill(dialog, {
    'Completions a prompt': tiny.generate.completionsPerPrompt,
    'Longest response': tiny.generate.responseLength,
  })
  await dialog.getByRole('button', { name: 'Generate' }).click()
  await launched(page, 'base v1, 3 each')
})

test('comparisons of three are made from what the policy wrote', async () => {
  await page.goto('/comparisons')
  await page.getByRole('button', { name: 'Make comparisons' }).click()
  const dialog = page.getByRole('dialog')
  await fill(dialog, { Batch: 'round 1', 'Completions each': 3 })
  await dialog.getByRole('button', { name: /^More/ }).click()
  await chooseFrom(page, dialog, 'Completions of', 'base v1')
  await dialog.getByRole('button', { name: 'Make', exact: true }).click()
  await expect(page.getByText(/^\d+ comparisons are in the queue$/)).toBeVisible()
  await expect(rows(page, 'Comparisons').first()).toContainText('round 1')
})

test('five comparisons are ranked and one is skipped by the keyboard alone', async () => {
  await page.goto('/rank?batch=round+1')
  const keys = page.keyboard
  const order = page.getByRole('region', { name: 'Your answer' })

  await itemShown(0)
  // Flagged and taken back; the keys go on meaning the same afterwards.
  await keys.press('f')
  await expect(page.getByRole('menu', { name: 'Flag response A' })).toBeFocused()
  await keys.press('ArrowDown')
  await keys.press('Enter')
  await expect(page.getByRole('button', { name: 'Flag response A, now: Harmful' })).toBeVisible()
  await keys.press('z')
  await expect(page.getByRole('button', { name: 'Flag response A', exact: true })).toBeVisible()
  await keys.press('1')
  await keys.press('2')
  await keys.press('3')
  await expect(response('A')).toHaveAccessibleName('Response A, 1st')
  await expect(response('C')).toHaveAccessibleName('Response C, 3rd')
  await keys.press('Enter')

  // A tie, typed as such.
  await itemShown(1)
  await keys.press('2')
  await keys.press('=')
  await keys.press('1')
  await expect(response('A')).toHaveAccessibleName('Response A, 2nd, tied')
  await expect(response('B')).toHaveAccessibleName('Response B, 2nd, tied')
  await expect(order).toContainText(/C\s*›\s*A\s*=\s*B/)
  await keys.press('Enter')

  await itemShown(2)
  await keys.press('0')
  await expect(page.getByRole('button', { name: 'None acceptable' })).toHaveAttribute('aria-pressed', 'true')
  await keys.press('Enter')

  // Skipped with a reason: counts neither as mine nor as waiting for me.
  await itemShown(3)
  const prompt = page.getByRole('region', { name: 'Prompt', exact: true })
  const skipped = (await prompt.textContent())!
  await keys.press('s')
  await expect(page.getByRole('dialog', { name: 'Skip this one' })).toBeVisible()
  await keys.press('2')
  await expect(page.getByRole('dialog')).toBeHidden()
  await expect(prompt).not.toHaveText(skipped)

  // A step taken back within an item.
  await itemShown(3)
  await keys.press('1')
  await keys.press('3')
  await expect(response('B')).toHaveAccessibleName('Response B, 3rd')
  await keys.press('z')
  await expect(response('B')).toHaveAccessibleName('Response B, not ranked')
  await keys.press('2')
  await keys.press('3')
  await keys.press('Enter')

  await itemShown(4)
  await keys.press('3')
  await keys.press('2')
  await keys.press('1')
  await keys.press('Enter')

  // The last submission reopened and replaced.
  await itemShown(5)
  await keys.press('z')
  await expect(page.getByText('Reopened: submitting replaces your earlier ranking')).toBeVisible()
  await expect(response('A')).toHaveAccessibleName('Response A, 3rd')
  await awake()
  await keys.press('1')
  await expect(response('A')).toHaveAccessibleName('Response A, 1st, tied')
  await keys.press('Enter')
  await itemShown(5)
})

test('keys pressed at once after a menu or dialog closes keep their meaning, however slow the machine', async () => {
  const type = async (...keys: string[]) => {
    for (const key of keys) await page.keyboard.press(key)
  }
  const flag = (name: string) => page.getByRole('button', { name, exact: true })
  const machine = await context.newCDPSession(page)
  await machine.send('Animation.enable')
  await machine.send('Animation.setPlaybackRate', { playbackRate: 0.02 })
  await machine.send('Emulation.setCPUThrottlingRate', { rate: 6 })

  await type('f', 'ArrowDown', 'Enter', '1', '2', '3')
  await expect(flag('Flag response A, now: Harmful')).toBeVisible()
  await expect(response('A')).toHaveAccessibleName('Response A, 1st')
  await expect(response('C')).toHaveAccessibleName('Response C, 3rd')

  await type('f', 'ArrowDown', 'ArrowDown', 'Enter', 'f', 'ArrowDown', 'Enter', 'z')
  await expect(flag('Flag response C, now: Untrue')).toBeVisible()
  await type('p', 'ArrowDown', 'Enter', 'Backspace')
  await expect(flag('Flag prompt, now: Prompt unusable')).toBeVisible()
  await expect(response('C')).toHaveAccessibleName('Response C, not ranked')

  // Enter once more asks to submit; it does not choose again.
  await type('f', 'ArrowDown', 'Enter', 'Enter')
  await expect(page.getByRole('dialog')).toHaveAccessibleName('C has no rank yet')
  await expect(flag('Flag response C, now: Untrue, Harmful')).toBeAttached()
  await type('Enter', '3')
  await expect(response('C')).toHaveAccessibleName('Response C, 3rd')
  await type('?', 'Escape', 'Backspace')
  await expect(response('C')).toHaveAccessibleName('Response C, not ranked')
  await type('s', 'Escape', 'z')
  await expect(response('C')).toHaveAccessibleName('Response C, 3rd')
  await machine.detach()
})

test('the annotator finds the five rankings and the skipped one again', async () => {
  await page.goto('/rankings')
  await expect(rows(page, 'My rankings')).toHaveCount(5)
  await expect(rows(page, 'My rankings').nth(0)).toContainText('A = C › B')
  await expect(rows(page, 'My rankings').nth(2)).toContainText('none acceptable')
  await page.getByRole('link', { name: 'Skipped' }).click()
  await expect(rows(page, 'Skipped comparisons')).toHaveCount(1)
  await expect(rows(page, 'Skipped comparisons')).toContainText('The prompt makes no sense')
})

test('the rankings are frozen into a dataset of pairs', async () => {
  await page.goto('/datasets')
  await page.getByRole('button', { name: 'Snapshot' }).click()
  const dialog = page.getByRole('dialog')
  await fill(dialog, { Name: 'preferences' })
  await dialog.getByRole('checkbox', { name: 'round 1' }).check({ force: true })
  await dialog.getByRole('button', { name: 'Make the dataset' }).click()
  await expect(page.getByRole('heading', { name: 'preferences', level: 1 })).toBeVisible()
  // A › B › C gives three pairs, twice; C › A = B and A = C › B two each; none acceptable without an order, none.
  await expect(page.getByText('Train / held out10 / 0')).toBeVisible()
  await expect(page.getByText('Comparisons4')).toBeVisible()
})

test('a reward model learns from the dataset', async () => {
  await page.getByRole('link', { name: 'Train reward model' }).click()
  await expect(page.getByRole('button', { name: /Dataset/ })).toContainText('preferences')
  await chooseFrom(page, page, 'Start from the policy', 'base v1')
  await fill(page, {
    Name: 'judge',
    Epochs: tiny.reward.epochs,
    'Comparisons a batch': tiny.reward.comparisonsPerBatch,
  })
  await page.getByRole('button', { name: 'Launch' }).click()
  await launched(page, 'judge')
})

test('PPO trains a new version, with curves and samples to look at', async () => {
  await page.goto('/runs/new?kind=PPO')
  await chooseFrom(page, page, 'Policy', 'base v1')
  await chooseFrom(page, page, 'Reward model', 'judge v1')
  await fill(page, {
    Name: 'sharper',
    Episodes: tiny.ppo.episodes,
    'Batch size': tiny.ppo.batchSize,
    'Response length': tiny.ppo.responseLength,
  })
  await page.getByRole('button', { name: /^Run / }).click()
  await fill(page, {
    'Held-out prompts': tiny.ppo.evalPrompts,
    'Samples every': tiny.ppo.samplesEvery,
  })
  await page.getByRole('button', { name: 'Launch' }).click()
  await launched(page, 'sharper')

  const charts = page.getByRole('region', { name: 'Charts' })
  await expect(charts.getByRole('figure').first().locator('canvas')).toBeVisible()
  await charts.getByText('The numbers behind the charts').click()
  await expect(charts.getByRole('row', { name: /^objective\/kl( [-–−.\d]+){4}$/ })).toBeVisible()
  await expect(charts.getByRole('row', { name: /^objective\/scores( [-–−.\d]+){4}$/ })).toBeVisible()

  const samples = page.getByRole('tabpanel', { name: 'Samples' })
  await expect(samples.getByRole('article').first()).toContainText('My ')
  await expect(samples.getByRole('article').first()).toContainText('score')
})

test('the new version is compared with the one it came from, and a verdict names its interval', async () => {
  await page.goto('/compare')
  await expect(page.getByRole('button', { name: /A, the old one/ })).toContainText('base v1')
  await expect(page.getByRole('button', { name: /B, the new one/ })).toContainText('sharper v2')
  await fill(page, { 'Longest response': tiny.ppo.responseLength })
  await page.getByRole('button', { name: 'Compare', exact: true }).click()
  await expect(page.getByText(/wins (only )?[\d.]+ ?% \[[\d.]+, [\d.]+\].*by the reward model/)).toBeVisible({
    timeout: 120_000,
  })
  await expect(page.getByRole('img', { name: /B's win rate by the reward model: .+\[.+\]/ })).toBeVisible()
  await expect(page.getByRole('row', { name: /^KL from the base/ })).toBeVisible()
})

function response(letter: string) {
  return page.getByRole('article', { name: new RegExp(`^Response ${letter},`) })
}

/** A comparison is on the screen, `mine` rankings are done, and keys are taken. */
async function itemShown(mine: number) {
  await expect(
    page.getByRole('button', { name: new RegExp(`^${mine} of \\d+\\b.*Choose a batch`) }),
  ).toBeVisible()
  await expect(response('A')).toHaveAccessibleName('Response A, not ranked')
  await awake()
}

/** Keys are dead while an item is younger than 300 ms; the arrow that first moves the focus shows that they live. */
async function awake() {
  await expect(async () => {
    await page.keyboard.press('ArrowRight')
    await expect(response('A')).not.toBeFocused({ timeout: 100 })
    await expect(page.locator(':focus')).toHaveAccessibleName(/^Response [BC]/, { timeout: 100 })
  }).toPass()
  await page.keyboard.press('ArrowLeft')
  await page.keyboard.press('ArrowLeft')
  await expect(response('A')).toBeFocused()
}
