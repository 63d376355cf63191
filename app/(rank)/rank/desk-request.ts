import { ApiError, type Failure } from '../../ui/api.ts'

type Method = 'GET' | 'POST'

/** With it the server refuses what was meant for another session: the screen outlives a change of account. */
export const headersOf = (annotatorId: string) => ({
  'content-type': 'application/json',
  'x-whetstone-annotator': annotatorId,
})

/**
 * The parsed JSON of the answer to this annotator's request.
 * @throws ApiError with the server's code, message and hint: UNAUTHENTICATED when the browser's session is another's,
 * NETWORK when nothing answered
 */
export async function requestAs<T>(
  annotatorId: string,
  method: Method,
  path: string,
  body?: object,
  signal?: AbortSignal,
): Promise<T> {
  const sent = body && JSON.stringify(body)
  const headers = headersOf(annotatorId)
  const response = await fetch(path, { method, headers, body: sent, signal }).catch((error: unknown) => {
    if (signal?.aborted) throw error
    const hint = 'Check the connection and that Whetstone is running, then try again.'
    throw new ApiError({ code: 'NETWORK', message: 'The server did not answer.', hint }, 0)
  })
  if (!response.ok) throw new ApiError(await failureOf(response), response.status)
  return (response.status === 204 ? undefined : await response.json()) as T
}

async function failureOf(response: Response): Promise<Failure> {
  const isJson = response.headers.get('content-type')?.includes('json')
  const failure = isJson ? (await response.json())?.error : null
  return {
    code: failure?.code ?? 'INTERNAL',
    message: failure?.message ?? `The server answered ${response.status}.`,
    hint: failure?.hint ?? '',
  }
}
