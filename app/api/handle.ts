import type { z } from 'zod'
import { type Actor, actorOf, type Identity, identityFromHeaders } from '#lib/auth/actor.ts'
import { type Action, authorise } from '#lib/auth/permissions.ts'
import { env } from '#lib/env.ts'
import { WhetstoneError } from '#lib/errors.ts'
import { log } from '#lib/log.ts'
import { unstorableText } from '#lib/unstorable-text.ts'

/** Routes that need no membership, and why. */
export type OpenAction = 'auth' | 'health.read' | 'metrics.scrape' | 'workspace.join'

type Params = Record<string, string | string[]>
type RouteContext = { params: Promise<Params> }
/** A route handler that says which action it is, so that the tests can walk all of them. */
export type Handler = ((request: Request, context: RouteContext) => Promise<Response>) & {
  action: Action | OpenAction
}

const DEFAULT_MAX_BYTES = 1024 * 1024

/**
 * A route of one use case: actor → permission → input → use case → JSON.
 * The input is the query (GET, DELETE) or the JSON body (others), with the path's parameters on top.
 * A use case that returns a Response answers with it as it is; one that returns nothing answers 204.
 */
export function handle<S extends z.ZodType, R>(
  action: Action,
  schema: S,
  useCase: (actor: Actor, input: z.output<S>) => Promise<R>,
  options: { status?: number; maxBytes?: number } = {},
): Handler {
  return handleRequest(action, async (actor, request, params) => {
    const raw = ['GET', 'HEAD', 'DELETE'].includes(request.method)
      ? queryOf(request)
      : await jsonBody(request, options.maxBytes ?? DEFAULT_MAX_BYTES)
    const result = await useCase(actor, parseInput(schema, { ...raw, ...params }))
    if (result instanceof Response) return result
    if (result === undefined) return new Response(null, { status: 204 })
    return Response.json(result, { status: options.status ?? 200 })
  })
}

/** A route that reads or writes a stream: the same checks, then the request itself. */
export function handleRequest(
  action: Action,
  respond: (actor: Actor, request: Request, params: Params) => Promise<Response>,
): Handler {
  return wrap(action, async (request, params) => {
    const identity = await identityFromHeaders(request.headers)
    if (!identity) throw unauthenticated()
    refuseOtherAnnotator(request, identity)
    const actor = await actorOf(identity)
    if (!actor) {
      throw new WhetstoneError(
        'FORBIDDEN',
        `${identity.email} is signed in but is not a member of this workspace.`,
        'Ask an administrator for an invitation link and open it.',
      )
    }
    authorise(actor, action)
    return respond(actor, request, params)
  })
}

/** A route that needs a session but no membership. */
export function handleSignedIn<S extends z.ZodType, R>(
  action: OpenAction,
  schema: S,
  useCase: (identity: Identity, input: z.output<S>) => Promise<R>,
): Handler {
  return wrap(action, async (request, params) => {
    const identity = await identityFromHeaders(request.headers)
    if (!identity) throw unauthenticated()
    const input = parseInput(schema, { ...(await jsonBody(request, DEFAULT_MAX_BYTES)), ...params })
    return Response.json(await useCase(identity, input))
  })
}

/** A route anybody may call. */
export function handleOpen(
  action: OpenAction,
  respond: (request: Request, params: Params) => Promise<Response>,
): Handler {
  return wrap(action, respond)
}

function wrap(
  action: Action | OpenAction,
  respond: (request: Request, params: Params) => Promise<Response>,
): Handler {
  const handler = async (request: Request, context: RouteContext) => {
    try {
      refuseOtherSites(request)
      return await respond(request, (await context?.params) ?? {})
    } catch (error) {
      return errorResponse(error, action)
    }
  }
  return Object.assign(handler, { action })
}

