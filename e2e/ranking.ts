import { expect, type Locator, type Page } from '@playwright/test'

/** What one item shows: its question, and the responses' texts from A on. */
export interface Seen {
  question: string
  texts: string[]
}

/** Opens the queue of a batch and waits for its first item to take keys. */
export async function openQueue(page: Page, batch: string): Promise<Seen> {
  await page.goto(queuePath(batch))
  await expect(response(page, 'A')).toBeVisible()
  await awake(page)
  return seen(page)
}

export function queuePath(batch: string): string {
  return `/rank?batch=${encodeURIComponent(batch)}`
}

export function response(page: Page, letter: string): Locator {
  return page.getByRole('article', { name: new RegExp(`^Response ${letter},`) })
}

/** All responses of the item on screen; the next one waits hidden behind it. */
export function responses(page: Page): Locator {
  return page.getByRole('article', { name: /^Response / })
}

export function prompt(page: Page): Locator {
  return page.getByRole('region', { name: 'Prompt', exact: true })
}

/** What the page has to say; the framework's own announcer is an alert without words. */
export function notice(page: Page): Locator {
  return page.getByRole('alert').filter({ hasText: /\S/ })
}

export async function seen(page: Page): Promise<Seen> {
  const asked = (await prompt(page).textContent()) ?? ''
  const texts = await responses(page).locator('[data-text]').allInnerTexts()
  return { question: questionIn(asked), texts: texts.map((text) => text.trim()) }
}

/** Waits for the item after this one. */
export async function nextAfter(page: Page, { question }: Seen): Promise<Seen> {
  await expect(prompt(page)).toBeVisible()
  await expect(prompt(page)).not.toContainText(question)
  await awake(page)
  return seen(page)
}

/**
 * Keys are dead while an item is younger than 300 ms; the arrow that first moves the focus shows that they live. Ends
 * with the focus on A.
 */
export async function awake(page: Page): Promise<void> {
  await expect(async () => {
    await page.keyboard.press('ArrowRight')
    await expect(page.locator('article[data-card]:focus')).toBeVisible({ timeout: 100 })
  }).toPass()
  for (let card = await responses(page).count(); card > 1; card--) await page.keyboard.press('ArrowLeft')
  await expect(response(page, 'A')).toBeFocused()
}

export async function type(page: Page, ...keys: string[]): Promise<void> {
  for (const key of keys) await page.keyboard.press(key)
}

/** 'Question 3 of journey 1a2b3c4d' */
export function questionIn(text: string): string {
  return /Question \d+ of journey \w+/.exec(text)?.[0] ?? text
}

/** The texts of a ranking written in letters, 'B > C = D', ties in alphabetical order. */
export function textsOf({ texts }: Seen, order: string): string[][] {
  return order.split(' > ').map((group) =>
    group
      .split(' = ')
      .map((letter) => texts[letter.charCodeAt(0) - 65]!)
      .sort(),
  )
}
