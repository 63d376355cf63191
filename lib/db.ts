import { PrismaPg } from '@prisma/adapter-pg'
import { Prisma, PrismaClient } from '#prisma/client/client.ts'
import { env } from './env.ts'
import { WhetstoneError } from './errors.ts'
import { statementNames } from './statement-names.ts'

export { Prisma }

/** What a query runs on: the client, or the client of an open transaction. */
export type Database = Prisma.TransactionClient

const pool = {
  // Read when the first query connects, so that importing this file needs no database.
  get connectionString() {
    const url = env().databaseUrl
    if (!url) {
      throw new WhetstoneError(
        'UNAVAILABLE',
        'DATABASE_URL is not set, so there is no database to talk to.',
        'Start Whetstone with `npm start`, which starts Postgres and hands its address on, or set DATABASE_URL.',
      )
    }
    return url
  },
  get max() {
    return env().databasePool
  },
  idleTimeoutMillis: 30_000,
  connectionTimeoutMillis: 10_000,
}

function connect(): PrismaClient {
  const nameOf = statementNames()
  return new PrismaClient({
    adapter: new PrismaPg(pool, {
      statementNameGenerator: (query) => (env().databasePrepare ? nameOf(query) : ''),
    }),
    // Waiting for a connection under load is not an error of the transaction itself.
    transactionOptions: { maxWait: 15_000, timeout: 30_000 },
  })
}

const kept = globalThis as { whetstoneDb?: PrismaClient }

/** The one client of this process; kept on globalThis because Next reloads modules in development. */
export const db: PrismaClient = kept.whetstoneDb ?? connect()
kept.whetstoneDb = db