/** The answer to any error: a WhetstoneError as it is, anything else logged and told without detail. */
export function errorResponse(error: unknown, action: string): Response {
  if (error instanceof WhetstoneError && error.code !== 'INTERNAL') {
    const { code, message, hint, status } = error
    return Response.json({ error: { code, message, hint } }, { status })
  }
  log().error({ err: error, action }, 'request failed')
  const hint = 'Try again. If it happens again, the server log says why.'
  return Response.json(
    { error: { code: 'INTERNAL', message: `The server could not do ${action}.`, hint } },
    { status: 500 },
  )
}

/** @throws WhetstoneError INVALID_INPUT naming each field that is wrong. */
export function parseInput<S extends z.ZodType>(schema: S, raw: unknown): z.output<S> {
  const unstorable = unstorableText(raw)
  if (unstorable !== null) {
    throw new WhetstoneError(
      'INVALID_INPUT',
      `${unstorable || 'The input'} contains a NUL character or half of a surrogate pair.`,
      'Remove the character: text must be valid Unicode without NUL.',
    )
  }
  const parsed = schema.safeParse(raw)
  if (parsed.success) return parsed.data
  const issues = parsed.error.issues.slice(0, 5).map((issue) => {
    const path = issue.path.map(String).join('.')
    return path ? `${path}: ${issue.message}` : issue.message
  })
  throw new WhetstoneError('INVALID_INPUT', issues.join('; '), 'Correct the fields named and send it again.')
}

function queryOf(request: Request): Record<string, string | string[]> {
  const query: Record<string, string | string[]> = {}
  for (const [key, value] of new URL(request.url).searchParams) {
    if (value === '') continue
    const before = query[key]
    query[key] = before === undefined ? value : [...(Array.isArray(before) ? before : [before]), value]
  }
  return query
}

async function jsonBody(request: Request, maxBytes: number): Promise<Record<string, unknown>> {
  const text = await readText(request, maxBytes)
  if (text.trim() === '') return {}
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new WhetstoneError(
      'INVALID_INPUT',
      `The body is not JSON: ${(error as Error).message}`,
      'Send a JSON object with content-type application/json.',
    )
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw new WhetstoneError('INVALID_INPUT', 'The body is not a JSON object.', 'Send a JSON object.')
  }
  return value as Record<string, unknown>
}

async function readText(request: Request, maxBytes: number): Promise<string> {
  if (!request.body) return ''
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let bytes = 0
  let text = ''
  try {
    for await (const chunk of request.body as unknown as AsyncIterable<Uint8Array>) {
      bytes += chunk.byteLength
      if (bytes > maxBytes) {
        throw new WhetstoneError(
          'TOO_LARGE',
          `The body is larger than ${maxBytes} bytes.`,
          'Send less at once, or import a file instead.',
        )
      }
      text += decoder.decode(chunk, { stream: true })
    }
    return text + decoder.decode()
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    throw new WhetstoneError('INVALID_INPUT', 'The body is not UTF-8.', 'Send the body as UTF-8.', {
      cause: error,
    })
  }
}

/** The session is a cookie: a page of another site must not be able to act with it. */
function refuseOtherSites(request: Request): void {
  if (['GET', 'HEAD', 'OPTIONS'].includes(request.method)) return
  const origin = request.headers.get('origin')
  const host = request.headers.get('host')
  if (origin === null || host === null || URL.parse(origin)?.host === host) return
  // Behind a proxy that rewrites Host, pages still come from the public address.
  if (origin === new URL(env().baseUrl).origin) return
  throw new WhetstoneError(
    'FORBIDDEN',
    `A page of ${origin} may not act here.`,
    'Open Whetstone itself and do it there.',
  )
}

/** A page opened by one annotator must not act for another, who has signed in since in the same browser. */
function refuseOtherAnnotator(request: Request, { userId }: Identity): void {
  const annotatorId = request.headers.get('x-whetstone-annotator')
  if (annotatorId === null || annotatorId === userId) return
  throw new WhetstoneError(
    'UNAUTHENTICATED',
    'You are signed in as somebody else in this browser.',
    'Sign in again with the account you began with, or reload the page to go on with this one.',
  )
}

function unauthenticated(): WhetstoneError {
  return new WhetstoneError('UNAUTHENTICATED', 'Nobody is signed in.', 'Sign in and try again.')
}
