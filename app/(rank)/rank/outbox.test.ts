import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ApiError } from '../../ui/api.ts'
import { type Answered, type Outbox, openOutbox, type Surroundings } from './outbox.ts'

type Outcome = 'stored' | 'lost before' | 'lost after' | 'never back' | 'gateway' | 'signed out'

const refusal = (status: number, code: string) =>
  new ApiError({ code, message: `${code}.`, hint: '' }, status)
const settled = () => new Promise((resolve) => setImmediate(resolve))

function memoryStorage(room = Number.POSITIVE_INFINITY) {
  const items = new Map<string, string>()
  return {
    items,
    get length() {
      return items.size
    },
    key: (index: number) => [...items.keys()][index] ?? null,
    getItem: (key: string) => items.get(key) ?? null,
    setItem(key: string, value: string) {
      if (items.size >= room) throw new DOMException('Full.', 'QuotaExceededError')
      items.set(key, value)
    },
    removeItem: (key: string) => void items.delete(key),
  }
}

const answered = (id: string): Omit<Answered, 'madeAt'> => ({
  idempotencyKey: id,
  path: '/api/rankings',
  body: {},
  assignmentId: id,
  batch: null,
  label: 'Where is it?',
  line: 'A › B',
  draft: { answer: { marks: [1, 2], allBad: false, strength: null, flags: [] }, comment: '', edit: null },
  ranks: 1,
  adds: 1,
})

/** A server that knows keys, a browser with one storage and one lock, and tabs that can die. */
function world(outcomes: Outcome[]) {
  const storage = memoryStorage()
  const stored: string[] = []
  let owner: symbol | null = null
  const queue: (() => void)[] = []
  const release = (tab: symbol) => {
    if (owner !== tab) return
    owner = null
    queue.shift()?.()
  }

  const openTab = () => {
    const tab = Symbol('tab')
    let alive = true
    const surroundings: Surroundings = {
      storage,
      signedIn: () => Promise.resolve('ann'),
      pause: settled as () => Promise<void>,
      async alone(_name, task) {
        while (owner !== null && alive) await new Promise<void>((resolve) => queue.push(resolve))
        if (!alive) return queue.shift()?.()
        owner = tab
        await task()
        release(tab)
      },
      async send({ idempotencyKey }) {
        const outcome = outcomes.shift() ?? 'stored'
        if (outcome === 'lost before') throw refusal(0, 'NETWORK')
        if (outcome === 'gateway') throw refusal(502, 'INTERNAL')
        if (outcome === 'signed out') throw refusal(401, 'UNAUTHENTICATED')
        if (idempotencyKey.startsWith('bad')) throw refusal(409, 'LEASE_LOST')
        if (!stored.includes(idempotencyKey)) stored.push(idempotencyKey)
        await settled()
        if (outcome === 'lost after') throw refusal(0, 'NETWORK')
        // Only a tab that dies never hears of it; a living one ends the wait itself.
        if (outcome === 'never back' && !alive) return new Promise(() => {})
        if (outcome === 'never back') throw new DOMException('Too long.', 'TimeoutError')
        return {}
      },
    }
    const outbox = openOutbox('ann', surroundings)
    return {
      outbox,
      die() {
        alive = false
        outbox.close()
        release(tab)
      },
    }
  }
  return { storage, stored, openTab }
}

type Step = { tab: 0 | 1; act: 'add' | 'add bad' | 'reload' | 'wait' }

test('whatever breaks, each answer is stored once and in order, or told as not taken', async () => {
  const steps = fc.array(
    fc.record<Step>({
      tab: fc.constantFrom(0, 1),
      act: fc.constantFrom('add', 'add', 'add bad', 'reload', 'wait'),
    }),
    { maxLength: 20 },
  )
  const outcomes = fc.array(
    fc.constantFrom<Outcome>('stored', 'lost before', 'lost after', 'never back', 'gateway', 'signed out'),
    { maxLength: 25 },
  )
  await fc.assert(
    fc.asyncProperty(steps, outcomes, async (steps, outcomes) => {
      const { storage, stored, openTab } = world([...outcomes])
      const tabs = [openTab(), openTab()]
      const good: string[] = []
      const bad: string[] = []
      for (const [n, { tab, act }] of steps.entries()) {
        if (act === 'add') good.push(`good ${n}`)
        if (act === 'add bad') bad.push(`bad ${n}`)
        if (act === 'add' || act === 'add bad')
          expect(tabs[tab]!.outbox.add(answered((act === 'add' ? good : bad).at(-1)!))).toBe(true)
        if (act === 'reload') {
          tabs[tab]!.die()
          tabs[tab] = openTab()
          void tabs[tab]!.outbox.deliver()
        }
        if (act === 'wait') await settled()
      }
      for (const { outbox } of tabs) while (outbox.view().waiting.length > 0) await deliverAll(outbox)
      expect(stored).toEqual(good)
      tabs[0]!.outbox.refresh()
      const { waiting, refused } = tabs[0]!.outbox.view()
      expect(waiting).toEqual([])
      expect(refused.map((entry) => [entry.idempotencyKey, entry.refused?.code])).toEqual(
        bad.map((id) => [id, 'LEASE_LOST']),
      )
      expect(storage.items.size).toBe(bad.length)
    }),
  )
})

