import { fromPrisma, PgBoss } from 'pg-boss'
import { type Database, db } from '../db.ts'
import { env } from '../env.ts'
import { WhetstoneError } from '../errors.ts'
import { log } from '../log.ts'
import { type Payload, payloads, type QueueName } from './payloads.ts'

const kept = globalThis as { whetstoneQueue?: Promise<PgBoss> }

/** pg-boss of this process, in the schema `pgboss` of the product's own database; started at the first call. */
export function queue(options: { supervise?: boolean } = {}): Promise<PgBoss> {
  kept.whetstoneQueue ??= start(options.supervise ?? false).catch((error) => {
    kept.whetstoneQueue = undefined
    throw error
  })
  return kept.whetstoneQueue
}

async function start(supervise: boolean): Promise<PgBoss> {
  const connectionString = env().databaseUrl
  if (!connectionString) {
    throw new WhetstoneError(
      'UNAVAILABLE',
      'DATABASE_URL is not set, so there is no queue to talk to.',
      'Start Whetstone with `npm start`, or set DATABASE_URL.',
    )
  }
  const boss = new PgBoss({ connectionString, schema: 'pgboss', max: 2, supervise, schedule: false })
  boss.on('error', (err) => log().error({ err }, 'queue'))
  await boss.start()
  for (const name of Object.keys(payloads)) {
    // A job lives from its fetch to the claim of its run, a moment; the run itself may take days.
    await boss.createQueue(name, { expireInSeconds: 30, retryLimit: 3, retentionSeconds: 30 * 86_400 })
  }
  return boss
}

/** Sends a job in the transaction that makes it necessary: both are kept or neither. */
export async function enqueue<Q extends QueueName>(
  name: Q,
  payload: Payload<Q>,
  tx: Database = db,
): Promise<void> {
  await (await queue()).send(name, payloads[name].parse(payload), { db: fromPrisma(tx) })
}

export async function closeQueue(): Promise<void> {
  const started = kept.whetstoneQueue
  kept.whetstoneQueue = undefined
  await (await started)?.stop({ graceful: false })
}
