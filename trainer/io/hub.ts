import { createHash } from 'node:crypto'
import {
  copyFileSync,
  createReadStream,
  existsSync,
  linkSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type FileDownloadInfoOutput, fileDownloadInfo, HubApiError, listFiles } from '@huggingface/hub'
import { WhetstoneError } from '#trainer/errors.ts'
import { withLockFile } from '#trainer/lock-file.ts'
import { diskFull, writeFolder } from './atomic.ts'
import { downloadedModel, type HubOrigin, hubFolder, hubOrigin, hubOriginName, modelStore } from './store.ts'

/** Downloads models from the Hugging Face hub, or from what $HF_ENDPOINT names. */

export type Report = (message: string) => void

/** Besides the weights. */
const small = [
  ...[
    'config.json',
    'generation_config.json',
    'tokenizer.json',
    'tokenizer_config.json',
    'special_tokens_map.json',
  ],
  ...['chat_template.jinja', 'adapter_config.json', 'whetstone.json'],
]
/** A large file is told every so many bytes. */
const reportBytes = 50_000_000

/**
 * Downloads owner/name, of a branch, tag or commit with @, and returns its folder, which is there wholly or not at all. One that is there
 * is left as it is unless `refresh` asks for what is new. Files that an earlier download has, by their etags and hashes, are taken from
 * it; one that was interrupted goes on where it stopped. $HF_TOKEN opens what is gated, and goes to $HF_ENDPOINT alone. Throws
 * MODEL_NOT_FOUND, MODEL_GATED, HUB_UNREACHABLE, HUB_FAILED, DOWNLOAD_DAMAGED, MODEL_UNSUPPORTED, DISK_FULL.
 */
