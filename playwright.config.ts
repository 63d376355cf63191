import { defineConfig } from '@playwright/test'
import { address } from './e2e/server.ts'
import { findChromium } from './scripts/chromium.ts'

const executablePath = findChromium()

export default defineConfig({
  testDir: 'e2e',
  testMatch: '*.spec.ts',
  globalSetup: './e2e/global-setup.ts',
  // One journey after the other: they share one server on two cores.
  workers: 1,
  timeout: 120_000,
  expect: { timeout: 15_000 },
  outputDir: 'test-results',
  use: {
    baseURL: address,
    actionTimeout: 15_000,
    trace: 'retain-on-failure',
    screenshot: 'only-on-failure',
    launchOptions: {
      ...(executablePath ? { executablePath } : {}),
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
  // The loop signs up the first account of the empty home, so it goes first; the others sign in, or up when run alone.
  projects: [
    { name: 'loop', testMatch: 'loop.spec.ts' },
    { name: 'journeys', testIgnore: 'loop.spec.ts' },
  ],
})
