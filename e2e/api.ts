import { type APIRequestContext, test as base, expect, request } from '@playwright/test'
import { address } from './server.ts'

export interface Person {
  name: string
  email: string
  password: string
}

export const administrator: Person = {
  name: 'Ada Lindqvist',
  email: 'ada@whetstone.test',
  password: 'a quiet whetstone',
}

/** HTTP as a page of the product would speak it; the cookies of whoever signs in stay in it. */
export function stranger(): Promise<APIRequestContext> {
  return request.newContext({ baseURL: address, extraHTTPHeaders: { origin: address } })
}

/** Sends JSON, or JSONL when `body` is a string, and returns the answer, which must be a success. */
export async function send<T>(
  api: APIRequestContext,
  method: 'GET' | 'POST' | 'PATCH',
  path: string,
  body?: unknown,
): Promise<T> {
  const answer = await api.fetch(path, {
    method,
    ...(body !== undefined && { data: body }),
    ...(typeof body === 'string' && { headers: { 'content-type': 'application/x-ndjson' } }),
  })
  const text = await answer.text()
  expect(answer.ok(), `${method} ${path}: ${answer.status()} ${text}`).toBe(true)
  return JSON.parse(text) as T
}

/** The administrator's session; makes the first account when no journey has done so yet. */
async function signInAdministrator(): Promise<APIRequestContext> {
  const api = await stranger()
  const { email, password } = administrator
  const signIn = await api.post('/api/auth/sign-in/email', { data: { email, password } })
  if (signIn.ok()) return api
  await send(api, 'POST', '/api/auth/sign-up/email', administrator)
  await send(api, 'POST', '/api/workspace/join', {})
  return api
}

/** Tests that begin signed in as the administrator, in the browser and over HTTP (`api`). */
export const test = base.extend<object, { api: APIRequestContext }>({
  api: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of the fixtures from this pattern
    async ({}, use) => {
      const api = await signInAdministrator()
      await use(api)
      await api.dispose()
    },
    { scope: 'worker' },
  ],
  storageState: async ({ api }, use) => use(await api.storageState()),
})

export { expect }
