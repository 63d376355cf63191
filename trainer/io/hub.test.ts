import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { startEngine } from '#trainer/engine/start.ts'
import { tinyConfig } from '#trainer/nn/checks.ts'
import { initialiseTransformer } from '#trainer/nn/transformer.ts'
import { specialTokens, trainBpe } from '#trainer/text/bpe.ts'
import { makeTokenizer } from '#trainer/text/tokenizer.ts'
import { describeModel } from './describe.ts'
import { loadModel, makeModel, saveModel } from './model-folder.ts'
import { resolveModel } from './resolve.ts'

/** What the hub answers about one tiny model, as its API does. */
const folder = mkdtempSync(join(tmpdir(), 'whetstone-'))
const source = join(folder, 'source')
let store = ''
/** GET requests of files' contents, as 'path range'. */
let asked: string[] = []
/** After so many bytes the connection breaks. */
let breakAfter = Number.POSITIVE_INFINITY
let gate: 'open' | 'gated' | 'token' = 'open'
/** How often the list of files was asked for. */
let listed = 0
/** Whether files are redirected to a store on another origin, and what it answers. */
let redirects = false
let storeStatus = 200
let storeTokens: (string | undefined)[] = []
const files = createServer((request, response) => {
  storeTokens.push(request.headers.authorization)
  // What makes the client give the store's own address.
  response.setHeader('x-cache', 'Hit from cloudfront')
  const isProbe = request.headers.range === 'bytes=0-0'
  if (storeStatus !== 200 && !isProbe) {
    response.writeHead(storeStatus)
    response.end()
  } else
    sendFile(response, new URL(request.url!, 'http://files').pathname.slice(1), request.headers.range ?? '')
})
const originOf = (of: Server) => `http://127.0.0.1:${(of.address() as AddressInfo).port}`
const server = createServer((request, response) => {
  const url = new URL(request.url!, 'http://hub')
  const refused = (status: number, error: string) => {
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ error }))
  }
  const token = request.headers.authorization
  if (gate === 'gated' || (gate === 'token' && token !== 'Bearer hf_right'))
    return refused(403, 'Access is restricted')
  const [, tree] = /^\/api\/models\/tiny\/model\/tree\/([^/]+)$/.exec(url.pathname) ?? []
  const [, revision, path] = /^\/tiny\/model\/resolve\/([^/]+)\/(.+)$/.exec(url.pathname) ?? []
  if (tree === 'main') {
    listed++
    response.writeHead(200, { 'content-type': 'application/json' })
    const names = readdirSync(source)
    return response.end(
      JSON.stringify(
        names.map((name) => ({
          type: 'file',
          path: name,
          size: statSync(join(source, name)).size,
          oid: 'x',
        })),
      ),
    )
  }
  if (revision === 'main' && path && redirects) {
    response.writeHead(302, { location: `${originOf(files)}/${path}?signature=secret` })
    return response.end()
  }
  if (revision === 'main' && path) return sendFile(response, path, request.headers.range ?? '')
  return refused(404, 'Repository not found')
})

function sendFile(response: ServerResponse, path: string, range: string): void {
  const content = readFileSync(join(source, path))
  const large = path.endsWith('.safetensors')
  const hash = large ? createHash('sha256') : createHash('sha1').update(`blob ${content.length}\0`)
  const etag = `"${hash.update(content).digest('hex')}"`
  const [, first = '0', last = ''] = /^bytes=(\d+)-(\d*)$/.exec(range) ?? []
  const end = last === '' ? content.length : Math.min(Number(last) + 1, content.length)
  const part = content.subarray(Number(first), end)
  // A single byte is how the client asks for the size and the etag.
  if (range !== 'bytes=0-0') asked.push(`${path} ${range}`.trim())
  response.writeHead(range === '' ? 200 : 206, {
    etag,
    'content-length': part.length,
    'content-range': `bytes ${first}-${end - 1}/${content.length}`,
  })
  if (!large || part.length <= breakAfter) {
    response.end(part)
    return
  }
  response.write(part.subarray(0, breakAfter))
  // What a client has received and not yet read is lost with the connection: it breaks when all of it is on the disk.
  const breakOff = () => {
    const name = readdirSync(join(store, '.parts')).find((each) => each.endsWith('.partial'))
    const size = name === undefined ? 0 : statSync(join(store, '.parts', name)).size
    if (size < breakAfter) setImmediate(breakOff)
    else response.destroy()
  }
  breakOff()
}

