import { ApiError, type Failure } from '../ui/api.ts'

const failures: Record<string, Omit<Failure, 'code'>> = {
  INVALID_EMAIL_OR_PASSWORD: {
    message: 'No account has this email and password.',
    hint: 'Check both, then try again.',
  },
  INVALID_EMAIL: {
    message: 'This is not an email address.',
    hint: 'Write it as name@example.org.',
  },
  USER_ALREADY_EXISTS: {
    message: 'There is an account with this email already.',
    hint: 'Sign in instead; an invitation also works for an account that exists.',
  },
  USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL: {
    message: 'There is an account with this email already.',
    hint: 'Sign in instead; an invitation also works for an account that exists.',
  },
  PASSWORD_TOO_SHORT: { message: 'The password is too short.', hint: 'Use at least ten characters.' },
  PASSWORD_TOO_LONG: { message: 'The password is too long.', hint: 'Use at most 200 characters.' },
}

/** Says in the product's words what better-auth refuses with a code. */
export async function explained<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    if (error.status === 429) {
      const failure = { message: 'Too many attempts.', hint: 'Wait a minute, then try again.' }
      throw new ApiError({ code: error.code, ...failure }, error.status)
    }
    const known = failures[error.code]
    throw known ? new ApiError({ code: error.code, ...known }, error.status) : error
  }
}
