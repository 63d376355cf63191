import { randomUUID } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { access, mkdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { Disk } from 'flydrive'
import { FSDriver } from 'flydrive/drivers/fs'
import { z } from 'zod'
import { env } from '../env.ts'
import { WhetstoneError } from '../errors.ts'
import { hashFiles, listFolder } from './folder-hash.ts'
import { readStorageSettings, type StorageSettings } from './settings.ts'

/** An artifact is a folder that never changes, under a key such as `models/cm1x…`. */
export interface Artifacts {
  /**
   * Copies a folder. The artifact exists once its manifest does, which is written last: a copy cut short is
   * never seen. The same content again is no change.
   * @throws WhetstoneError CONFLICT when the key already holds other content, INVALID_INPUT on an empty folder
   */
  putFolder(key: string, folder: string): Promise<{ sha256: string; bytes: number }>
  /**
   * A folder on this machine with the artifact's files; not to be written to.
   * @throws WhetstoneError NOT_FOUND
   */
  localPath(key: string): Promise<string>
  /** The artifact's hash; null when there is none under the key. */
  sha256(key: string): Promise<string | null>
}

const manifestSchema = z.object({
  sha256: z.string(),
  files: z.array(z.object({ path: z.string(), bytes: z.number(), sha256: z.string() })),
})
type Manifest = z.infer<typeof manifestSchema>

const manifestOf = (key: string) => `${checkKey(key)}.manifest.json`

function checkKey(key: string): string {
  if (/^[\w-]+(\/[\w-]+)*$/.test(key)) return key
  throw new WhetstoneError(
    'INVALID_INPUT',
    `'${key}' is not an artifact key.`,
    'A key is words of letters, digits, _ and -, joined by slashes.',
  )
}

/** `root` is where the disk keeps its files when that is a folder of this machine; otherwise copies go to `cache`. */
export function artifactsOn(disk: Disk, place: { root: string } | { cache: string }): Artifacts {
  async function manifest(key: string): Promise<Manifest | null> {
    const name = manifestOf(key)
    if (!(await disk.exists(name))) return null
    return manifestSchema.parse(JSON.parse(await disk.get(name)))
  }

  return {
    async putFolder(key, folder) {
      const files = await listFolder(folder)
      if (files.length === 0) {
        throw new WhetstoneError('INVALID_INPUT', `${folder} is empty.`, 'Give a folder that has files.')
      }
      const sha256 = hashFiles(files)
      const bytes = files.reduce((sum, file) => sum + file.bytes, 0)
      const old = await manifest(key)
      if (old && old.sha256 !== sha256) {
        throw new WhetstoneError(
          'CONFLICT',
          `Artifact '${key}' already holds other content (${old.sha256.slice(0, 12)}, not ${sha256.slice(0, 12)}).`,
          'Artifacts never change; store it under a new key.',
        )
      }
      if (old) return { sha256, bytes }
      // What an earlier, unfinished copy may have left.
      await disk.deleteAll(key)
      for (const file of files) {
        await disk.putStream(`${key}/${file.path}`, createReadStream(join(folder, file.path)), {
          contentLength: file.bytes,
        })
      }
      await disk.put(manifestOf(key), JSON.stringify({ sha256, files }))
      return { sha256, bytes }
    },

    async localPath(key) {
      const wanted = await manifest(key)
      if (!wanted) {
        throw new WhetstoneError(
          'NOT_FOUND',
          `There is no artifact '${key}' in the storage.`,
          'Check that WHETSTONE_HOME or the bucket is the one the artifact was stored in.',
        )
      }
      if ('root' in place) return join(place.root, key)
      const folder = join(place.cache, key)
      if (await exists(folder)) return folder
      const draft = `${folder}.${randomUUID()}`
      for (const file of wanted.files) {
        const target = join(draft, file.path)
        await mkdir(dirname(target), { recursive: true })
        await pipeline(await disk.getStream(`${key}/${file.path}`), createWriteStream(target))
      }
      const received = hashFiles(await listFolder(draft))
      if (received !== wanted.sha256) {
        await rm(draft, { recursive: true })
        throw new WhetstoneError(
          'INTERNAL',
          `Artifact '${key}' arrived damaged: its hash is ${received}, not ${wanted.sha256}.`,
          'Try again; if it stays so, restore the artifact from a backup.',
        )
      }
      try {
        await rename(draft, folder)
      } catch (error) {
        await rm(draft, { recursive: true })
        // Somebody else fetched it meanwhile.
        if (!(await exists(folder))) throw error
      }
      return folder
    },

    async sha256(key) {
      return (await manifest(key))?.sha256 ?? null
    },
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

let opened: Promise<Artifacts> | undefined

/** The storage of this installation. @throws WhetstoneError INVALID_INPUT, UNAVAILABLE */
export function artifacts(): Promise<Artifacts> {
  opened ??= openArtifacts(readStorageSettings(process.env), env().home)
  return opened
}

export async function openArtifacts(settings: StorageSettings, home: string): Promise<Artifacts> {
  if (settings.STORAGE_DRIVER === 'fs') {
    const root = join(home, 'artifacts')
    return artifactsOn(new Disk(new FSDriver({ location: root, visibility: 'private' })), { root })
  }
  return artifactsOn(await s3Disk(settings), { cache: join(home, 'artifact-cache') })
}

async function s3Disk(settings: Extract<StorageSettings, { STORAGE_DRIVER: 's3' }>): Promise<Disk> {
  // A variable, so that bundlers and tsc do not ask for Amazon's packages where nobody uses them.
  const name = 'flydrive/drivers/s3'
  const loaded: unknown = await import(/* turbopackIgnore: true */ name).catch((cause: Error) => {
    throw new WhetstoneError(
      'UNAVAILABLE',
      `STORAGE_DRIVER is s3, but the packages it needs are not installed (${cause.message.split('\n')[0]}).`,
      'Run `npm install @aws-sdk/client-s3 @aws-sdk/s3-request-presigner`, or set STORAGE_DRIVER=fs.',
      { cause },
    )
  })
  const { S3Driver } = loaded as { S3Driver: new (options: object) => ConstructorParameters<typeof Disk>[0] }
  return new Disk(
    new S3Driver({
      bucket: settings.S3_BUCKET,
      region: settings.S3_REGION,
      visibility: 'private',
      credentials: {
        accessKeyId: settings.S3_ACCESS_KEY_ID,
        secretAccessKey: settings.S3_SECRET_ACCESS_KEY,
      },
      ...(settings.S3_ENDPOINT ? { endpoint: settings.S3_ENDPOINT, forcePathStyle: true } : {}),
    }),
  )
}