export async function downloadModel(
  name: string,
  { report = () => {}, refresh = false }: { report?: Report; refresh?: boolean } = {},
): Promise<string> {
  const [repository = '', revision = 'main'] = name.split('@')
  const endpoint = (process.env.HF_ENDPOINT || 'https://huggingface.co').replace(/\/+$/, '')
  if (/^(1|true|on|yes)$/i.test(process.env.HF_HUB_OFFLINE ?? ''))
    throw new WhetstoneError(
      'HUB_UNREACHABLE',
      `${name} is not here, and HF_HUB_OFFLINE is set`,
      'unset HF_HUB_OFFLINE to download it',
    )
  const hub = { repo: repository, revision, hubUrl: endpoint, accessToken: process.env.HF_TOKEN || undefined }
  const folder = hubFolder(name)
  const parts = join(modelStore(), '.parts')
  const busy = (holder: number) =>
    new WhetstoneError(
      'HUB_FAILED',
      `process ${holder} has been downloading into ${modelStore()} for an hour, and ${name} waits for it`,
      'wait for it or end it, then try again',
    )
  const download = async () => {
    // Another process may have brought it while this one waited.
    if (!refresh && downloadedModel(name)) return
    const wanted = await wantedFiles(name, hub)
    const before = hubOrigin(folder)
    const origin: HubOrigin = { endpoint, repository, revision, files: {} }
    const places = new Map<string, string>()
    for (const path of wanted) {
      const info = await fileDownloadInfo({ ...hub, path })
      if (!info) throw new WhetstoneError('HUB_FAILED', `${name} lists ${path} but has it not`, 'try again')
      const etag = info.etag.replaceAll(/^W\/|"/g, '')
      origin.files[path] = etag
      const kept = join(folder, path)
      const isKept =
        before?.files[path] === etag && existsSync(kept) && !(await wrongHash(kept, etag, info.size))
      places.set(path, isKept ? kept : await fetchFile(path, info, etag, { parts, hub, report }))
    }
    await writeFolder(folder, (temporary) => {
      for (const [path, place] of places) linkOrCopy(place, join(temporary, path))
      writeFileSync(join(temporary, hubOriginName), `${JSON.stringify(origin, null, 2)}\n`)
    })
    for (const place of places.values()) if (dirname(place) === parts) rmSync(place, { force: true })
  }
  await explained(name, endpoint, async () => {
    mkdirSync(parts, { recursive: true })
    // Models share files in `parts`, so one lock is for all of the store.
    await withLockFile(join(parts, 'lock'), 3600, busy, download)
  })
  return folder
}

/** Some file systems have no links. */
function linkOrCopy(from: string, to: string): void {
  try {
    linkSync(from, to)
  } catch (error) {
    if (!/^(EPERM|EXDEV|ENOTSUP|EOPNOTSUPP|ENOSYS|EMLINK)$/.test((error as NodeJS.ErrnoException).code ?? ''))
      throw error
    copyFileSync(from, to)
  }
}

type Hub = { repo: string; revision: string; hubUrl: string; accessToken: string | undefined }

/** The files that make a model of it. */
async function wantedFiles(name: string, hub: Hub): Promise<string[]> {
  const paths: string[] = []
  for await (const { type, path } of listFiles(hub)) if (type === 'file') paths.push(path)
  const whole = paths.filter((path) => path === 'model.safetensors' || path === 'adapter_model.safetensors')
  const shards = paths.filter(
    (path) => path === 'model.safetensors.index.json' || /^model-\d+-of-\d+\.safetensors$/.test(path),
  )
  const weights = whole.length > 0 ? whole : shards
  if (weights.length === 0) {
    const others = paths.filter((path) => /\.(gguf|bin|pth|pt)$/.test(path))
    throw new WhetstoneError(
      'MODEL_UNSUPPORTED',
      `${name} has no model.safetensors${others.length > 0 ? `, only ${others.slice(0, 5).join(', ')}` : ''}`,
      others.some((path) => path.endsWith('.gguf'))
        ? 'download one of the GGUF files and give its path'
        : 'take a model with safetensors, or convert it with transformers (save_pretrained)',
    )
  }
  return [...paths.filter((path) => small.includes(path)), ...weights]
}

/** A whole, checked file in `parts`; what an interrupted download left there is continued. */
async function fetchFile(
  path: string,
  { url, size }: FileDownloadInfoOutput,
  etag: string,
  { parts, hub, report }: { parts: string; hub: Hub; report: Report },
): Promise<string> {
  const place = join(parts, etag.replaceAll(/[^\w.-]/g, '_'))
  if (existsSync(place)) return place
  const partial = `${place}.partial`
  let have = existsSync(partial) ? statSync(partial).size : 0
  if (have > size) {
    rmSync(partial)
    have = 0
  }
  const { origin, host, pathname } = new URL(url)
  // Without the query, which may be a signature that opens the file to whoever has it.
  const shown = `${host}${pathname}`
  if (have > 0) report(`${path}: going on at ${megabytes(have)} of ${megabytes(size)}`)
  if (have < size || size === 0) {
    // Not for the store of files that the hub redirects to.
    const token = origin === new URL(hub.hubUrl).origin ? hub.accessToken : undefined
    const headers = {
      ...(token && { authorization: `Bearer ${token}` }),
      ...(have > 0 && { range: `bytes=${have}-` }),
    }
    const response = await fetch(url, { headers })
    if (!response.ok || !response.body)
      throw new WhetstoneError('HUB_FAILED', `${shown} answers ${response.status}`, 'try again later')
    // A server that does not continue sends the whole file.
    if (response.status !== 206) have = 0
    const file = await open(partial, have > 0 ? 'a' : 'w')
    try {
      let told = have
      for await (const chunk of response.body) {
        await file.write(chunk)
        have += chunk.length
        if (have - told < reportBytes) continue
        told = have
        report(`${path}: ${megabytes(have)} of ${megabytes(size)}`)
      }
    } finally {
      await file.close()
    }
  }
  const problem = have === size ? await wrongHash(partial, etag, size) : `has ${have} bytes, expected ${size}`
  if (problem) {
    if (have >= size) rmSync(partial)
    throw new WhetstoneError(
      'DOWNLOAD_DAMAGED',
      `${path} of ${shown} ${problem}`,
      'try again: what is whole stays',
    )
  }
  renameSync(partial, place)
  return place
}

/** A large file's etag is its sha256, a small one's git's sha1 of it; of others nothing is known. */
async function wrongHash(path: string, etag: string, size: number): Promise<string | undefined> {
  const isLarge = /^[0-9a-f]{64}$/.test(etag)
  if (!isLarge && !/^[0-9a-f]{40}$/.test(etag)) return undefined
  const hash = createHash(isLarge ? 'sha256' : 'sha1')
  if (!isLarge) hash.update(`blob ${size}\0`)
  for await (const chunk of createReadStream(path)) hash.update(chunk)
  const found = hash.digest('hex')
  return found === etag ? undefined : `has the hash ${found}, expected ${etag}`
}

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`

/** Runs `work`; what the hub or the network say becomes an error that names the model. */
async function explained(name: string, endpoint: string, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    const full = diskFull(error, hubFolder(name))
    if (full) throw full
    const cause = error as Error
    if (error instanceof HubApiError) {
      const status = error.statusCode
      const gated = status === 403 || (status === 401 && /gated|restricted/i.test(error.message))
      if (gated)
        throw new WhetstoneError(
          'MODEL_GATED',
          `${endpoint} does not give ${name} without permission (${status})`,
          `ask for it on ${endpoint}/${name.split('@')[0]} and set HF_TOKEN to your token`,
          { cause },
        )
      // Without a token the hub answers 401 for a name that it does not know.
      if (status === 404 || status === 401)
        throw new WhetstoneError(
          'MODEL_NOT_FOUND',
          `${endpoint} knows no model ${name} (${status})`,
          'check owner, name and revision; if it is private, set HF_TOKEN',
          { cause },
        )
      throw new WhetstoneError('HUB_FAILED', `${endpoint} answers ${status} for ${name}`, 'try again later', {
        cause,
      })
    }
    // What fetch throws where there is no answer, or where it breaks off.
    if (error instanceof TypeError && /fetch failed|terminated/.test(error.message)) {
      const reason = (error.cause as Error | undefined)?.message ?? error.message
      throw new WhetstoneError(
        'HUB_UNREACHABLE',
        `${endpoint} cannot be reached for ${name}: ${reason}`,
        'check the network (or HF_ENDPOINT) and try again: what has been downloaded stays',
        { cause },
      )
    }
    throw error
  }
}
