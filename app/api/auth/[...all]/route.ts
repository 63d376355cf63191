import { auth } from '#lib/auth/auth.ts'
import { handleOpen } from '../../handle.ts'

const answer = handleOpen('auth', async (request) => auth().handler(request))

export const GET = answer
export const POST = answer
