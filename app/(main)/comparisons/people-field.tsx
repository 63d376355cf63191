'use client'

import { Check, ChevronDown, Search } from 'lucide-react'
import type { ReactNode } from 'react'
import {
  Autocomplete,
  Button,
  Input,
  Label,
  ListBox,
  ListBoxItem,
  Popover,
  SearchField,
  Select,
  SelectValue,
  useFilter,
} from 'react-aria-components'
import { cx } from '../../ui/cx.ts'
import { FieldNotes, inputClass, labelClass } from '../../ui/field.tsx'
import { itemClass, popoverClass } from '../../ui/select.tsx'
import { peopleWords } from './people-words.ts'

export interface Person {
  /** The user's. */
  id: string
  name: string
  email: string
}

/** Chooses people by name; nobody chosen means anyone. */
export function PeopleField({
  label,
  description,
  people,
  chosen,
  onChange,
  className,
}: {
  label: string
  description?: ReactNode
  people: Person[]
  /** Ids; null for several choices at once, of which none is shown. */
  chosen: string[] | null
  onChange: (ids: string[]) => void
  className?: string
}) {
  const { contains } = useFilter({ sensitivity: 'base' })
  const names = people.filter(({ id }) => chosen?.includes(id)).map(({ name }) => name)
  return (
    <Select
      selectionMode="multiple"
      value={chosen ?? []}
      onChange={(keys) => onChange(keys.map(String))}
      className={cx('flex min-w-0 flex-col gap-1', className)}
    >
      <Label className={labelClass}>{label}</Label>
      <Button className={cx(inputClass, 'flex items-center justify-between gap-2 text-left')}>
        <SelectValue className="truncate">
          {() => (chosen ? peopleWords(names) : 'Different people')}
        </SelectValue>
        <ChevronDown aria-hidden className="text-ink-3" />
      </Button>
      <FieldNotes description={description} />
      <Popover
        className={cx(popoverClass, 'max-h-80! min-w-(--trigger-width) max-w-[calc(100vw-2rem)] pt-0!')}
      >
        <Autocomplete filter={contains}>
          <SearchField aria-label="Search people" autoFocus className="sticky top-0 z-10 bg-surface py-1">
            <span className="relative block">
              <Search
                aria-hidden
                className="pointer-events-none absolute inset-y-0 left-2 my-auto text-ink-3"
              />
              <Input
                placeholder="Search people"
                className={cx(inputClass, 'pl-8! [&::-webkit-search-cancel-button]:hidden')}
              />
            </span>
          </SearchField>
          <ListBox
            className="outline-none"
            renderEmptyState={() => <p className="px-2 py-1 text-13 text-ink-3">Nobody of that name.</p>}
          >
            {people.map(({ id, name, email }) => (
              <ListBoxItem key={id} id={id} textValue={`${name} ${email}`} className={itemClass}>
                {({ isSelected }) => (
                  <>
                    <span className="min-w-0 flex-1">
                      <span className="block">{name}</span>
                      <span className="block text-13 text-ink-3">{email}</span>
                    </span>
                    <Check aria-hidden className={cx('text-ink-2', !isSelected && 'invisible')} />
                  </>
                )}
              </ListBoxItem>
            ))}
          </ListBox>
        </Autocomplete>
      </Popover>
    </Select>
  )
}
