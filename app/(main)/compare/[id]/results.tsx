import { WinBar } from '../../../charts/win-bar.tsx'
import { Quantity } from '../../../ui/quantity.tsx'
import type { EvaluationSummary } from '../types.ts'
import { verdictsOf } from '../verdict.ts'

/** The verdict in words, then win rates with intervals, then what the better answers cost. */
export function Results({ summary }: { summary: EvaluationSummary }) {
  const [first, ...rest] = verdictsOf(summary)
  return (
    <>
      <div className="mb-6 max-w-3xl">
        <p className="text-20 font-semibold text-balance">{first ?? 'No judge could judge these answers.'}</p>
        {rest.map((verdict) => (
          <p key={verdict} className="mt-1 text-16 text-ink-2">
            {verdict}
          </p>
        ))}
      </div>
      <div className="grid items-start gap-4 lg:grid-cols-[3fr_2fr]">
        <section aria-label="Win rates" className="rounded-md border border-line bg-surface p-4">
          <h2 className="mb-3 text-13 font-medium text-ink-3">
            How often B wins, 95 % interval over prompts
          </h2>
          <div className="flex flex-col gap-4">
            {summary.rubric && <WinBar judge="Rubric" rate={summary.rubric} />}
            {summary.rewardModel && <WinBar judge="Reward model" rate={summary.rewardModel} />}
          </div>
        </section>
        <Measures summary={summary} />
      </div>
    </>
  )
}

function Measures({ summary: s }: { summary: EvaluationSummary }) {
  const rows = [
    { name: 'KL from the base', unit: 'nats', a: s.klA, b: s.klB },
    { name: 'Length', unit: 'tokens', a: s.lengthA, b: s.lengthB },
    { name: 'Reward', unit: '', a: s.rewardA, b: s.rewardB },
    { name: 'Rubric', unit: 'of 10', a: s.rubricA, b: s.rubricB },
  ]
  return (
    <div className="overflow-x-auto rounded-md border border-line bg-surface">
      <table className="w-full border-collapse text-14">
        <caption className="sr-only">Means over the prompts</caption>
        <thead className="bg-sunken text-13 text-ink-3">
          <tr>
            <th scope="col" className="px-3 py-1.5 text-left font-medium">
              Mean
            </th>
            <th scope="col" className="px-3 py-1.5 text-right font-medium">
              A
            </th>
            <th scope="col" className="px-3 py-1.5 text-right font-medium">
              B
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ name, unit, a, b }) => (
            <tr key={name} className="border-t border-line">
              <th scope="row" className="px-3 py-2 text-left font-normal">
                {name} <span className="text-13 text-ink-3">{unit}</span>
              </th>
              <td className="px-3 py-2 text-right">
                <Quantity value={a} digits={a === null ? undefined : 2} />
              </td>
              <td className="px-3 py-2 text-right font-medium">
                <Quantity value={b} digits={b === null ? undefined : 2} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
