'use client'

import { Badge } from '../../ui/badge.tsx'
import { LoadMore, type Page, usePages } from '../../ui/load-more.tsx'
import { Track } from '../../ui/progress-bar.tsx'
import { formatPercent } from '../../ui/quantity.tsx'
import { RelativeTime } from '../../ui/relative-time.tsx'
import { Cell, Column, Row, Table, TableBody, TableHeader } from '../../ui/table.tsx'

export interface AdjudicationItem {
  id: string
  prompt: { id: string; text: string }
  batch: { id: string; name: string } | null
  size: number
  overlap: number
  rankings: number
  disagreement: number | null
  state: 'open' | 'held' | 'done'
  by: { id: string; name: string } | null
  decidedAt: Date | string | null
}

const middle = 'hidden lg:table-cell'
const wide = 'hidden xl:table-cell'

/** What annotators disagree on, worst first; a row opens its comparison. */
export function AdjudicationTable({
  first,
  path,
  done,
}: {
  first: Page<AdjudicationItem>
  path: string
  done: boolean
}) {
  const pages = usePages(path, first)
  return (
    <>
      <Table aria-label={done ? 'Decided comparisons' : 'Comparisons to decide'}>
        <TableHeader>
          <Column isRowHeader>Prompt</Column>
          <Column className={wide}>Batch</Column>
          <Column>Disagreement</Column>
          <Column align="end" className={middle}>
            Rankings
          </Column>
          <Column className={middle}>{done ? 'Decided' : 'State'}</Column>
        </TableHeader>
        <TableBody
          renderEmptyState={() => <p className="p-6 text-center text-ink-2">No comparison matches.</p>}
        >
          {pages.items.map((item) => (
            <Row key={item.id} id={item.id} href={`/comparisons/${item.id}`} textValue={item.prompt.text}>
              <Cell className="w-full min-w-32 max-w-0">
                <span className="block truncate">{item.prompt.text}</span>
                {item.state !== 'open' && (
                  <span className="block truncate text-13 text-ink-2 lg:hidden">
                    <State item={item} />
                  </span>
                )}
              </Cell>
              <Cell className={`${wide} max-w-48 truncate whitespace-nowrap text-ink-2`}>
                {item.batch?.name ?? '–'}
              </Cell>
              <Cell className="min-w-28">
                <span className="block text-13">{formatPercent(item.disagreement)}</span>
                <Track share={item.disagreement ?? 0} />
              </Cell>
              <Cell align="end" className={`${middle} whitespace-nowrap`}>
                {item.rankings}
                {item.rankings < item.overlap && <span className="text-ink-3"> of {item.overlap}</span>}
              </Cell>
              <Cell className={`${middle} whitespace-nowrap`}>
                <State item={item} />
              </Cell>
            </Row>
          ))}
        </TableBody>
      </Table>
      <LoadMore pages={pages} />
      <p className="mt-3 max-w-2xl text-pretty text-13 text-ink-3">
        Disagreement: of all verdicts on two completions, taken two annotators at a time, the share that name
        opposite winners. A tie against a winner counts half.
      </p>
    </>
  )
}

function State({ item: { state, by, decidedAt } }: { item: AdjudicationItem }) {
  const name = by?.name ?? 'somebody'
  if (decidedAt)
    return (
      <>
        <RelativeTime time={decidedAt} />
        <span className="text-ink-3"> by {name}</span>
      </>
    )
  return state === 'held' ? <Badge>with {name}</Badge> : <span className="text-ink-2">open</span>
}
