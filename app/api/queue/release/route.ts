import { release, releaseInput } from '#lib/rankings/release.ts'
import { handle } from '../../handle.ts'

export const POST = handle('queue.release', releaseInput, release)
