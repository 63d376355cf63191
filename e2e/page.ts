import { expect, type Locator, type Page } from '@playwright/test'

/** Fills fields found by their labels; a label may name its unit behind a comma. */
export async function fill(within: Page | Locator, values: Record<string, string | number>): Promise<void> {
  for (const [label, value] of Object.entries(values)) {
    const field = within.getByRole('textbox', { name: new RegExp(`^${label}(, [a-z]+)?$`) })
    await field.fill(String(value))
    // Number fields take their value when the focus leaves.
    await field.blur()
  }
}

/** Opens the select of this label and takes an option. */
export async function chooseFrom(
  page: Page,
  within: Page | Locator,
  label: string,
  option: string,
): Promise<void> {
  await within.getByRole('button', { name: new RegExp(`${label}$`) }).click()
  await page.getByRole('option', { name: option }).click()
}

/** The data rows of the table of this name. */
export function rows(page: Page, table: string): Locator {
  return page
    .getByRole('grid', { name: table })
    .getByRole('row')
    .filter({ has: page.getByRole('rowheader') })
}

/** On the page of the run just launched, sees it through to its success. */
export async function launched(page: Page, name: string): Promise<void> {
  await expect(page.getByRole('heading', { name, level: 1 })).toBeVisible()
  await expect(page.getByText(/^(Succeeded|Failed)$/)).toBeVisible({ timeout: 120_000 })
  await expect(page.getByText('Succeeded', { exact: true })).toBeVisible()
}
