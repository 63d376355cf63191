import { createHash, timingSafeEqual } from 'node:crypto'
import { actorFromHeaders } from '#lib/auth/actor.ts'
import { authorise } from '#lib/auth/permissions.ts'
import { env } from '#lib/env.ts'
import { WhetstoneError } from '#lib/errors.ts'
import { metricsText } from '#lib/metrics.ts'
import { handleOpen } from '../api/handle.ts'

export const GET = handleOpen('metrics.scrape', async (request) => {
  if (!hasToken(request)) {
    const actor = await actorFromHeaders(request.headers)
    if (!actor) {
      throw new WhetstoneError(
        'UNAUTHENTICATED',
        'Metrics need a bearer token or a signed-in researcher.',
        'Set METRICS_TOKEN and send it as `Authorization: Bearer …`.',
      )
    }
    authorise(actor, 'metrics.read')
  }
  const { text, contentType } = await metricsText()
  return new Response(text, { headers: { 'content-type': contentType } })
})

function hasToken(request: Request): boolean {
  const { metricsToken } = env()
  const given = request.headers.get('authorization')
  if (!metricsToken || !given) return false
  const [a, b] = [given, `Bearer ${metricsToken}`].map((text) => createHash('sha256').update(text).digest())
  return timingSafeEqual(a!, b!)
}
