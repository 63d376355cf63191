'use client'

import { useState } from 'react'
import type { SortDescriptor } from 'react-aria-components'
import { cx } from '../../ui/cx.ts'
import { formatNumber } from '../../ui/quantity.tsx'
import { Cell, Column, Row, Table, TableBody, TableHeader } from '../../ui/table.tsx'
import { Tab, TabList, TabPanel, Tabs } from '../../ui/tabs.tsx'
import { ChangeWords, EstimateWords, ShareWords } from './interval-words.tsx'
import { figureOf, sortRows } from './sort-rows.ts'
import type { Change, Estimate, FigureRow, Share } from './types.ts'

export interface FigureColumn {
  /** The row's field. */
  id: string
  title: string
  /** How it is written; a count without it. */
  as?: 'share' | 'estimate' | 'change' | 'seconds' | 'decimal'
  /** The narrowest screen that has room for it; any without it. */
  from?: 'sm' | 'lg' | 'xl'
}

export interface ColumnGroup {
  title: string
  columns: FigureColumn[]
}

const shownFrom = { sm: 'hidden sm:table-cell', lg: 'hidden lg:table-cell', xl: 'hidden xl:table-cell' }

/** A line for each annotator, batch or tag; the figures are in groups, one shown at a time. */
export function FigureTable({
  title,
  of,
  rows,
  groups,
  nothing,
}: {
  title: string
  /** What a row is. */
  of: string
  rows: FigureRow[]
  groups: ColumnGroup[]
  /** Said when there is no row. */
  nothing: string
}) {
  return (
    <Tabs>
      <TabList
        aria-label={`Figures of ${title.toLowerCase()}`}
        className="pointer-coarse:[&_[role=tab]]:h-11"
      >
        {groups.map((group) => (
          <Tab key={group.title} id={group.title}>
            {group.title}
          </Tab>
        ))}
      </TabList>
      {groups.map((group) => (
        <TabPanel key={group.title} id={group.title}>
          <GroupTable
            title={`${title}: ${group.title.toLowerCase()}`}
            {...{ of, rows, nothing }}
            group={group}
          />
        </TabPanel>
      ))}
    </Tabs>
  )
}

function GroupTable({
  title,
  of,
  rows,
  group: { columns },
  nothing,
}: {
  title: string
  of: string
  rows: FigureRow[]
  group: ColumnGroup
  nothing: string
}) {
  const [sort, setSort] = useState<SortDescriptor>({ column: columns[0]!.id, direction: 'descending' })
  const sorted = sortRows(rows, (row) => figureOf(row, String(sort.column)), sort.direction === 'descending')
  return (
    <Table aria-label={title} sortDescriptor={sort} onSortChange={setSort}>
      <TableHeader>
        <Column id="name" isRowHeader allowsSorting className="pointer-coarse:h-11">
          {of}
        </Column>
        {columns.map(({ id, title: heading, from }) => (
          <Column
            key={id}
            id={id}
            align="end"
            allowsSorting
            className={cx('pointer-coarse:h-11', from && shownFrom[from])}
          >
            {heading}
          </Column>
        ))}
      </TableHeader>
      <TableBody renderEmptyState={() => <p className="p-6 text-center text-ink-2">{nothing}</p>}>
        {sorted.map((row) => (
          <Row key={row.id} id={row.id} textValue={row.name}>
            <Cell className="w-full max-w-0 min-w-24 truncate">{row.name}</Cell>
            {columns.map((column) => (
              <Cell
                key={column.id}
                align="end"
                className={cx('whitespace-nowrap tabular-nums', column.from && shownFrom[column.from])}
              >
                <FigureWords row={row} column={column} />
              </Cell>
            ))}
          </Row>
        ))}
      </TableBody>
    </Table>
  )
}

function FigureWords({ row, column: { id, as } }: { row: FigureRow; column: FigureColumn }) {
  const value = row[id] ?? null
  if (as === 'share') return <ShareWords share={value as Share | null} />
  if (as === 'estimate') return <EstimateWords found={value as Estimate | null} />
  if (as === 'change') return <ChangeWords change={value as Change | null} />
  const number = figureOf(row, id)
  if (number === 'name') return null
  if (as === 'seconds')
    return (
      <>
        {formatNumber(number, 1)} <span className="text-ink-3">s</span>
      </>
    )
  return formatNumber(number, as === 'decimal' ? 2 : 0)
}
