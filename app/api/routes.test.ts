import { globSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Role } from '#lib/auth/actor.ts'
import { type Action, may, permissions } from '#lib/auth/permissions.ts'
import { db } from '#lib/db.ts'
import { env } from '#lib/env.ts'
import { closeQueue } from '#lib/jobs/queue.ts'
import { type TestDatabase, testDatabase } from '#lib/testing/database.ts'
import { makeWorkspace } from '#lib/testing/fixtures.ts'
import { browserHeaders, origin, type Session, signUp } from '#lib/testing/session.ts'
import type { Handler } from './handle.ts'

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const
const openActions = ['auth', 'health.read', 'metrics.scrape', 'workspace.join']
const roles: Role[] = ['ADMIN', 'RESEARCHER', 'ANNOTATOR']

interface Route {
  method: string
  path: string
  handler: Handler
}

const app = join(import.meta.dirname, '..')
const routes: Route[] = []
let database: TestDatabase
let outsider: Session
const sessions = new Map<Role, Session>()

beforeAll(async () => {
  database = await testDatabase()
  const workspace = await makeWorkspace()
  outsider = await signUp('outsider')
  for (const role of roles) {
    const session = await signUp(role.toLowerCase())
    await db.member.create({ data: { workspaceId: workspace.id, userId: session.userId, role } })
    sessions.set(role, session)
  }
  for (const file of globSync('**/route.ts', { cwd: app }).sort()) {
    const module = (await import(join(app, file))) as Record<string, Handler>
    for (const method of methods) {
      const handler = module[method]
      if (handler) routes.push({ method, path: `/${file.replace(/\/route\.ts$/, '')}`, handler })
    }
  }
})
afterAll(async () => {
  await closeQueue()
  await database?.drop()
})

function call({ method, path, handler }: Route, headers: Headers, body = '{}'): Promise<Response> {
  const params: Record<string, string> = path.includes('[id]') ? { id: 'missing' } : {}
  const withBody = ['POST', 'PUT', 'PATCH'].includes(method)
  const url = `${origin}${path.replace('[id]', 'missing').replace('/[...all]', '')}`
  const request = new Request(url, { method, headers, ...(withBody && { body }) })
  return handler(request, { params: Promise.resolve(params) })
}

const isOpen = ({ handler }: Route) => openActions.includes(handler.action)
const name = ({ method, path, handler }: Route) => `${method} ${path} ${handler.action}`

describe('every route', () => {
  test('says which action it is', () => {
    expect(routes.length).toBeGreaterThan(25)
    const known = [...Object.keys(permissions), ...openActions]
    expect(routes.filter((route) => !known.includes(route.handler.action)).map(name)).toEqual([])
    expect(routes.filter(isOpen).map(name)).toEqual([
      'GET /api/auth/[...all] auth',
      'POST /api/auth/[...all] auth',
      'GET /api/health health.read',
      'POST /api/workspace/join workspace.join',
      'GET /metrics metrics.scrape',
    ])
  })

  test('refuses somebody who is not signed in with 401, and an account of no workspace with 403', async () => {
    for (const route of routes.filter((route) => !isOpen(route))) {
      const anonymous = await call(route, browserHeaders())
      expect(anonymous.status, name(route)).toBe(401)
      expect(await anonymous.json()).toMatchObject({ error: { code: 'UNAUTHENTICATED' } })
      expect((await call(route, browserHeaders(outsider.cookie))).status, name(route)).toBe(403)
    }
  })

  test('refuses every role that its action does not allow with 403, and no role that it allows', async () => {
    for (const route of routes.filter((route) => !isOpen(route))) {
      for (const role of roles) {
        const { status } = await call(route, browserHeaders(sessions.get(role)!.cookie))
        const expected = may(role, route.handler.action as Action)
        expect(status === 403, `${role} ${name(route)} answered ${status}`).toBe(!expected)
        expect(status, `${role} ${name(route)}`).not.toBe(401)
        expect(status, `${role} ${name(route)}`).toBeLessThan(500)
      }
    }
  })

  test('that changes something refuses a page of another site', async () => {
    const headers = browserHeaders(sessions.get('ADMIN')!.cookie)
    headers.set('origin', 'https://elsewhere.example')
    for (const route of routes.filter((route) => route.method !== 'GET' && !isOpen(route))) {
      expect((await call(route, headers)).status, name(route)).toBe(403)
    }
  })

  test('that changes something takes a page of the public address behind a proxy that rewrites Host', async () => {
    const claim = routes.find(({ method, path }) => method === 'POST' && path === '/api/queue/claim')!
    const headers = browserHeaders(sessions.get('ANNOTATOR')!.cookie)
    headers.set('host', 'app.internal:8080')
    headers.set('origin', new URL(env().baseUrl).origin)
    expect((await call(claim, headers)).status).toBe(200)
    for (const other of ['https://elsewhere.example', `${env().baseUrl}.elsewhere.example`, 'null']) {
      headers.set('origin', other)
      expect((await call(claim, headers)).status, other).toBe(403)
    }
  })
})

