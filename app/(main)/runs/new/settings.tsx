'use client'

import { Search } from 'lucide-react'
import { useState } from 'react'
import { Input, SearchField } from 'react-aria-components'
import { inputClass } from '../../../ui/field.tsx'
import { Fields, FoldedGroup } from './field-group.tsx'
import {
  changes,
  type FormField,
  type FormValues,
  found,
  groupsOf,
  hasProblem,
  parted,
} from './form-fields.ts'

/** A recipe's settings: the essential ones, then the others folded by group; a search looks through them all. */
export function Settings({
  fields,
  values,
  wrong,
  onChange,
}: {
  fields: FormField[]
  values: FormValues
  /** The names of those that the server refused. */
  wrong: string[]
  onChange: (name: string, value: string | boolean) => void
}) {
  const [search, setSearch] = useState('')
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set())
  const { first, others } = parted(fields)
  const searching = search.trim() !== ''
  const groups = groupsOf(searching ? found(fields, search) : others)
  const changed = changes(fields, values)
  // What is wrong must be seen to be put right.
  const mustOpen = (own: FormField[]) =>
    searching || hasProblem(own, values) || own.some(({ name }) => wrong.includes(name))
  const toggle = (title: string, isOpen: boolean) =>
    setOpen((now) => new Set(isOpen ? [...now, title] : [...now].filter((one) => one !== title)))
  return (
    <section aria-label="Settings" className="border-t border-line pt-4">
      <div className="mb-4 flex flex-wrap items-center gap-x-4 gap-y-2">
        <h2 className="text-16 font-semibold">Settings</h2>
        <span role="status" className="text-13 text-ink-3">
          {searching
            ? `${groups.reduce((sum, { fields }) => sum + fields.length, 0)} of ${fields.length} match`
            : `${fields.length}, ${changed === 0 ? 'all at their defaults' : `${changed} changed`}`}
        </span>
        <SearchField
          aria-label="Search settings"
          value={search}
          onChange={setSearch}
          className="relative ml-auto w-64 max-sm:w-full"
        >
          <Search aria-hidden className="pointer-events-none absolute top-2 left-2 text-ink-3" />
          <Input
            placeholder="Search settings"
            className={`${inputClass} pl-8`}
            // Enter looks; it does not launch.
            onKeyDown={(event) => event.key === 'Enter' && event.preventDefault()}
          />
        </SearchField>
      </div>
      {!searching && first.length > 0 && <Fields fields={first} values={values} onChange={onChange} />}
      {groups.length > 0 && (
        <div className="mt-6 rounded-md border border-line bg-surface">
          {groups.map((group) => (
            <FoldedGroup
              key={group.title}
              group={group}
              values={values}
              isOpen={mustOpen(group.fields) || open.has(group.title)}
              onToggle={(isOpen) => toggle(group.title, isOpen)}
              onChange={onChange}
            />
          ))}
        </div>
      )}
      {searching && groups.length === 0 && (
        <p className="py-6 text-center text-ink-2">No setting speaks of “{search.trim()}”.</p>
      )}
    </section>
  )
}
