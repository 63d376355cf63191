import { setTimeout as pause } from 'node:timers/promises'

/** What the server answered when it was not what was asked for. */
export class ApiError extends Error {
  readonly status: number
  readonly hint: string

  constructor(status: number, message: string, hint: string) {
    super(message)
    this.name = 'ApiError'
    this.status = status
    this.hint = hint
  }
}

export interface Account {
  name: string
  email: string
  password: string
}

/** Somebody using the server over HTTP, as a browser would: JSON in and out, a session cookie kept between requests. */
export interface Client {
  get<T>(path: string): Promise<T>
  post<T>(path: string, body: unknown): Promise<T>
  patch<T>(path: string, body: unknown): Promise<T>
  /** Sends text as it is, for uploads. */
  upload<T>(path: string, text: string): Promise<T>
}

/** Requests that are the same when sent twice: a ranking carries its key, a claim answers the item already held. */
const repeatable = ['/api/rankings', '/api/queue/claim', '/api/prompts/import']

/** Whether a request may be sent again when the server went away under it: app and database come back by themselves. */
function mayRepeat(method: string, path: string, answer: Response | Error): boolean {
  const neverSent = answer instanceof Error && (answer.cause as { code?: string })?.code === 'ECONNREFUSED'
  return method === 'GET' || neverSent || repeatable.includes(path)
}

/** `patience`: milliseconds that a server may be away. */
export function connect(url: string, patience = 60_000): Client {
  const cookies = new Map<string, string>()

  async function send<T>(method: string, path: string, type: string | null, body?: string): Promise<T> {
    const headers = new Headers({ origin: url, cookie: [...cookies].map(([k, v]) => `${k}=${v}`).join('; ') })
    if (type) headers.set('content-type', type)
    // A sign-up or a query may meet a rate limit; the server says for how long.
    const deadline = Date.now() + patience
    for (let attempt = 1; ; attempt++) {
      const answer = await fetch(new URL(path, url), { method, headers, body }).catch((error: Error) => error)
      const away = answer instanceof Error || answer.status >= 500
      if (away && Date.now() < deadline && mayRepeat(method, path, answer)) {
        await pause(500)
        continue
      }
      if (answer instanceof Error) {
        const why = answer.cause instanceof Error ? answer.cause.message : answer.message
        const hint = 'Run the same command again: it continues where it stopped.'
        throw new ApiError(0, `${method} ${path} got no answer: ${why}`, hint)
      }
      for (const line of answer.headers.getSetCookie()) {
        const [name, value] = (line.split(';')[0] as string).split(/=(.*)/s) as [string, string]
        cookies.set(name, value)
      }
      const text = await answer.text()
      if (answer.ok) return (text === '' ? null : JSON.parse(text)) as T
      if (answer.status === 429 && attempt <= 5) {
        await pause(
          1000 * Number(answer.headers.get('x-retry-after') ?? answer.headers.get('retry-after') ?? 5),
        )
        continue
      }
      throw errorOf(`${method} ${path}`, answer.status, text)
    }
  }

  return {
    get: (path) => send('GET', path, null),
    post: (path, body) => send('POST', path, 'application/json', JSON.stringify(body)),
    patch: (path, body) => send('PATCH', path, 'application/json', JSON.stringify(body)),
    upload: (path, text) => send('POST', path, 'application/jsonl', text),
  }
}

/** A client whose account is new. */
export async function signUp(url: string, account: Account): Promise<Client> {
  const client = connect(url)
  await client.post('/api/auth/sign-up/email', account)
  return client
}

/** A signed-in client, or null when there is no such account. */
export async function signIn(url: string, { email, password }: Account): Promise<Client | null> {
  const client = connect(url)
  try {
    await client.post('/api/auth/sign-in/email', { email, password })
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return null
    throw error
  }
  return client
}

function errorOf(request: string, status: number, text: string): ApiError {
  let parsed: { error?: { message?: string; hint?: string }; message?: string } = {}
  try {
    parsed = JSON.parse(text)
  } catch {
    // An answer that is not JSON comes from something in between; its first line is the message.
    parsed = { message: text.split('\n')[0]?.slice(0, 200) }
  }
  const message = parsed.error?.message ?? parsed.message ?? 'no message'
  return new ApiError(
    status,
    `${request} answered ${status}: ${message}`,
    parsed.error?.hint ?? 'Read the app’s log.',
  )
}
