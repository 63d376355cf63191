import type { Exclusion } from './exclusions.ts'
import type { Judge } from './jasmine.ts'
import { watchSlots } from './leaks.ts'

type Registry = Map<string, unknown>

/** What became of the tests: which ran, and why the others did not. */
export interface Ledger extends Judge {
  /** Tests whose result counts. */
  ran: number
  /** Kernels that a test asked for and the engine does not register, with how many tests did. */
  missing: Map<string, number>
  /** How many tests each exclusion left out. */
  excluded: Map<Exclusion, number>
  /** Names of excluded tests that were not met. */
  gone: Set<string>
}

/**
 * Counts the tests of one engine; `kernels` are all that TensorFlow.js knows. A test that asks for a kernel which the engine does not register says nothing about
 * the kernels it does register, whatever the test's result, and is left out.
 */
export function ledgerOf(engine: string, kernels: Set<string>, exclusions: Exclusion[]): Ledger {
  const asked = new Set<string>()
  watchRegistry(engine, (kernel) => kernels.has(kernel) && asked.add(kernel))
  const ledger: Ledger = {
    ran: 0,
    missing: new Map(),
    excluded: new Map(exclusions.map((exclusion) => [exclusion, 0])),
    gone: new Set(exclusions.flatMap(({ tests }) => tests ?? [])),
    leaveOut(fullName) {
      const name = fullName.replace(` ${engine} {}`, '')
      const exclusion = exclusions.find(
        ({ tests, parts }) => tests?.includes(name) || parts?.some((part) => name.includes(part)),
      )
      if (!exclusion) return undefined
      ledger.gone.delete(name)
      count(ledger.excluded, exclusion)
      return exclusion.reason
    },
    begin() {
      asked.clear()
      const leaked = watchSlots()
      return () => {
        if (asked.size === 0) {
          ledger.ran++
          return { fault: leaked() }
        }
        for (const kernel of asked) count(ledger.missing, kernel)
        return { moot: `needs ${[...asked].join(', ')}` }
      }
    },
  }
  return ledger
}

/** Reports each look-up, in the registry that all copies of tfjs-core share, of a kernel that the engine lacks. */
function watchRegistry(engine: string, report: (kernel: string) => unknown): void {
  const { _tfGlobals } = globalThis as unknown as { _tfGlobals: Map<string, Registry> }
  const registry = _tfGlobals.get('kernelRegistry')!
  registry.get = (key) => {
    const kernel = Map.prototype.get.call(registry, key)
    if (!kernel && key.startsWith(`${engine}_`)) report(key.slice(engine.length + 1))
    return kernel
  }
}

function count<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}
