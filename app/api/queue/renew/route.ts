import { renew, renewInput } from '#lib/rankings/renew.ts'
import { handle } from '../../handle.ts'

export const POST = handle('queue.renew', renewInput, renew)