beforeAll(async () => {
  await startEngine('auto')
  const tokenizer = makeTokenizer(trainBpe(['a a b b'], 262), { eos_token: specialTokens.end })
  const config = {
    ...tinyConfig,
    vocabSize: 264,
    eosTokenId: tokenizer.eosTokenId,
    padTokenId: tokenizer.padTokenId,
  }
  await saveModel(source, makeModel('policy', config, initialiseTransformer(config, 1), tokenizer))
  writeFileSync(join(source, 'README.md'), 'not wanted')
  for (const each of [server, files]) await new Promise<void>((ready) => each.listen(0, '127.0.0.1', ready))
})
afterAll(async () => {
  vi.unstubAllEnvs()
  for (const each of [server, files]) await new Promise((closed) => each.close(closed))
  rmSync(folder, { recursive: true })
})
beforeEach(() => {
  store = mkdtempSync(join(folder, 'store-'))
  vi.stubEnv('WHETSTONE_MODELS', store)
  vi.stubEnv('HF_ENDPOINT', originOf(server))
  vi.stubEnv('HF_TOKEN', '')
  asked = []
  breakAfter = Number.POSITIVE_INFINITY
  gate = 'open'
  listed = 0
  redirects = false
  storeStatus = 200
  storeTokens = []
})