test("what an annotator's page asks under somebody else's session is refused with 401", async () => {
  const claim = routes.find(({ method, path }) => method === 'POST' && path === '/api/queue/claim')!
  const { cookie, userId } = sessions.get('ANNOTATOR')!
  const headers = browserHeaders(cookie)
  headers.set('x-whetstone-annotator', sessions.get('RESEARCHER')!.userId)
  const refused = await call(claim, headers)
  expect(refused.status).toBe(401)
  expect(await refused.json()).toMatchObject({
    error: {
      code: 'UNAUTHENTICATED',
      message: 'You are signed in as somebody else in this browser.',
    },
  })
  headers.set('x-whetstone-annotator', userId)
  expect((await call(claim, headers)).status).toBe(200)
})

describe('input', () => {
  const find = (method: string, path: string) =>
    routes.find((route) => route.method === method && route.path === path)!
  const admin = () => browserHeaders(sessions.get('ADMIN')!.cookie)

  test('that is no JSON object, or has unknown or unstorable fields, is refused with the reason', async () => {
    const claim = find('POST', '/api/queue/claim')
    for (const [body, message] of [
      ['{"batch":', /The body is not JSON/],
      ['[]', /not a JSON object/],
      ['{"bacth": "x"}', /Unrecognized key: "bacth"/],
      ['{"batch": 5}', /^batch: /],
      ['{"batch": "a\\u0000"}', /^batch contains a NUL/],
    ] as const) {
      const response = await call(claim, admin(), body)
      expect(response.status, body).toBe(400)
      const { error } = (await response.json()) as { error: Record<string, string> }
      expect(error).toMatchObject({ code: 'INVALID_INPUT', message: expect.stringMatching(message) })
      expect(error.hint).not.toBe('')
    }
  })

  test('over a megabyte is refused with 413', async () => {
    const body = JSON.stringify({ batch: 'x'.repeat(1024 * 1024) })
    expect((await call(find('POST', '/api/queue/claim'), admin(), body)).status).toBe(413)
  })
})

describe('open routes', () => {
  test('health answers anybody; metrics only researchers', async () => {
    const [health, metrics] = ['/api/health', '/metrics'].map(
      (path) => routes.find((route) => route.path === path)!,
    )
    expect(await (await call(health!, new Headers())).json()).toEqual({ status: 'ok' })
    expect((await call(metrics!, browserHeaders())).status).toBe(401)
    expect((await call(metrics!, browserHeaders(sessions.get('ANNOTATOR')!.cookie))).status).toBe(403)
    const read = await call(metrics!, browserHeaders(sessions.get('RESEARCHER')!.cookie))
    expect(await read.text()).toMatch(/^whetstone_rows\{kind="rankings"\} 0$/m)
  })
})
