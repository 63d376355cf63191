import { findBackend, getBackend } from '@tensorflow/tfjs-core'

/**
 * A file as memory where the running engine gives that (engine/torch/addon/map.cc): its pages are the system's, not copies. Undefined
 * where no file, or not this one, can be mapped: it is then to be read.
 */
export function mapFile(path: string): ArrayBuffer | undefined {
  const engine = getBackend()
    ? (findBackend(getBackend()) as { addon?: { mapFile?(path: string): ArrayBuffer | undefined } })
    : undefined
  return engine?.addon?.mapFile?.(path)
}
