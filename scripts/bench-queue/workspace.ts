import { type Connection, connect, wanted } from './connection.ts'
import type { Settings } from './settings.ts'

const password = 'a quiet whetstone'

export interface Annotator {
  id: string
  connection: Connection
}

/** A fresh workspace with its annotators signed in and comparisons for all the rankings wanted. */
export async function makeWorkspace(
  origin: string,
  batch: string,
  settings: Settings,
): Promise<{ admin: Connection; annotators: Annotator[]; comparisons: number }> {
  const admin = connect(origin)
  await wanted(admin.send('POST', '/api/auth/sign-up/email', account('admin')), 'sign-up')
  await wanted(admin.send('POST', '/api/workspace/join', {}), 'joining')
  const { token } = await wanted<{ token: string }>(
    admin.send('POST', '/api/invitations', { role: 'ANNOTATOR', uses: settings.annotators }),
    'an invitation',
  )
  const annotators: Annotator[] = []
  for (let index = 0; index < settings.annotators; index++) {
    const connection = connect(origin)
    const id = `annotator${index}`
    await wanted(connection.send('POST', '/api/auth/sign-up/email', account(id)), 'sign-up')
    await wanted(connection.send('POST', '/api/workspace/join', { token }), 'joining')
    annotators.push({ id, connection })
  }

  const comparisons = Math.ceil(settings.rankings / settings.overlap)
  const chunk = 2000
  for (let from = 0; from < comparisons; from += chunk) {
    const lines = Array.from({ length: Math.min(chunk, comparisons - from) }, (_, index) =>
      JSON.stringify({
        prompt: `Question ${from + index}: where is my parcel, and when will it come?`,
        completions: Array.from(
          { length: settings.size },
          (_, k) => `Reply ${k} to question ${from + index}. ${reply}`,
        ),
      }),
    )
    await wanted(
      admin.send('POST', '/api/prompts/import', lines.join('\n'), 'application/x-ndjson'),
      'an import',
    )
  }
  const { size, overlap, gold, repeat } = settings
  const body = { batch, size, overlap, goldRate: gold, repeatRate: repeat }
  const made = await wanted<{ created: number }>(
    admin.send('POST', '/api/comparisons', body),
    'making comparisons',
  )
  if (gold > 0)
    await turnGold(admin, Math.max(1, Math.round((gold * settings.rankings) / settings.annotators)))
  return { admin, annotators, comparisons: made.created }
}

/** As many comparisons as one annotator meets gold items. */
async function turnGold(admin: Connection, count: number): Promise<void> {
  const { items } = await wanted<{ items: { id: string }[] }>(
    admin.send('GET', `/api/comparisons?limit=${Math.min(count, 100)}`),
    'the comparisons',
  )
  for (const { id } of items) {
    const { completions } = await wanted<{ completions: { id: string }[] }>(
      admin.send('GET', `/api/comparisons/${id}`),
      'a comparison',
    )
    const groups = completions.map((completion) => [completion.id])
    await wanted(admin.send('POST', `/api/comparisons/${id}/gold`, { groups }), 'turning gold')
  }
}

export function account(id: string): { name: string; email: string; password: string } {
  return { name: id, email: `${id}@bench.test`, password }
}

const reply =
  'I am sorry that it is late. It left our store on Monday and is with the carrier now; I have asked them where it is and will write to you today.'
