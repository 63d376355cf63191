import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { type Connection, wanted } from './connection.ts'
import type { Settings } from './settings.ts'

interface Item {
  id: string
  comparisonId: string
  completions: { id: string }[]
}

interface Claimed {
  assignment: Item | null
  upcoming: Item[]
}

/** What the annotators saw and were told, to be held against the database. */
export interface Witness {
  /** Milliseconds of each request. */
  claims: number[]
  submissions: number[]
  /** Of each ranking: its submission and the claim after it, which is what the screen waits for at worst. */
  turns: number[]
  /** By comparison, who was handed it. */
  handed: Map<string, Set<string>>
  /** By idempotency key, the ranking the server said it stored. */
  acknowledged: Map<string, string>
  cut: number
  twice: number
  /** Requests refused or failed, with their words. */
  refused: string[]
}

export function emptyWitness(): Witness {
  return {
    claims: [],
    submissions: [],
    turns: [],
    handed: new Map(),
    acknowledged: new Map(),
    cut: 0,
    twice: 0,
    refused: [],
  }
}

/**
 * One annotator as the screen is: two items held, a submission, then a claim that fills up; until nothing is left or
 * `enough` says so.
 */
export async function annotate(
  who: { id: string; connection: Connection },
  {
    batch,
    settings,
    witness,
    enough,
  }: { batch: string; settings: Settings; witness: Witness; enough: () => boolean },
): Promise<void> {
  const { connection } = who
  const claim = async () => {
    const answer = await connection.send('POST', '/api/queue/claim', { batch, hold: 2, progress: false })
    witness.claims.push(answer.ms)
    if (answer.status !== 200)
      throw new Error(`claim answered ${answer.status}: ${JSON.stringify(answer.body)}`)
    const claimed = answer.body as Claimed
    for (const item of [claimed.assignment, ...claimed.upcoming]) {
      if (!item) continue
      const known = witness.handed.get(item.comparisonId) ?? new Set()
      witness.handed.set(item.comparisonId, known.add(who.id))
    }
    return { claimed, ms: answer.ms }
  }
  // Not all at the same moment.
  await pause(Math.random() * settings.think)
  let { claimed } = await claim()
  while (claimed.assignment && !enough()) {
    await pause(settings.think * (0.5 + Math.random()))
    const submitted = await submit(connection, claimed.assignment, settings, witness)
    const next = await claim()
    witness.turns.push(submitted + next.ms)
    claimed = next.claimed
  }
}

/** The milliseconds of the request whose answer came. */
async function submit(
  connection: Connection,
  { id, completions }: Item,
  settings: Settings,
  witness: Witness,
): Promise<number> {
  const idempotencyKey = randomUUID()
  const best = Math.floor(Math.random() * completions.length)
  const ids = completions.map((completion) => completion.id)
  const body = {
    assignmentId: id,
    groups: [ids[best]!, ...ids.toSpliced(best, 1)].map((each) => [each]),
    millisecondsSpent: Math.round(settings.think),
    idempotencyKey,
    progress: false,
  }
  const chance = Math.random()
  const send = () => connection.send('POST', '/api/rankings', body)
  let others: Promise<unknown> = Promise.resolve()
  if (chance < settings.cut) {
    witness.cut += 1
    await connection.sendAndDrop('/api/rankings', body, Math.random() * 20)
  } else if (chance < settings.cut + settings.twice) {
    witness.twice += 1
    others = wanted<{ ranking: { id: string } }>(send(), 'a second submission').then(
      ({ ranking }) => {
        const known = witness.acknowledged.get(idempotencyKey)
        if (known !== undefined && known !== ranking.id)
          witness.refused.push(`${idempotencyKey} became two rankings`)
      },
      (error: Error) => witness.refused.push(error.message),
    )
  }
  const answer = await send()
  await others
  witness.submissions.push(answer.ms)
  if (answer.status === 200) {
    witness.acknowledged.set(idempotencyKey, (answer.body as { ranking: { id: string } }).ranking.id)
  } else witness.refused.push(`a submission answered ${answer.status}: ${JSON.stringify(answer.body)}`)
  return answer.ms
}