async function deliverAll(outbox: Outbox): Promise<void> {
  await outbox.deliver()
  await settled()
  outbox.refresh()
}

const alone: Surroundings['alone'] = (_name, task) => task()
const pause = () => Promise.resolve()

// 500 is the server's own, 413 and 431 come as HTML from a proxy.
test.each([500, 413, 431])(
  'what keeps answering %i to one answer does not hold up the others',
  async (status) => {
    const sent: string[] = []
    const outbox = openOutbox('ann', {
      storage: memoryStorage(),
      alone,
      pause,
      signedIn: () => Promise.resolve('ann'),
      async send({ idempotencyKey }) {
        sent.push(idempotencyKey)
        if (idempotencyKey === 'one') throw refusal(status, 'INTERNAL')
      },
    })
    outbox.add(answered('one'))
    outbox.add(answered('two'))
    await outbox.deliver()
    expect(sent).toEqual(['one', 'one', 'one', 'one', 'one', 'two'])
    expect(outbox.view().refused.map((entry) => entry.idempotencyKey)).toEqual(['one'])
  },
)

test("one annotator's answers stay when another is signed in, and nobody else's outbox sees them", async () => {
  const storage = memoryStorage()
  let session = 'bob'
  const stored: string[] = []
  const surroundings: Surroundings = {
    storage,
    alone,
    pause,
    signedIn: () => Promise.resolve(session),
    async send({ idempotencyKey }) {
      if (session !== 'ann') throw refusal(404, 'NOT_FOUND')
      stored.push(idempotencyKey)
    },
  }
  const ann = openOutbox('ann', surroundings)
  ann.add(answered('hers'))
  await ann.deliver()
  expect(ann.view()).toMatchObject({ delivery: { state: 'signed-out' }, refused: [] })
  expect(openOutbox('bob', surroundings).view().waiting).toEqual([])
  session = 'ann'
  await ann.deliver()
  expect(stored).toEqual(['hers'])
  expect(ann.view()).toEqual({ waiting: [], refused: [], delivery: { state: 'idle' } })
})

test('a full storage is told, and the answer goes out of memory', async () => {
  const stored: string[] = []
  const outbox = openOutbox('ann', {
    storage: memoryStorage(1),
    alone,
    pause,
    signedIn: () => Promise.resolve('ann'),
    async send({ idempotencyKey }) {
      stored.push(idempotencyKey)
    },
  })
  expect(outbox.add(answered('fits'))).toBe(true)
  expect(outbox.add(answered('does not'))).toBe(false)
  await outbox.deliver()
  expect(stored).toEqual(['fits', 'does not'])
  expect(outbox.view().waiting).toEqual([])
})

test('an answer refused when storage has become full is sent once, and holds up no other', async () => {
  const sent: string[] = []
  const storage = memoryStorage()
  const outbox = openOutbox('ann', {
    storage,
    alone,
    pause,
    signedIn: () => Promise.resolve('ann'),
    async send({ idempotencyKey }) {
      sent.push(idempotencyKey)
      if (sent.length > 10) return
      if (idempotencyKey === 'bad') throw refusal(409, 'CONFLICT')
    },
  })
  outbox.add(answered('bad'))
  outbox.add(answered('good'))
  storage.setItem = () => {
    throw new DOMException('Full.', 'QuotaExceededError')
  }
  await outbox.deliver()
  expect(sent).toEqual(['bad', 'good'])
  expect(outbox.view()).toMatchObject({ waiting: [], refused: [{ idempotencyKey: 'bad' }] })
  outbox.discard('bad')
  expect(outbox.view().refused).toEqual([])
  expect(storage.items.size).toBe(0)
})

test('what was not taken is sent again when asked, or discarded', async () => {
  let taking = false
  const outbox = openOutbox('ann', {
    storage: memoryStorage(),
    alone,
    pause,
    signedIn: () => Promise.resolve('ann'),
    async send() {
      if (!taking) throw refusal(409, 'CONFLICT')
    },
  })
  outbox.add(answered('one'))
  outbox.add(answered('two'))
  await outbox.deliver()
  expect(outbox.view().refused).toHaveLength(2)
  outbox.discard('one')
  taking = true
  outbox.retry('two')
  await outbox.deliver()
  expect(outbox.view()).toMatchObject({ waiting: [], refused: [] })
})
