/** A conversation up to so many messages, whose earlier ones have at most so many characters, is shown whole. */
const fewTurns = 3
const shortHistory = 400

/** How many messages before the last one of the user are folded away at first. */
export function earlierTurns(messages: readonly { role: string; content: string }[]): number {
  const last = messages.findLastIndex(({ role }) => role === 'user')
  if (last < 1) return 0
  const history = messages.slice(0, last)
  const length = history.reduce((sum, { content }) => sum + content.length, 0)
  return history.length < fewTurns && length <= shortHistory ? 0 : last
}
