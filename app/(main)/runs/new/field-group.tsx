'use client'

import { ChevronRight } from 'lucide-react'
import { useId } from 'react'
import { Badge } from '../../../ui/badge.tsx'
import { Checkbox, Switch, TextField } from '../../../ui/field.tsx'
import { Select } from '../../../ui/select.tsx'
import {
  changes,
  type FormField,
  type FormGroup,
  type FormValues,
  isChanged,
  isUsed,
  problemOf,
} from './form-fields.ts'

type OnChange = (name: string, value: string | boolean) => void

const columns = 'grid items-start gap-x-4 gap-y-5 sm:grid-cols-2 xl:grid-cols-3'

/** Settings, each with its meaning and where its default comes from; those of an object under the switch that turns it on. */
export function Fields({
  fields,
  values,
  onChange,
}: {
  fields: FormField[]
  values: FormValues
  onChange: OnChange
}) {
  const plain = fields.filter((field) => !field.within)
  const owners = new Map(fields.flatMap(({ within }) => (within ? [[within.name, within]] : [])))
  const field = (one: FormField) => (
    <Field
      key={one.name}
      field={one}
      value={values[one.name]}
      changed={isChanged(one, values)}
      onChange={onChange}
    />
  )
  return (
    <div className={columns}>
      {plain.map(field)}
      {[...owners.values()]
        .filter((owner) => isUsed(owner, values))
        .map((owner) => (
          <fieldset
            key={owner.name}
            className="col-span-full border-t border-line pt-4 first:border-t-0 first:pt-0"
          >
            <legend className="sr-only">{owner.title}</legend>
            <div className="flex flex-col gap-1">
              {owner.always ? (
                <span className="font-medium">{owner.title}</span>
              ) : (
                <Switch isSelected={values[owner.name] === true} onChange={(is) => onChange(owner.name, is)}>
                  <span className="font-medium">{owner.title}</span>
                </Switch>
              )}
              <p className="text-13 text-ink-3">{owner.description}</p>
            </div>
            {(owner.always || values[owner.name] === true) && (
              <div className={`mt-4 ${columns}`}>
                {fields.filter(({ within }) => within?.name === owner.name).map(field)}
              </div>
            )}
          </fieldset>
        ))}
    </div>
  )
}

/** A group that unfolds: what is in it in a word, and how much of it was changed. */
export function FoldedGroup({
  group: { title, fields },
  values,
  isOpen,
  onToggle,
  onChange,
}: {
  group: FormGroup
  values: FormValues
  isOpen: boolean
  onToggle: (open: boolean) => void
  onChange: OnChange
}) {
  const changed = changes(fields, values)
  const inIt = new Set(fields.map((field) => field.within?.title ?? field.title))
  inIt.delete(title)
  const id = useId()
  return (
    <section className="border-b border-line last:border-b-0">
      <h3>
        <button
          type="button"
          aria-expanded={isOpen}
          aria-controls={id}
          onClick={() => onToggle(!isOpen)}
          className="flex w-full items-center gap-3 px-4 py-2.5 text-left hover:bg-hover"
        >
          <ChevronRight
            aria-hidden
            className={`text-ink-3 transition-transform ${isOpen ? 'rotate-90' : ''}`}
          />
          <span className="shrink-0 font-medium">{title}</span>
          <span className="min-w-0 flex-1 truncate text-13 text-ink-3 max-sm:invisible">
            {!isOpen && [...inIt].join(', ')}
          </span>
          {changed > 0 && <Badge>{changed} changed</Badge>}
        </button>
      </h3>
      <div id={id} hidden={!isOpen} className="px-4 pt-2 pb-5">
        {isOpen && <Fields fields={fields} values={values} onChange={onChange} />}
      </div>
    </section>
  )
}

function Field({
  field,
  value,
  changed,
  onChange,
}: {
  field: FormField
  value: string | boolean | undefined
  changed: boolean
  onChange: OnChange
}) {
  const notes = <Notes field={field} changed={changed} />
  if (field.kind === 'boolean')
    return (
      <div className="flex flex-col gap-1">
        <Checkbox isSelected={value === true} onChange={(is) => onChange(field.name, is)}>
          {field.title}
        </Checkbox>
        <p className="text-13 text-ink-3">{notes}</p>
      </div>
    )
  if (field.kind === 'choice')
    return (
      <Select
        label={field.title}
        name={field.name}
        description={notes}
        value={String(value)}
        onChange={(choice) => onChange(field.name, choice)}
        choices={field.choices.map((choice) => ({ value: choice, label: choice }))}
      />
    )
  return (
    <TextField
      label={labelOf(field)}
      name={field.name}
      inputMode={field.kind === 'names' ? 'text' : 'decimal'}
      autoComplete="off"
      value={String(value ?? '')}
      placeholder={field.optional ? 'none' : undefined}
      onChange={(text) => onChange(field.name, text)}
      validate={(text) => problemOf(field, text)}
      description={notes}
    />
  )
}

/** 'Response length, tokens'; a unit that the title names is not said again. */
function labelOf({ title, unit }: FormField): string {
  return unit && !title.toLowerCase().includes(unit) ? `${title}, ${unit}` : title
}

function Notes({
  field: { description, source, default: usual },
  changed,
}: {
  field: FormField
  changed: boolean
}) {
  const words =
    usual === undefined ? 'none' : typeof usual === 'boolean' ? (usual ? 'on' : 'off') : String(usual)
  return (
    <>
      {description}
      <span className="block text-ink-3">
        {changed ? (
          <span className="font-medium text-ink">Changed from {words}. </span>
        ) : (
          usual !== undefined && `Default ${words}. `
        )}
        {source && `Practice: ${source}`}
      </span>
    </>
  )
}
