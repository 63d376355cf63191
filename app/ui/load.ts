import { notFound, redirect } from 'next/navigation'
import { WhetstoneError } from '#lib/errors.ts'
import type { Failure } from './api.ts'

export type Loaded<T> = { data: T; failure?: undefined } | { data?: undefined; failure: Failure }

/**
 * The result of one use case for a page, or the failure to show in its place. A missing thing becomes the
 * not-found page, a lost session the sign-in page; what is not a WhetstoneError reaches app/error.tsx.
 */
export async function load<T>(read: () => Promise<T>): Promise<Loaded<T>> {
  try {
    return { data: await read() }
  } catch (error) {
    if (!(error instanceof WhetstoneError)) throw error
    if (error.code === 'NOT_FOUND') notFound()
    if (error.code === 'UNAUTHENTICATED') redirect('/sign-in')
    return { failure: { code: error.code, message: error.message, hint: error.hint ?? '' } }
  }
}
