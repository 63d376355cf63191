import { chromium } from '@playwright/test'
import { findChromium } from '../chromium.ts'
import { account } from './workspace.ts'

/**
 * Milliseconds from the press of Enter to the next item painted, measured inside a headless Chromium that ranks pairs by
 * keys alone: the paint counts when the frame after the one in which the prompt changed has begun.
 */
export async function measureScreen(origin: string, batch: string, count: number): Promise<number[]> {
  const executablePath = findChromium()
  const browser = await chromium.launch({
    ...(executablePath && { executablePath }),
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'],
  })
  try {
    const context = await browser.newContext({ baseURL: origin, viewport: { width: 1440, height: 900 } })
    const { email, password } = account('admin')
    await context.request.post('/api/auth/sign-in/email', {
      data: { email, password },
      headers: { origin },
    })
    const page = await context.newPage()
    await page.addInitScript(() => {
      const times: number[] = []
      Object.assign(window, { whetstoneTimes: times })
      const shown = () => document.querySelector('[aria-label=Prompt]')?.textContent ?? ''
      const afterPaint = (done: (at: number) => void) =>
        requestAnimationFrame(() => requestAnimationFrame((at) => done(at)))
      window.addEventListener(
        'keydown',
        (event) => {
          if (event.key !== 'Enter' || event.repeat) return
          const before = shown()
          const look = () => {
            const now = shown()
            if (now && now !== before) afterPaint((at) => times.push(at - event.timeStamp))
            else requestAnimationFrame(look)
          }
          requestAnimationFrame(look)
        },
        { capture: true },
      )
    })
    await page.goto(`/rank?batch=${encodeURIComponent(batch)}`)
    const response = page.getByRole('article', { name: /^Response A,/ })
    const done = () => page.evaluate(() => (window as unknown as { whetstoneTimes: number[] }).whetstoneTimes)
    for (let item = 0; item < count; item++) {
      await response.waitFor()
      // Keys are dead until an item can have been seen; pressing A until it counts is what an eager hand does.
      await page.waitForTimeout(350)
      await page.keyboard.press('a')
      await page.getByRole('article', { name: 'Response A, 1st' }).waitFor()
      await page.keyboard.press('Enter')
      await page.waitForFunction(
        (wanted) => (window as unknown as { whetstoneTimes: number[] }).whetstoneTimes.length >= wanted,
        item + 1,
      )
    }
    return await done()
  } finally {
    await browser.close()
  }
}
