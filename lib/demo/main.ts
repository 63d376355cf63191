import { randomBytes } from 'node:crypto'
import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { db } from '#lib/db.ts'
import { env, setDatabaseUrl } from '#lib/env.ts'
import { WhetstoneError } from '#lib/errors.ts'
import { arrival } from '#lib/workspace/arrival.ts'
import { foundWorkspace } from '#lib/workspace/found-workspace.ts'
import { type Services, startServices } from '#scripts/start.ts'
import { annotate } from './annotate.ts'
import { ApiError, type Client, signIn, signUp } from './client.ts'
import type { Demo } from './demo.ts'
import { type Bar, startBar } from './progress.ts'
import { RunFailed } from './run.ts'
import { administrator, setUp } from './set-up.ts'
import { loadState, newState, type Phase, phases, type State, saveState } from './state.ts'
import { summarise } from './summarise.ts'
import { resultTable } from './table.ts'
import { compare, trainBase, trainPolicy, trainReward } from './train.ts'

const titles: Record<Phase, [string, (demo: Demo, bar: Bar) => Promise<string>]> = {
  setup: ['Workspace', setUp],
  base: ['Base policy', trainBase],
  annotate: ['Rankings', annotate],
  reward: ['Reward model', trainReward],
  ppo: ['PPO', trainPolicy],
  compare: ['Compare', compare],
}

/** Writes down the time of the phase at work; undefined between phases. */
let pauseClock: (() => void) | undefined

/** The bundled workspace from nothing to a compared policy; `seed` undefined keeps the one that was begun. */
async function demonstrate(
  services: Services,
  folder: string,
  seed: number | undefined,
  began: number,
): Promise<void> {
  const { state, admin } = await openWorkspace(services, folder, seed)
  const demo: Demo = { url: services.url, folder, state, admin, save: () => saveState(folder, state) }
  for (const phase of phases) {
    const [title, work] = titles[phase]
    if (state.finished.includes(phase)) {
      console.log(`  ${title.padEnd(22)} done before`)
      continue
    }
    const start = phase === 'setup' ? began : Date.now()
    const bar = startBar(title)
    pauseClock = () => {
      state.seconds[phase] += (Date.now() - start) / 1000
      demo.save()
      pauseClock = undefined
    }
    try {
      const note = await work(demo, bar)
      state.finished.push(phase)
      bar.finish(`${note}  (${Math.round((Date.now() - start) / 1000)} s)`)
    } catch (error) {
      bar.finish('failed')
      throw error
    } finally {
      pauseClock?.()
    }
  }
  const { summary, compared } = await summarise(demo)
  writeFileSync(join(folder, 'summary.json'), `${JSON.stringify(summary, null, 2)}\n`)
  const { email, password } = administrator(state)
  console.log(`\n${resultTable(summary, compared)}\n`)
  console.log(`  ${services.url}   ${email}   ${password}\n`)
}

/** The administrator's session in the workspace that was begun with this seed, or in a new one. */
async function openWorkspace(
  { url, databaseUrl }: Services,
  folder: string,
  seed: number | undefined,
): Promise<{ state: State; admin: Client }> {
  const kept = loadState(folder)
  if (kept && (seed === undefined || seed === kept.seed)) {
    const admin = await signIn(url, administrator(kept))
    if (admin) return { state: kept, admin }
    console.log('  The database no longer knows the workspace that was begun; a new one is started.')
  } else if (kept) {
    console.log(`  The demo was begun with seed ${kept.seed}; a new workspace is started for seed ${seed}.`)
  }
  // The old folder keeps the old workspace's password.
  if (kept) {
    rmSync(`${folder}-seed-${kept.seed}`, { recursive: true, force: true })
    renameSync(folder, `${folder}-seed-${kept.seed}`)
  }
  setDatabaseUrl(databaseUrl)
  const first = (await arrival(undefined)).firstAccount
  const state = newState(seed ?? 7, first ? '' : `-${randomBytes(3).toString('hex')}`)
  const account = administrator(state)
  const admin = await signUp(url, account)
  // People join by invitation only; a further workspace is the operator's to found.
  if (first) await admin.post('/api/workspace/join', {})
  else await foundWorkspace({ email: account.email, name: 'Support replies' })
  await db.$disconnect()
  saveState(folder, state)
  return { state, admin }
}

function readArguments() {
  const { values } = parseArgs({ options: { seed: { type: 'string' }, headless: { type: 'boolean' } } })
  const seed = values.seed === undefined ? undefined : Number(values.seed)
  if (seed !== undefined && !(Number.isInteger(seed) && seed >= 0 && seed < 2 ** 31)) {
    throw new WhetstoneError(
      'INVALID_INPUT',
      `--seed is '${values.seed}'.`,
      'Give a whole number from 0 to 2147483647.',
    )
  }
  return { seed, headless: values.headless ?? false }
}

async function main(): Promise<void> {
  const began = Date.now()
  const { seed, headless } = readArguments()
  const folder = join(env().home, 'demo')
  const startup = new AbortController()
  let starting: Promise<Services> | undefined
  let stopping = false
  let finished = false
  const stop = async (code: number) => {
    if (stopping) return
    stopping = true
    pauseClock?.()
    startup.abort()
    const services = await starting?.catch(() => undefined)
    await services?.stop()
    process.exit(code)
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (finished) console.log('\n  Stopping.')
      else
        console.log('\n  Stopping; a running step is finished and kept. The same command goes on from here.')
      stop(finished ? 0 : 130)
    })
  }
  try {
    console.log('Whetstone: the bundled workspace "support replies"')
    console.log('  Starting the database, the app and the worker; the app is built when its sources changed.')
    starting = startServices({ quiet: true, signal: startup.signal })
    const services = await starting
    await demonstrate(services, folder, seed, began)
    finished = true
  } catch (error) {
    if (stopping) return
    if (!(error instanceof WhetstoneError || error instanceof ApiError || error instanceof RunFailed)) {
      console.error(error)
      return stop(1)
    }
    console.error(`\n  ${error.message}\n  ${error.hint}`)
    await stop(1)
  }
  if (headless) await stop(0)
  else console.log('  The app is running; Ctrl-C stops it, npm start brings it back.')
}

await main()
