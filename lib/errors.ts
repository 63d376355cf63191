const STATUS = {
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  INVALID_INPUT: 400,
  CONFLICT: 409,
  LEASE_LOST: 409,
  TOO_LARGE: 413,
  TOO_MANY: 429,
  UNAVAILABLE: 503,
  INTERNAL: 500,
} as const

export type ErrorCode = keyof typeof STATUS

/** An error people are meant to read: the message names the value that was wrong, the hint says what to do. */
export class WhetstoneError extends Error {
  readonly code: ErrorCode
  readonly hint: string

  constructor(code: ErrorCode, message: string, hint: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'WhetstoneError'
    this.code = code
    this.hint = hint
  }

  get status(): number {
    return STATUS[this.code]
  }
}

/** The error for a row that is absent or belongs to another workspace: the two must look the same. */
export function notFound(what: string, id: string): WhetstoneError {
  return new WhetstoneError(
    'NOT_FOUND',
    `There is no ${what} '${id}'.`,
    'It may have been removed. Go back to the list.',
  )
}
