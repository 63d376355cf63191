import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { connect, signIn } from './client.ts'

async function serve(answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

test('a session cookie is sent with every later request', async () => {
  const url = await serve((request, response) => {
    if (request.url?.endsWith('/sign-in/email'))
      response.setHeader('set-cookie', 'whetstone.session=a=b; Path=/')
    response.end(JSON.stringify({ cookie: request.headers.cookie ?? '' }))
  })
  const client = await signIn(url, { name: 'Ada', email: 'ada@whetstone.local', password: 'long enough' })
  expect(await client?.get('/api/home')).toEqual({ cookie: 'whetstone.session=a=b' })
})

test('a refused request throws the message and the hint of the server', async () => {
  const url = await serve((_, response) => {
    response.statusCode = 409
    response.end(JSON.stringify({ error: { code: 'CONFLICT', message: 'taken', hint: 'choose another' } }))
  })
  await expect(connect(url).post('/api/datasets', {})).rejects.toMatchObject({
    status: 409,
    message: 'POST /api/datasets answered 409: taken',
    hint: 'choose another',
  })
})

test('reading and ranking outlast a server that goes away; a launch is never sent twice', async () => {
  const seen: string[] = []
  const url = await serve((request, response) => {
    const first = !seen.includes(request.url!)
    seen.push(request.url!)
    if (first) request.socket.destroy()
    else response.end('{"ok":true}')
  })
  const client = connect(url)
  expect(await client.get('/api/runs/r')).toEqual({ ok: true })
  expect(await client.post('/api/rankings', {})).toEqual({ ok: true })
  await expect(client.post('/api/runs', {})).rejects.toMatchObject({
    message: expect.stringContaining('POST /api/runs got no answer'),
    hint: expect.stringContaining('again'),
  })
  expect(seen).toEqual(['/api/runs/r', '/api/runs/r', '/api/rankings', '/api/rankings', '/api/runs'])
})

test('a server that stays away is told as such', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  await expect(connect(`http://127.0.0.1:${port}`, 0).get('/api/home')).rejects.toThrow(/ECONNREFUSED/)
})

test('an unknown account signs in as nobody', async () => {
  const url = await serve((_, response) => {
    response.statusCode = 401
    response.end(JSON.stringify({ code: 'INVALID_EMAIL_OR_PASSWORD', message: 'Invalid email or password' }))
  })
  expect(await signIn(url, { name: '', email: 'no@whetstone.local', password: 'x' })).toBeNull()
})

test('a request over a rate limit is sent again when the server says so', async () => {
  let requests = 0
  const url = await serve((_, response) => {
    requests++
    response.statusCode = requests < 3 ? 429 : 200
    response.setHeader('retry-after', '0')
    response.end('{}')
  })
  await connect(url).get('/api/home')
  expect(requests).toBe(3)
})
