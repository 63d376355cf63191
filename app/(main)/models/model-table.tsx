'use client'

import { LoadMore, type Page, usePages } from '../../ui/load-more.tsx'
import { formatNumber } from '../../ui/quantity.tsx'
import { RelativeTime } from '../../ui/relative-time.tsx'
import { Cell, Column, Row, Table, TableBody, TableHeader } from '../../ui/table.tsx'
import { VersionChip } from '../../ui/version-chip.tsx'
import { parameterWords } from './parameter-words.ts'
import type { ModelItem } from './types.ts'

const middle = 'hidden md:table-cell'
const wide = 'hidden lg:table-cell'

export function ModelTable({ first, path }: { first: Page<ModelItem>; path: string }) {
  const pages = usePages(path, first)
  return (
    <>
      <Table aria-label="Model versions">
        <TableHeader>
          <Column isRowHeader>Version</Column>
          <Column className={middle}>Kind</Column>
          <Column align="end" className={middle}>
            Parameters
          </Column>
          <Column align="end" className={wide}>
            Completions
          </Column>
          <Column className={wide}>Came from</Column>
          <Column align="end">Made</Column>
        </TableHeader>
        <TableBody renderEmptyState={() => <p className="p-6 text-center text-ink-2">No version matches.</p>}>
          {pages.items.map((model) => (
            <Row key={model.id} id={model.id} href={`/models/${model.id}`} textValue={model.name}>
              <Cell className="w-full min-w-28 max-w-0 truncate">
                <VersionChip version={model} plain />
              </Cell>
              <Cell className={`${middle} whitespace-nowrap text-ink-2`}>
                {model.kind === 'REWARD' ? 'Reward model' : 'Policy'}
              </Cell>
              <Cell align="end" className={middle}>
                {parameterWords(model.card.parameters)}
              </Cell>
              <Cell align="end" className={wide}>
                {formatNumber(model.completionCount)}
              </Cell>
              <Cell className={`${wide} text-ink-2`}>{model.runId ? 'a run' : 'import'}</Cell>
              <Cell align="end">
                <RelativeTime time={model.createdAt} />
              </Cell>
            </Row>
          ))}
        </TableBody>
      </Table>
      <LoadMore pages={pages} />
    </>
  )
}
