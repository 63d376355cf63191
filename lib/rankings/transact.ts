import { type Database, db, Prisma } from '../db.ts'
import { log } from '../log.ts'

const TRIES = 3

/**
 * What `work` returns, in a transaction of its own. Whoever changes comparisons waits for one at a time, so none should end in
 * a deadlock; one that does is told of in the log and tried again, so `work` has no effect but on the database.
 */
export async function transact<T>(work: (tx: Database) => Promise<T>): Promise<T> {
  for (let tried = 1; ; tried++) {
    try {
      return await db.$transaction(work)
    } catch (error) {
      if (tried === TRIES || !isDeadlock(error)) throw error
      log().warn({ err: error, tried }, 'a transaction ended in a deadlock and is tried again')
    }
  }
}

/** Prisma's own statements say P2034; a raw one has what Postgres said in its cause. */
function isDeadlock(error: unknown): boolean {
  if (!(error instanceof Prisma.PrismaClientKnownRequestError)) return false
  const adapter = error.meta?.driverAdapterError as { cause?: { originalCode?: string } } | undefined
  return error.code === 'P2034' || adapter?.cause?.originalCode === '40P01'
}
