import {
  type APIRequestContext,
  type BrowserContext,
  type BrowserContextOptions,
  test as base,
  type Page,
} from '@playwright/test'
import { send, test as signedIn, stranger } from './api.ts'
import { address } from './server.ts'

/** Somebody with an account of their own, signed in in a browser of their own and over HTTP. */
export interface Member {
  id: string
  name: string
  api: APIRequestContext
  context: BrowserContext
  page: Page
}

type Options = BrowserContextOptions & { role?: 'ANNOTATOR' | 'RESEARCHER' }

const names = ['Ines Okafor', 'Juri Halonen', 'Mira Castellanos', 'Tomas Brandt', 'Noor Haddad']

/** `newcomer` signs somebody up who joins by an invitation; all leave when the test ends. */
export const test = signedIn.extend<{ newcomer: (options?: Options) => Promise<Member> }>({
  newcomer: async ({ api, browser }, use) => {
    const members: Member[] = []
    await use(async ({ role = 'ANNOTATOR', ...options } = {}) => {
      const name = names[members.length % names.length]!
      const own = await join(api, name, role)
      const { id, http } = own
      const context = await browser.newContext({
        baseURL: address,
        ...options,
        storageState: await http.storageState(),
      })
      const member = { id, name, api: http, context, page: await context.newPage() }
      members.push(member)
      return member
    })
    for (const { context, api } of members) {
      await context.close()
      await api.dispose()
    }
  },
})

/** `annotator` is the one person of most journeys, and `page` is theirs. */
export const annotatorTest = test.extend<{ annotator: Member }>({
  annotator: async ({ newcomer }, use) => use(await newcomer()),
  page: async ({ annotator }, use) => use(annotator.page),
})

async function join(
  api: APIRequestContext,
  name: string,
  role: string,
): Promise<{ id: string; http: APIRequestContext }> {
  const { token } = await send<{ token: string }>(api, 'POST', '/api/invitations', { role })
  const http = await stranger()
  const email = `${crypto.randomUUID()}@whetstone.test`
  const { user } = await send<{ user: { id: string } }>(http, 'POST', '/api/auth/sign-up/email', {
    name,
    email,
    password: 'a password long enough',
  })
  await send(http, 'POST', '/api/workspace/join', { token })
  return { id: user.id, http }
}

export const expect = base.expect
