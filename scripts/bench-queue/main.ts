import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describeMachine } from '#trainer/bench/machine.ts'
import { digits, table } from '#trainer/bench/tables.ts'
import { startServices } from '../start.ts'
import { annotate, emptyWitness } from './load.ts'
import { measureScreen } from './screen.ts'
import { readSettings } from './settings.ts'
import { verify } from './verify.ts'
import { makeWorkspace } from './workspace.ts'

// npm run bench:queue: many simulated annotators on loopback against the production build, and one in a browser.
const settings = readSettings(process.argv.slice(2))
const home = join(import.meta.dirname, '../../.whetstone/bench-queue')
rmSync(home, { recursive: true, force: true })
mkdirSync(home, { recursive: true })
delete process.env.DATABASE_URL
Object.assign(process.env, {
  NODE_ENV: 'production',
  WHETSTONE_HOME: home,
  SIGN_UPS_PER_MINUTE: '100000',
})

const services = await startServices({ quiet: true })
try {
  const { url, databaseUrl } = services
  const batch = 'bench'
  console.error(`making ${settings.annotators} annotators and ${settings.rankings} wanted rankings …`)
  const { admin, annotators, comparisons } = await makeWorkspace(url, batch, settings)

  console.error(`ranking on ${url} …`)
  const witness = emptyWitness()
  const started = performance.now()
  const enough = () => witness.acknowledged.size >= settings.rankings
  const work = { batch, settings, witness, enough }
  const report = setInterval(() => {
    const done = witness.acknowledged.size
    const rate = (1000 * done) / (performance.now() - started)
    console.error(
      `${done} rankings, ${digits(rate)} a second; claim + submit p95 ${digits(quantile(witness.turns, 0.95))} ms`,
    )
  }, 15_000)
  await Promise.all(
    annotators.map((who) =>
      // One whose requests fail leaves; the others go on, and the end says so.
      annotate(who, work).catch((error: Error) => witness.refused.push(`${who.id} left: ${error.message}`)),
    ),
  )
  clearInterval(report)
  const seconds = (performance.now() - started) / 1000
  const verdict = await verify(databaseUrl, witness)

  let painted: number[] = []
  if (settings.screen) {
    console.error('ranking in a browser …')
    const pairs = 'bench, in a browser'
    await admin.send('POST', '/api/comparisons', { batch: pairs, size: 2, limit: 130 })
    painted = await measureScreen(url, pairs, 120)
  }

  const { processor, cores, memoryGiB, system, node, time } = describeMachine()
  const { claims, submissions, turns, cut, twice, refused } = witness
  const acknowledged = witness.acknowledged.size
  console.log(
    [
      `${processor}, ${cores} cores, ${memoryGiB} GiB; ${system}; Node ${node}; ${time}`,
      `${annotators.length} annotators, ${settings.think} ms an item on average; ${comparisons} comparisons of ${settings.size}, overlap ${settings.overlap}; ` +
        `gold ${100 * settings.gold} %, repeated ${100 * settings.repeat} %; app, Postgres and load on the same cores`,
      `${acknowledged} rankings in ${digits(seconds)} s; ${cut} submissions cut off and sent again, ${twice} sent twice at once`,
    ].join('\n'),
  )
  const row = (name: string, times: number[], rate = true) => [
    name,
    rate ? digits(times.length / seconds) : '–',
    ...[0.5, 0.95, 0.99].map((share) => digits(quantile(times, share))),
    digits(times.reduce((high, each) => Math.max(high, each), 0)),
  ]
  console.log(
    `\n${table(
      ['', 'a second', 'p50, ms', 'p95, ms', 'p99, ms', 'longest, ms'],
      [
        row('claim', claims),
        row('submit', submissions),
        row('claim + submit', turns),
        ...(painted.length > 0 ? [row('Enter to next item painted', painted, false)] : []),
      ],
    )}`,
  )
  console.log(
    `\n${table(
      ['held against the database', ''],
      [
        ['rankings stored', String(verdict.rankings)],
        ['comparisons handed to more than their overlap', String(verdict.doubleAssignments)],
        ['rankings lost', String(verdict.lost)],
        ['rankings duplicated', String(verdict.duplicated + verdict.rankings - acknowledged)],
        ['comparisons counted wrongly', String(verdict.miscounted)],
        ['requests refused', String(refused.length)],
      ],
    )}`,
  )
  for (const words of refused.slice(0, 5)) console.log(`- ${words}`)
  if (settings.json) {
    const figures = {
      machine: describeMachine(),
      settings,
      seconds,
      claims,
      submissions,
      turns,
      painted,
      verdict,
      refused,
    }
    writeFileSync(settings.json, JSON.stringify(figures))
  }
  const { doubleAssignments, lost, duplicated, miscounted } = verdict
  const wrong = doubleAssignments + lost + duplicated + miscounted + refused.length
  if (wrong > 0 || verdict.rankings !== acknowledged) process.exitCode = 1
  for (const { connection } of annotators) connection.close()
  admin.close()
} finally {
  await services.stop()
}

/** The value that a share of them does not exceed (nearest rank); NaN of none. */
function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN
}
