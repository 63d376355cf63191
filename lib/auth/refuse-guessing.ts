import { createHash, randomUUID } from 'node:crypto'
import { APIError } from 'better-auth/api'
import { db } from '../db.ts'

const TRIES_PER_MINUTE = 10

/**
 * Counts the sign-ins tried on one account, whatever address they come from: the limit by address alone can be passed by
 * whoever sets X-Forwarded-For. Kept in better-auth's own table, which it clears of rows older than a minute.
 * @throws APIError 429
 */
export async function refuseGuessing(email: string): Promise<void> {
  const account = createHash('sha256').update(email.trim().toLowerCase()).digest('hex')
  const now = Date.now()
  const [row] = await db.$queryRaw<{ count: number }[]>`
    insert into "rateLimit" as kept (id, key, count, "lastRequest")
    values (${randomUUID()}, ${`account|${account}`}, 1, ${now})
    on conflict (key) do update set
      count = case when kept."lastRequest" < ${now - 60_000} then 1 else kept.count + 1 end,
      "lastRequest" = case when kept."lastRequest" < ${now - 60_000} then ${now} else kept."lastRequest" end
    returning count`
  if (row!.count <= TRIES_PER_MINUTE) return
  const message = 'Too many attempts to sign in to this account. Try again in a minute.'
  throw new APIError('TOO_MANY_REQUESTS', { message }, { 'x-retry-after': '60' })
}
