import { collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import { db } from './db.ts'

const kept = globalThis as { whetstoneMetrics?: Registry }

/** The process's metrics, and the counts of rows the operator watches, in Prometheus's text format. */
export async function metricsText(): Promise<{ text: string; contentType: string }> {
  kept.whetstoneMetrics ??= registry()
  return { text: await kept.whetstoneMetrics.metrics(), contentType: kept.whetstoneMetrics.contentType }
}

function registry(): Registry {
  const made = new Registry()
  collectDefaultMetrics({ register: made, prefix: 'whetstone_' })
  new Gauge({
    name: 'whetstone_rows',
    help: 'Rows of a kind',
    labelNames: ['kind'],
    registers: [made],
    async collect() {
      const [prompts, completions, comparisons, rankings] = await Promise.all([
        db.prompt.count(),
        db.completion.count(),
        db.comparison.count(),
        db.ranking.count(),
      ])
      for (const [kind, count] of Object.entries({ prompts, completions, comparisons, rankings })) {
        this.set({ kind }, count)
      }
    },
  })
  new Gauge({
    name: 'whetstone_queue_slots',
    help: 'Rankings wanted, taken (claimed or ranked) and done, gold, repeats and decisions left out',
    labelNames: ['state'],
    registers: [made],
    async collect() {
      const { _sum } = await db.comparison.aggregate({
        where: { kind: { in: ['LABEL', 'EVALUATION'] } },
        _sum: { overlap: true, taken: true, submitted: true },
      })
      this.set({ state: 'wanted' }, _sum.overlap ?? 0)
      this.set({ state: 'taken' }, _sum.taken ?? 0)
      this.set({ state: 'done' }, _sum.submitted ?? 0)
    },
  })
  new Gauge({
    name: 'whetstone_runs',
    help: 'Runs by status',
    labelNames: ['status'],
    registers: [made],
    async collect() {
      this.reset()
      for (const { status, _count } of await db.run.groupBy({ by: ['status'], _count: true })) {
        this.set({ status }, _count)
      }
    },
  })
  return made
}
