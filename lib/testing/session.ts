import { randomBytes } from 'node:crypto'
import { auth } from '../auth/auth.ts'

export const origin = 'http://localhost:3000'

/** Headers as a browser on Whetstone's own page sends them. */
export function browserHeaders(cookie = ''): Headers {
  return new Headers({
    host: new URL(origin).host,
    origin,
    'content-type': 'application/json',
    ...(cookie && { cookie }),
  })
}

export async function callAuth(path: string, body: unknown, cookie = ''): Promise<Response> {
  const request = { method: 'POST', headers: browserHeaders(cookie), body: JSON.stringify(body) }
  return auth().handler(new Request(`${origin}/api/auth${path}`, request))
}

export interface Session {
  userId: string
  name: string
  email: string
  /** For the cookie header. */
  cookie: string
}

/** A new account, signed in, member of nothing. */
export async function signUp(name: string): Promise<Session> {
  const email = `${name}.${randomBytes(4).toString('hex')}@example.com`
  const response = await callAuth('/sign-up/email', { name, email, password: 'correct horse' })
  if (!response.ok) throw new Error(`sign-up answered ${response.status}: ${await response.text()}`)
  const { user } = (await response.json()) as { user: { id: string } }
  const cookie = response.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ')
  return { userId: user.id, name, email, cookie }
}
