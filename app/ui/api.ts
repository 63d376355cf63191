/** What an HTTP route answers when it refuses: `{ error: { code, message, hint } }`. */
export interface Failure {
  code: string
  message: string
  hint: string
}

export class ApiError extends Error implements Failure {
  override name = 'ApiError'
  code: string
  hint: string
  status: number

  constructor(failure: Failure, status: number) {
    super(failure.message)
    this.code = failure.code
    this.hint = failure.hint
    this.status = status
  }
}

type Method = 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE'

/**
 * The parsed JSON of the answer (undefined for 204). A string body is sent as it is, anything else as JSON.
 * Throws ApiError with the server's code, message and hint, or with code NETWORK when nothing answered.
 */
export async function request<T>(
  method: Method,
  path: string,
  body?: unknown,
  options: { signal?: AbortSignal; headers?: Record<string, string> } = {},
): Promise<T> {
  const text = typeof body === 'string'
  const response = await fetch(path, {
    method,
    headers: {
      ...(body !== undefined && { 'content-type': text ? 'application/jsonl' : 'application/json' }),
      ...options.headers,
    },
    body: body === undefined ? undefined : text ? body : JSON.stringify(body),
    signal: options.signal,
  }).catch((error: unknown) => {
    if (options.signal?.aborted) throw error
    throw new ApiError(
      {
        code: 'NETWORK',
        message: 'The server did not answer.',
        hint: 'Check the connection and that Whetstone is running, then try again.',
      },
      0,
    )
  })
  if (!response.ok) throw new ApiError(await failureOf(response), response.status)
  return (response.status === 204 ? undefined : await response.json()) as T
}

async function failureOf(response: Response): Promise<Failure> {
  const isJson = response.headers.get('content-type')?.includes('json')
  const body = isJson ? await response.json() : null
  // better-auth answers { code, message } without a wrapper.
  const failure = body?.error ?? body
  return {
    code: failure?.code ?? 'INTERNAL',
    message: failure?.message ?? `The server answered ${response.status}.`,
    hint: failure?.hint ?? '',
  }
}

/** What to show of anything thrown. */
export function failureFrom(error: unknown): Failure {
  if (error instanceof ApiError) return { code: error.code, message: error.message, hint: error.hint }
  return {
    code: 'INTERNAL',
    message: error instanceof Error ? error.message : String(error),
    hint: 'Reload the page and try again.',
  }
}
