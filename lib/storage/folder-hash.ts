import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { pipeline } from 'node:stream/promises'

export interface FolderFile {
  /** Relative to the folder, with forward slashes. */
  path: string
  bytes: number
  sha256: string
}

/** Every file below a folder, sorted by path, with its length and SHA-256. */
export async function listFolder(folder: string): Promise<FolderFile[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files: FolderFile[] = []
  for (const entry of entries) {
    if (!entry.isFile()) continue
    const full = join(entry.parentPath, entry.name)
    const hash = createHash('sha256')
    let bytes = 0
    await pipeline(createReadStream(full), async (chunks: AsyncIterable<Buffer>) => {
      for await (const chunk of chunks) {
        hash.update(chunk)
        bytes += chunk.length
      }
    })
    files.push({ path: relative(folder, full).split(sep).join('/'), bytes, sha256: hash.digest('hex') })
  }
  return files.sort((a, b) => (a.path < b.path ? -1 : 1))
}

/** SHA-256 over `<sha256>  <path>\n` of the sorted files: the same content gives the same hash anywhere. */
export function hashFiles(files: readonly FolderFile[]): string {
  const hash = createHash('sha256')
  for (const file of [...files].sort((a, b) => (a.path < b.path ? -1 : 1))) {
    hash.update(`${file.sha256}  ${file.path}\n`)
  }
  return hash.digest('hex')
}
