import { AxeBuilder } from '@axe-core/playwright'
import { expect, type Page } from '@playwright/test'

const wide = { width: 1280, height: 800 }
const phone = { width: 390, height: 844 }

/** Whatever axe finds, of any severity, on the page as it stands: wide and light, then dark on a phone, and whether it is wider than that. */
export async function expectNoBarriers(page: Page, name: string): Promise<void> {
  await page.setViewportSize(wide)
  await page.emulateMedia({ colorScheme: 'light' })
  expect.soft(await barriers(page), `${name}, wide and light`).toEqual([])
  await page.setViewportSize(phone)
  await page.emulateMedia({ colorScheme: 'dark' })
  const { scrollWidth, clientWidth } = await page.evaluate(() => ({
    scrollWidth: document.documentElement.scrollWidth,
    clientWidth: document.documentElement.clientWidth,
  }))
  expect.soft(scrollWidth, `${name}, width on a phone`).toBeLessThanOrEqual(clientWidth)
  expect.soft(await barriers(page), `${name}, dark on a phone`).toEqual([])
  await page.emulateMedia({ colorScheme: 'light' })
  await page.setViewportSize(wide)
}

/** Opens a page and waits for its content. */
export async function open(page: Page, path: string): Promise<void> {
  await page.goto(path)
  await expect(page.getByRole('heading').first()).toBeAttached()
  await expect(page.getByRole('status', { name: 'Loading' })).toHaveCount(0)
}

/** 'color-contrast (serious): #a, #b' for each violation. */
async function barriers(page: Page): Promise<string[]> {
  // No frames, no need for a page apart in which axe gathers their results.
  const { violations } = await new AxeBuilder({ page }).setLegacyMode().analyze()
  return violations.map(
    ({ id, impact, nodes }) => `${id} (${impact}): ${nodes.map(({ target }) => target.join(' ')).join(', ')}`,
  )
}
