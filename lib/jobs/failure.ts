import type { TrainerExit } from './trainer-process.ts'

/** Why a run failed, for people: the code and hint of the trainer's error event, or of what is known about its crash. */
export class RunFailure extends Error {
  readonly code: string
  readonly hint: string

  constructor(code: string, message: string, hint: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'RunFailure'
    this.code = code
    this.hint = hint
  }
}

/** The failure of a trainer that ended without an error event. */
export function crash({ code, signal, stderr }: TrainerExit): RunFailure {
  const how = signal ? `was ended by ${signal}` : `exited with code ${code}`
  const said = stderr.length > 0 ? ` Its last lines:\n${stderr.join('\n')}` : ' It wrote nothing to stderr.'
  const hint =
    signal === 'SIGKILL'
      ? 'The system ends a program this way when memory runs out: lower microBatchSize or batchSize, then resume.'
      : 'Read the lines above; after the cause is removed, resume the run: it continues from its last checkpoint.'
  return new RunFailure('TRAINER_CRASHED', `The trainer ${how} without reporting an error.${said}`, hint)
}

export function describeFailure(error: unknown): {
  errorCode: string
  errorMessage: string
  errorHint: string
} {
  const { code, message, hint } = error as Partial<RunFailure>
  if (error instanceof Error && typeof hint === 'string' && typeof code === 'string') {
    return { errorCode: code, errorMessage: message ?? '', errorHint: hint }
  }
  return {
    errorCode: 'INTERNAL',
    errorMessage: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
    errorHint: 'The log of the worker has the whole error. Resume the run when its cause is removed.',
  }
}
