import { type Annotator, simulatedAnnotators } from './annotators.ts'
import { type Account, type Client, signIn, signUp } from './client.ts'
import { type Demo, onceAs } from './demo.ts'
import { distinctMessages } from './grammar.ts'
import { guidelines } from './guidelines.ts'
import type { Bar } from './progress.ts'
import { sizes } from './recipe.ts'
import type { State } from './state.ts'

/** A prompt to compare carries `sampled` and the tag of its batch. */
export const tags = {
  sampled: 'round-1',
  compared: 'ranked-once',
  shared: 'ranked-thrice',
  open: 'yours',
} as const

export function administrator(state: State): Account {
  return {
    name: 'Demo administrator',
    email: `demo${state.suffix}@whetstone.local`,
    password: state.password,
  }
}

/** The workspace with its guidelines, prompts, an invitation and the simulated annotators' accounts. */
export async function setUp(demo: Demo, bar: Bar): Promise<string> {
  const { admin, state, url } = demo
  await admin.patch('/api/workspace', { name: 'Support replies', guidelines })
  bar.update(1, 3, 'prompts')
  const imported = await admin.upload<{ added: number; duplicates: number }>(
    '/api/prompts/import',
    promptLines(state.seed),
  )
  bar.update(2, 3, 'annotators')
  await onceAs(demo, 'invitation', async () => {
    const body = { role: 'ANNOTATOR', uses: sizes.annotators }
    return (await admin.post<{ token: string }>('/api/invitations', body)).token
  })
  await annotatorClients(demo)
  return `${imported.added + imported.duplicates} prompts, ${sizes.annotators} annotators on ${url}`
}

/** The prompts as JSONL, with their splits and tags. */
export function promptLines(seed: number): string {
  const {
    heldOutComparisons,
    heldOutPrompts,
    openComparisons,
    sharedComparisons,
    trainComparisons,
    trainPrompts,
  } = sizes
  const plan = [
    { count: trainComparisons, split: 'TRAIN', tags: [tags.sampled, tags.compared] },
    { count: heldOutComparisons, split: 'EVAL', tags: [tags.sampled, tags.compared] },
    { count: sharedComparisons, split: 'TRAIN', tags: [tags.sampled, tags.shared] },
    { count: openComparisons, split: 'TRAIN', tags: [tags.sampled, tags.open] },
    { count: trainPrompts, split: 'TRAIN', tags: [] },
    { count: heldOutPrompts, split: 'EVAL', tags: [] },
  ]
  const messages = distinctMessages(
    seed,
    plan.reduce((sum, { count }) => sum + count, 0),
  )
  const lines = plan.flatMap(({ count, split, tags }) =>
    messages.splice(0, count).map(({ text, topic }) => ({ prompt: text, split, tags: [...tags, topic] })),
  )
  return lines.map((line) => JSON.stringify(line)).join('\n')
}

/** Signed-in clients of the simulated annotators; accounts that do not exist yet are made by the invitation. */
export async function annotatorClients(demo: Demo): Promise<{ annotator: Annotator; client: Client }[]> {
  const { state, url } = demo
  const people: { annotator: Annotator; client: Client }[] = []
  for (const annotator of simulatedAnnotators(state.seed, sizes.annotators)) {
    const account = { ...annotatorAccount(annotator, state), name: annotator.name }
    const client = (await signIn(url, account)) ?? (await signUp(url, account))
    // Joining again keeps the membership there is.
    await client.post('/api/workspace/join', { token: state.ids.invitation })
    people.push({ annotator, client })
  }
  return people
}

function annotatorAccount({ name, email }: Annotator, { password, suffix }: State): Account {
  return { name, email: email.replace('@', `${suffix}@`), password: `${password}-${name}` }
}
