import { type Logger, pino } from 'pino'
import { env } from './env.ts'

let logger: Logger | undefined

/** The process's logger: JSON lines on stderr, so that stdout stays free for results. */
export function log(): Logger {
  logger ??= pino(
    { level: env().logLevel, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination(2),
  )
  return logger
}
