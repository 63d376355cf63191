'use client'

import { Checkbox, Switch, TextField } from '../../../ui/field.tsx'
import { Select } from '../../../ui/select.tsx'
import { type FormField, type FormGroup, type FormValues, problemOf } from './form-fields.ts'

type OnChange = (name: string, value: string | boolean) => void

/** The settings of one group, each with its meaning and where its default comes from. */
export function FieldGroup({
  group,
  values,
  onChange,
}: {
  group: FormGroup
  values: FormValues
  onChange: OnChange
}) {
  const plain = group.fields.filter((field) => !field.within)
  const owners = new Map(group.fields.flatMap(({ within }) => (within ? [[within.name, within]] : [])))
  return (
    <fieldset className="border-t border-line pt-4">
      <legend className="float-left mb-3 w-full text-16 font-semibold">{group.title}</legend>
      <div className="clear-both grid items-start gap-x-4 gap-y-5 sm:grid-cols-2 xl:grid-cols-3">
        {plain.map((field) => (
          <Field key={field.name} field={field} value={values[field.name]} onChange={onChange} />
        ))}
        {[...owners.values()].map((owner) => {
          const isOn = values[owner.name] === true
          return (
            <div
              key={owner.name}
              className="col-span-full grid gap-x-4 gap-y-4 sm:grid-cols-2 xl:grid-cols-3"
            >
              <div className="col-span-full flex flex-col gap-1">
                <Switch isSelected={isOn} onChange={(is) => onChange(owner.name, is)}>
                  {owner.title}
                </Switch>
                <p className="text-13 text-ink-3">{owner.description}</p>
              </div>
              {isOn &&
                group.fields
                  .filter(({ within }) => within?.name === owner.name)
                  .map((field) => (
                    <Field key={field.name} field={field} value={values[field.name]} onChange={onChange} />
                  ))}
            </div>
          )
        })}
      </div>
    </fieldset>
  )
}

function Field({
  field,
  value,
  onChange,
}: {
  field: FormField
  value: string | boolean | undefined
  onChange: OnChange
}) {
  const notes = <Notes field={field} />
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
      inputMode="decimal"
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

function Notes({ field: { description, source, default: usual } }: { field: FormField }) {
  const isBoolean = typeof usual === 'boolean'
  return (
    <>
      {description}
      <span className="block text-ink-3">
        {usual !== undefined && `Default ${isBoolean ? (usual ? 'on' : 'off') : String(usual)}. `}
        {source && `Practice: ${source}`}
      </span>
    </>
  )
}
