import { request } from '../../ui/api.ts'

/** With it the server refuses what was meant for another session: the screen outlives a change of account. */
export const headersOf = (annotatorId: string) => ({
  'content-type': 'application/json',
  'x-whetstone-annotator': annotatorId,
})

/**
 * The parsed JSON of the answer to this annotator's request.
 * @throws ApiError as `request`; UNAUTHENTICATED when the browser's session is another's
 */
export function requestAs<T>(
  annotatorId: string,
  method: 'GET' | 'POST',
  path: string,
  body?: object,
  signal?: AbortSignal,
): Promise<T> {
  return request<T>(method, path, body, { signal, headers: { 'x-whetstone-annotator': annotatorId } })
}
