import { db } from './db.ts'
import { WhetstoneError } from './errors.ts'

/** @throws WhetstoneError UNAVAILABLE when the database does not answer. */
export async function checkHealth(): Promise<void> {
  try {
    await db.$queryRaw`select 1`
  } catch (error) {
    throw new WhetstoneError(
      'UNAVAILABLE',
      'The database does not answer.',
      'See that Postgres runs; the server log has the details.',
      { cause: error },
    )
  }
}
