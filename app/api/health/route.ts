import { checkHealth } from '#lib/health.ts'
import { handleOpen } from '../handle.ts'

export const GET = handleOpen('health.read', async () => {
  await checkHealth()
  return Response.json({ status: 'ok' })
})
