import { existsSync } from 'node:fs'
import { chromium } from '@playwright/test'

/** Where the system keeps Chromium when Playwright's own download is not there. */
const systemPaths = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/**
 * The browser for tests: `WHETSTONE_CHROMIUM`, else Playwright's own, else the system's.
 * @returns its path, or null when there is none
 */
export function findChromium(): string | null {
  const own = chromium.executablePath()
  const candidates = [process.env.WHETSTONE_CHROMIUM, own, own && headlessShell(own), ...systemPaths]
  return candidates.find((path): path is string => Boolean(path) && existsSync(path!)) ?? null
}

/** Playwright's smaller headless build lies beside the full one: chromium-1234 → chromium_headless_shell-1234. */
function headlessShell(path: string): string {
  return path
    .replace(/chromium-(\d+)/, 'chromium_headless_shell-$1')
    .replace(/chrome-linux(64)?\/chrome$/, 'chrome-headless-shell-linux64/chrome-headless-shell')
}

if (import.meta.main) {
  const path = findChromium()
  console.log(path ?? 'no Chromium found')
  process.exit(path ? 0 : 1)
}
