'use client'

import { ArrowDown, ArrowUp } from 'lucide-react'
import type { ReactNode } from 'react'
import {
  Table as Base,
  TableBody as BaseBody,
  Cell as BaseCell,
  Column as BaseColumn,
  TableHeader as BaseHeader,
  Row as BaseRow,
  type CellProps,
  type ColumnProps,
  type RowProps,
  type TableBodyProps,
  type TableHeaderProps,
  type TableProps,
} from 'react-aria-components'
import { cx } from './cx.ts'

type Styled<T> = Omit<T, 'className'> & { className?: string }

/**
 * A table walked with the arrow keys; Enter opens a row that has `href`. Needs `aria-label` and one column with
 * `isRowHeader`. Rows are 40 px high. `className="hidden sm:table-cell"` on a column and its cells drops them on a phone.
 */
export function Table({ className, ...props }: Styled<TableProps>) {
  return (
    <div className="relative overflow-x-auto rounded-md border border-line bg-surface">
      <Base {...props} className={cx('w-full border-collapse text-left text-14', className)} />
    </div>
  )
}

export function TableHeader<T extends object>({ className, ...props }: Styled<TableHeaderProps<T>>) {
  return <BaseHeader {...props} className={cx('bg-sunken', className)} />
}

export function Column({
  align,
  className,
  children,
  ...props
}: Styled<Omit<ColumnProps, 'children'>> & { align?: 'end'; children?: ReactNode }) {
  return (
    <BaseColumn
      {...props}
      className={cx(
        'h-8 cursor-default whitespace-nowrap border-b border-line px-3 text-13 font-medium text-ink-3 data-focus-visible:-outline-offset-2',
        align === 'end' && 'text-right',
        className,
      )}
    >
      {({ allowsSorting, sortDirection }) => (
        <span className="inline-flex items-center gap-1">
          {children}
          {allowsSorting && (
            <span aria-hidden className={cx(!sortDirection && 'invisible')}>
              {sortDirection === 'descending' ? (
                <ArrowDown className="size-3!" />
              ) : (
                <ArrowUp className="size-3!" />
              )}
            </span>
          )}
        </span>
      )}
    </BaseColumn>
  )
}

export function TableBody<T extends object>(props: TableBodyProps<T>) {
  return <BaseBody {...props} />
}

export function Row<T extends object>({ className, ...props }: Styled<RowProps<T>>) {
  return (
    <BaseRow
      {...props}
      className={cx(
        'border-b border-line last:border-b-0 data-href:cursor-pointer data-hovered:bg-hover data-selected:bg-hover data-focus-visible:-outline-offset-2',
        className,
      )}
    />
  )
}

export function Cell({ align, className, ...props }: Styled<CellProps> & { align?: 'end' }) {
  return (
    <BaseCell
      {...props}
      className={cx(
        'h-10 px-3 py-1 align-middle data-focus-visible:-outline-offset-2',
        align === 'end' && 'text-right',
        className,
      )}
    />
  )
}
