'use client'

import { Search, X } from 'lucide-react'
import { usePathname, useRouter, useSearchParams } from 'next/navigation'
import { useEffect, useRef, useState, useTransition } from 'react'
import { Button as BareButton, Input, SearchField } from 'react-aria-components'
import { Button } from './button.tsx'
import { cx } from './cx.ts'
import { inputClass } from './field.tsx'
import { type Choice, Select } from './select.tsx'

export interface Filter {
  /** The name in the URL. */
  name: string
  label: string
  /** The word for "no filter": 'Any split'. */
  any: string
  choices: Choice[]
}

const ANY = ' any'

/** Search (`?q=`) and filters, kept in the URL; typing waits a quarter of a second. `/` focuses the search. */
export function FilterBar({
  search,
  filters = [],
  total,
  noun,
}: {
  search?: string
  filters?: Filter[]
  total?: number
  noun?: [one: string, many: string]
}) {
  const router = useRouter()
  const path = usePathname()
  const parameters = useSearchParams()
  const [pending, start] = useTransition()
  const [text, setText] = useState(parameters.get('q') ?? '')
  const input = useRef<HTMLInputElement>(null)

  const set = (name: string, value: string) => {
    const next = new URLSearchParams(window.location.search)
    if (value) next.set(name, value)
    else next.delete(name)
    start(() => router.replace(next.size ? `${path}?${next}` : path, { scroll: false }))
  }
  const latestSet = useRef(set)
  latestSet.current = set

  useEffect(() => {
    const current = new URLSearchParams(window.location.search).get('q') ?? ''
    if (text === current) return
    const timer = setTimeout(() => latestSet.current('q', text), 250)
    return () => clearTimeout(timer)
  }, [text])

  useEffect(() => {
    const focus = (event: KeyboardEvent) => {
      const typing = (event.target as HTMLElement).closest(
        'input, textarea, [contenteditable], [role=dialog]',
      )
      if (event.key !== '/' || typing || event.metaKey || event.ctrlKey || !input.current) return
      event.preventDefault()
      input.current.focus()
    }
    window.addEventListener('keydown', focus)
    return () => window.removeEventListener('keydown', focus)
  }, [])

  const active = filters.some(({ name }) => parameters.get(name)) || text !== ''
  const clear = () => {
    setText('')
    start(() => router.replace(path, { scroll: false }))
  }

  return (
    <search className="mb-3 flex flex-wrap items-center gap-2">
      {search && (
        <SearchField
          aria-label={search}
          value={text}
          onChange={setText}
          className="group relative w-full sm:w-72"
        >
          <Search aria-hidden className="pointer-events-none absolute inset-y-0 left-2 my-auto text-ink-3" />
          <Input
            ref={input}
            placeholder={search}
            className={cx(inputClass, 'px-8! [&::-webkit-search-cancel-button]:hidden')}
          />
          <BareButton
            aria-label="Clear the search"
            className="absolute inset-y-0 right-0 flex w-8 items-center justify-center text-ink-3 pointer-coarse:w-11 group-data-empty:hidden"
          >
            <X aria-hidden />
          </BareButton>
        </SearchField>
      )}
      {filters.map(({ name, label, any, choices }) => (
        <Select
          key={name}
          label={label}
          hideLabel
          className="min-w-32 max-sm:w-[calc(50%-0.25rem)] sm:max-w-64"
          value={parameters.get(name) ?? ANY}
          onChange={(value) => set(name, value === ANY ? '' : value)}
          choices={[{ value: ANY, label: any }, ...choices]}
        />
      ))}
      {active && (
        <Button kind="quiet" onPress={clear}>
          Clear
        </Button>
      )}
      {total !== undefined && noun && (
        <p
          aria-live="polite"
          className={cx('ml-auto text-13 text-ink-3 transition-opacity', pending && 'opacity-50')}
        >
          {total.toLocaleString('en')} {total === 1 ? noun[0] : noun[1]}
        </p>
      )}
    </search>
  )
}
