/** Every failure a person can act on: `message` names the wrong value, `hint` says what to do about it. */
export class WhetstoneError extends Error {
  readonly code: string
  readonly hint: string

  constructor(code: string, message: string, hint: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'WhetstoneError'
    this.code = code
    this.hint = hint
  }
}
