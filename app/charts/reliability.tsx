import { formatNumber, formatPercent } from '../ui/quantity.tsx'

interface Bin {
  from: number
  to: number
  count: number
  confidence: number | null
  accuracy: number | null
}

const size = { width: 320, height: 240, left: 48, right: 12, top: 8, bottom: 40 }

/** The reliability curve: each bin's share that came true over its mean probability, larger dots for more pairs. */
export function Reliability({ bins }: { bins: Bin[] }) {
  const full = bins.flatMap(({ confidence, accuracy, count, from, to }) =>
    confidence === null || accuracy === null ? [] : [{ confidence, accuracy, count, from, to }],
  )
  const lowest = Math.min(0.5, ...full.map(({ accuracy }) => Math.floor(accuracy * 10) / 10))
  const most = Math.max(1, ...full.map(({ count }) => count))
  const { width, height, left, right, top, bottom } = size
  const x = (p: number) => left + ((p - 0.5) / 0.5) * (width - left - right)
  const y = (share: number) => height - bottom - ((share - lowest) / (1 - lowest)) * (height - top - bottom)
  const rows = lowest < 0.3 ? [lowest, 0.5, 0.75, 1] : [...new Set([lowest, 0.6, 0.7, 0.8, 0.9, 1])]
  return (
    <>
      <svg
        viewBox={`0 0 ${width} ${height}`}
        role="img"
        aria-label={`Reliability curve of ${full.length} bins; its figures are below`}
        className="w-full max-w-96"
      >
        <g className="fill-ink-3 stroke-none text-13" style={{ fontSize: 12 }}>
          {rows.map((share) => (
            <g key={share}>
              <line x1={left} x2={width - right} y1={y(share)} y2={y(share)} className="stroke-line" />
              <text x={left - 6} y={y(share) + 4} textAnchor="end">
                {formatNumber(share * 100, 0)} %
              </text>
            </g>
          ))}
          {[0.5, 0.6, 0.7, 0.8, 0.9, 1].map((p) => (
            <text key={p} x={x(p)} y={height - bottom + 16} textAnchor={p === 1 ? 'end' : 'middle'}>
              {formatNumber(p * 100, 0)}
            </text>
          ))}
          <text x={(left + width - right) / 2} y={height - 6} textAnchor="middle">
            how sure the model is, %
          </text>
        </g>
        <line
          x1={x(0.5)}
          y1={y(0.5)}
          x2={x(1)}
          y2={y(1)}
          className="stroke-ink-3"
          strokeWidth={1.5}
          strokeDasharray="4 4"
        />
        <polyline
          points={full.map(({ confidence, accuracy }) => `${x(confidence)},${y(accuracy)}`).join(' ')}
          className="fill-none stroke-reward"
          strokeWidth={1.5}
        />
        {full.map(({ confidence, accuracy, count, from }) => (
          <circle
            key={from}
            cx={x(confidence)}
            cy={y(accuracy)}
            r={2.5 + 4 * Math.sqrt(count / most)}
            className="fill-reward stroke-surface"
          >
            <title>{`${formatPercent(confidence)} sure, ${formatPercent(accuracy)} right, ${count} pairs`}</title>
          </circle>
        ))}
      </svg>
      <details>
        <summary className="w-fit cursor-default rounded-sm py-1 text-13 text-ink-2 hover:text-ink">
          The numbers behind the curve
        </summary>
        <table className="mt-1 w-full border-collapse text-13 tabular-nums">
          <thead className="text-ink-3">
            <tr>
              {['Sure', 'Mean', 'Right', 'Pairs'].map((word, index) => (
                <th
                  key={word}
                  scope="col"
                  className={`py-1 font-medium ${index === 0 ? 'text-left' : 'text-right'}`}
                >
                  {word}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {bins.map(({ from, to, confidence, accuracy, count }) => (
              <tr key={from} className="border-t border-line">
                <th scope="row" className="py-1 text-left font-normal">
                  {formatNumber(from * 100, 0)} to {formatNumber(to * 100, 0)} %
                </th>
                <td className="py-1 text-right">{formatPercent(confidence)}</td>
                <td className="py-1 text-right">{formatPercent(accuracy)}</td>
                <td className="py-1 text-right">{formatNumber(count)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </>
  )
}
