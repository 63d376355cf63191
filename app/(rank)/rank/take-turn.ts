import { type Failure, failureFrom } from '../../ui/api.ts'

/** How far an answer and the claim after it came. */
export type Turn<Claimed> =
  | { reached: 'unsent'; error: unknown }
  /** The answer is stored, so its item is done; only the claim is to be made again. */
  | { reached: 'stored'; failure: Failure }
  | { reached: 'next'; claimed: Claimed }

/** Sends an answer and, once it is stored, claims the next comparison. */
export async function takeTurn<Claimed>(
  send: () => Promise<unknown>,
  claim: () => Promise<Claimed>,
): Promise<Turn<Claimed>> {
  try {
    await send()
  } catch (error) {
    return { reached: 'unsent', error }
  }
  try {
    return { reached: 'next', claimed: await claim() }
  } catch (error) {
    const failure = failureFrom(error)
    const message = `Your answer is saved, but the next comparison did not come. ${failure.message}`
    return { reached: 'stored', failure: { ...failure, message } }
  }
}
