import { Agent, request } from 'node:http'

/** An answer of the server; `ms` is from sending to the last byte. */
export interface Answer {
  status: number
  body: unknown
  ms: number
}

/** Somebody's session over kept-alive connections to loopback. */
export interface Connection {
  send(method: 'GET' | 'POST' | 'PATCH', path: string, body?: unknown, type?: string): Promise<Answer>
  /** Sends JSON and drops the connection after `afterMs`, whether or not an answer came: a lost connection. */
  sendAndDrop(path: string, body: unknown, afterMs: number): Promise<void>
  close(): void
}

export function connect(origin: string): Connection {
  const { hostname, port } = new URL(origin)
  const agent = new Agent({ keepAlive: true, maxSockets: 4 })
  const cookies = new Map<string, string>()
  const headersOf = (text: string | undefined, type: string) => ({
    origin,
    cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; '),
    ...(text !== undefined && { 'content-type': type, 'content-length': Buffer.byteLength(text) }),
  })

  return {
    send: (method, path, body, type = 'application/json') =>
      new Promise((resolve, reject) => {
        const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body)
        const started = performance.now()
        const attempt = () => {
          const sent = request(
            { agent, hostname, port, method, path, headers: headersOf(text, type) },
            (answer) => {
              const parts: Buffer[] = []
              answer.on('data', (part: Buffer) => parts.push(part))
              answer.on('error', reject)
              answer.on('end', () => {
                const ms = performance.now() - started
                for (const line of answer.headers['set-cookie'] ?? []) {
                  const [name, value] = line.split(';')[0]!.split(/=(.*)/s) as [string, string]
                  cookies.set(name, value)
                }
                const received = Buffer.concat(parts).toString()
                resolve({ status: answer.statusCode!, body: received ? JSON.parse(received) : null, ms })
              })
            },
          )
          // The server closes idle connections after five seconds; as a browser does, ask again on a new one.
          sent.on('error', (error: NodeJS.ErrnoException) =>
            sent.reusedSocket && error.code === 'ECONNRESET' ? attempt() : reject(error),
          )
          sent.end(text)
        }
        attempt()
      }),
    sendAndDrop: (path, body, afterMs) =>
      new Promise((resolve) => {
        const text = JSON.stringify(body)
        const sent = request(
          { agent, hostname, port, method: 'POST', path, headers: headersOf(text, 'application/json') },
          (answer) => answer.resume(),
        )
        // What the server made of it shows when the same request is sent again.
        sent.on('error', () => {})
        sent.on('close', resolve)
        sent.end(text)
        setTimeout(() => sent.destroy(), afterMs)
      }),
    close: () => agent.destroy(),
  }
}

/** The body of a success. @throws Error naming the request, the status and the answer */
export async function wanted<T>(asked: Promise<Answer>, what: string): Promise<T> {
  const { status, body } = await asked
  if (status >= 200 && status < 300) return body as T
  throw new Error(`${what} answered ${status}: ${JSON.stringify(body)}`)
}