describe('a model of the hub', () => {
  it('is downloaded once, and then used without the network', async () => {
    const path = await resolveModel('tiny/model')
    expect(path).toBe(join(store, 'tiny/model'))
    expect(asked.sort()).toEqual(
      [
        'config.json',
        'generation_config.json',
        'model.safetensors',
        'tokenizer.json',
        'tokenizer_config.json',
      ].sort(),
    )
    const model = await loadModel(path, 'policy')
    expect(model.config.vocabSize).toBe(264)
    model.dispose()
    expect(describeModel(path)[0]).toMatch(/^GPT2LMHeadModel: 0.0 million parameters in fp32, 2 layers of 12/)
    vi.stubEnv('HF_ENDPOINT', 'http://127.0.0.1:1')
    expect(await resolveModel('tiny/model')).toBe(path)
    expect(readdirSync(join(store, '.parts'))).toEqual([])
  })

  it('goes on where an interrupted download stopped', async () => {
    breakAfter = 5000
    await expect(resolveModel('tiny/model')).rejects.toThrow(
      expect.objectContaining({ code: 'HUB_UNREACHABLE' }),
    )
    expect(existsSync(join(store, 'tiny'))).toBe(false)
    const whole = asked.length
    breakAfter = Number.POSITIVE_INFINITY
    const lines: string[] = []
    const path = await resolveModel('tiny/model', { report: (line) => lines.push(line) })
    // The other files are there already; of this one the rest is asked for.
    expect(asked.slice(whole)).toEqual(['model.safetensors bytes=5000-'])
    expect(lines.some((line) => line.startsWith('model.safetensors: going on at'))).toBe(true)
    expect(
      readFileSync(join(path, 'model.safetensors')).equals(readFileSync(join(source, 'model.safetensors'))),
    ).toBe(true)
  })

  it('is refreshed by the files that changed alone', async () => {
    const path = await resolveModel('tiny/model')
    const config = readFileSync(join(source, 'generation_config.json'), 'utf8')
    asked = []
    writeFileSync(join(source, 'generation_config.json'), `${config}\n`)
    await resolveModel('tiny/model', { refresh: true })
    expect(asked).toEqual(['generation_config.json'])
    expect(readFileSync(join(path, 'generation_config.json'), 'utf8')).toBe(`${config}\n`)
  })

  it('is refused where its bytes are not those of its hash', async () => {
    breakAfter = 5000
    await expect(resolveModel('tiny/model')).rejects.toThrow()
    breakAfter = Number.POSITIVE_INFINITY
    const [partial] = readdirSync(join(store, '.parts')).filter((name) => name.endsWith('.partial'))
    const bytes = readFileSync(join(store, '.parts', partial!))
    bytes[100]! ^= 1
    writeFileSync(join(store, '.parts', partial!), bytes)
    await expect(resolveModel('tiny/model')).rejects.toThrow(
      expect.objectContaining({ code: 'DOWNLOAD_DAMAGED' }),
    )
    expect(existsSync(await resolveModel('tiny/model'))).toBe(true)
  })

  it('needs a token where it is gated', async () => {
    gate = 'token'
    await expect(resolveModel('tiny/model')).rejects.toThrow(
      expect.objectContaining({ code: 'MODEL_GATED', hint: expect.stringContaining('HF_TOKEN') }),
    )
    vi.stubEnv('HF_TOKEN', 'hf_right')
    expect(existsSync(await resolveModel('tiny/model'))).toBe(true)
  })

  it('gives its token to no other origin, and no error tells the signature of a URL', async () => {
    gate = 'token'
    redirects = true
    vi.stubEnv('HF_TOKEN', 'hf_right')
    storeStatus = 500
    const failed = await resolveModel('tiny/model').catch((error: Error) => error)
    expect(failed).toMatchObject({ code: 'HUB_FAILED' })
    const [, path] = /^127\.0\.0\.1:\d+(\/\S+) answers 500$/.exec((failed as Error).message) ?? []
    expect(readdirSync(source)).toContain(path!.slice(1))
    storeStatus = 200
    expect(existsSync(await resolveModel('tiny/model'))).toBe(true)
    expect(storeTokens.length).toBeGreaterThan(5)
    expect(new Set(storeTokens)).toEqual(new Set([undefined]))
  })

  it('is downloaded once for all that want it at the same time, and names that share files do not meet', async () => {
    const names = ['tiny/model', 'tiny/model@main', 'tiny/model']
    const paths = await Promise.all(names.map((name) => resolveModel(name)))
    expect(listed).toBe(2)
    for (const path of paths)
      expect(
        readFileSync(join(path, 'model.safetensors')).equals(readFileSync(join(source, 'model.safetensors'))),
      ).toBe(true)
  })

  it('is repaired by a refresh where a file is not what was downloaded', async () => {
    const path = await resolveModel('tiny/model')
    const whole = readFileSync(join(path, 'config.json'), 'utf8')
    writeFileSync(join(path, 'config.json'), whole.replace('12', '21'))
    asked = []
    await resolveModel('tiny/model', { refresh: true })
    expect(asked).toEqual(['config.json'])
    expect(readFileSync(join(path, 'config.json'), 'utf8')).toBe(whole)
  })

  it.skipIf(!existsSync('/dev/full'))('says that the disk is full', async () => {
    const parts = join(store, '.parts')
    mkdirSync(parts)
    const hash = createHash('sha256')
      .update(readFileSync(join(source, 'model.safetensors')))
      .digest('hex')
    symlinkSync('/dev/full', join(parts, `${hash}.partial`))
    await expect(resolveModel('tiny/model')).rejects.toThrow(expect.objectContaining({ code: 'DISK_FULL' }))
  })

  it('is not looked for on the hub where its owner is a folder that is here', async () => {
    const missed = resolveModel('tiny/model', { from: folder })
    mkdirSync(join(folder, 'tiny'))
    expect(existsSync(await missed)).toBe(true)
    const typo = expect.objectContaining({
      code: 'MODEL_MISSING',
      message: `there is no ${join(folder, 'tiny/modle')}`,
      hint: expect.stringMatching(/in .*tiny; if the hub's tiny\/modle is meant/),
    })
    await expect(resolveModel('tiny/modle', { from: folder })).rejects.toThrow(typo)
    rmSync(join(folder, 'tiny'), { recursive: true })
  })

  it('is missed by name: one that is not there, a revision, a path, no network', async () => {
    const code = (name: string, code: string) =>
      expect(resolveModel(name)).rejects.toThrow(
        expect.objectContaining({ code, message: expect.stringContaining(name) }),
      )
    await code('tiny/other', 'MODEL_NOT_FOUND')
    await code('tiny/model@v2', 'MODEL_NOT_FOUND')
    await code('tiny/model/none', 'MODEL_MISSING')
    await code('nowhere.gguf', 'MODEL_MISSING')
    vi.stubEnv('HF_ENDPOINT', 'http://127.0.0.1:1')
    await code('tiny/model', 'HUB_UNREACHABLE')
    vi.stubEnv('HF_HUB_OFFLINE', '1')
    await code('tiny/model', 'HUB_UNREACHABLE')
  })
})

it('a folder is itself, and a GGUF file is converted once', async () => {
  expect(await resolveModel('source', { from: folder })).toBe(source)
  const file = new URL('gguf/fixtures/llama.gguf', import.meta.url).pathname
  const lines: string[] = []
  const meanwhile = resolveModel(file, { report: (line) => lines.push(line) })
  const path = await resolveModel(file, { report: (line) => lines.push(line) })
  expect(path.startsWith(join(store, 'gguf/llama-'))).toBe(true)
  expect(await meanwhile).toBe(path)
  expect(await resolveModel(file, { report: (line) => lines.push(line) })).toBe(path)
  expect(lines).toHaveLength(1)
})
