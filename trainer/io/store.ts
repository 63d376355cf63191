import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { repositoryRoot } from '#trainer/engine/native/paths.ts'

/** A model's name on the hub: owner/name, where wanted with @ and a branch, tag or commit. */
const hubName = /^[A-Za-z0-9][\w.-]*\/[A-Za-z0-9][\w.-]*(@[\w./-]+)?$/

export function isHubName(name: string): boolean {
  return hubName.test(name) && !name.includes('..')
}

/** Where models that were downloaded or converted are kept: $WHETSTONE_MODELS or .whetstone/models. */
export function modelStore(): string {
  const { WHETSTONE_MODELS: folder } = process.env
  return folder ? resolve(folder) : join(repositoryRoot, '.whetstone/models')
}

/** The folder of a hub model, there or not yet. */
export function hubFolder(name: string): string {
  return join(
    modelStore(),
    name
      .replaceAll(/[^\w.@/-]/g, '_')
      .replace(/@(.*)$/, (_, revision) => `@${revision.replaceAll('/', '__')}`),
  )
}

/** What a downloaded folder says of where it came from. */
export interface HubOrigin {
  endpoint: string
  /** owner/name */
  repository: string
  revision: string
  /** The etag of each file. */
  files: Record<string, string>
}

export const hubOriginName = 'whetstone-hub.json'

/** Where a folder was downloaded from, or undefined for one that was not. */
export function hubOrigin(folder: string): HubOrigin | undefined {
  const path = join(folder, hubOriginName)
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as HubOrigin) : undefined
}

/** The folder of a hub model that has been downloaded, or undefined. */
export function downloadedModel(name: string): string | undefined {
  if (!isHubName(name)) return undefined
  const folder = hubFolder(name)
  return existsSync(folder) ? folder : undefined
}
