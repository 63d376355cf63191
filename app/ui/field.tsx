'use client'

import { Check, Minus } from 'lucide-react'
import type { ReactNode, Ref } from 'react'
import {
  Checkbox as BaseCheckbox,
  type CheckboxProps as BaseCheckboxProps,
  NumberField as BaseNumberField,
  type NumberFieldProps as BaseNumberFieldProps,
  Switch as BaseSwitch,
  type SwitchProps as BaseSwitchProps,
  TextField as BaseTextField,
  type TextFieldProps as BaseTextFieldProps,
  FieldError,
  Group,
  Input,
  Label,
  Text,
  TextArea,
} from 'react-aria-components'
import { cx } from './cx.ts'

export const labelClass = 'text-13 font-medium text-ink'
export const inputClass =
  'h-8 w-full min-w-0 rounded-md border border-line-strong bg-surface px-2 text-14 text-ink placeholder:text-ink-3 pointer-coarse:h-11 ' +
  'data-focused:outline-2 data-focused:-outline-offset-1 data-focused:outline-focus data-invalid:border-danger ' +
  'data-disabled:bg-sunken data-disabled:text-ink-3'

/** What stands under a control: what it means, and what is wrong with it. */
export function FieldNotes({ description }: { description?: ReactNode }) {
  return (
    <>
      {description && (
        // What is wrong takes its place: a form that moves as a field is left would take the button from under the mouse.
        <Text slot="description" className="text-13 text-ink-3 in-data-invalid:hidden">
          {description}
        </Text>
      )}
      <FieldError className="text-13 text-danger" />
    </>
  )
}

interface Labelled {
  label: string
  description?: ReactNode
  className?: string
}

export interface TextFieldProps extends Omit<BaseTextFieldProps, 'children' | 'className'>, Labelled {
  placeholder?: string
  /** Rows of a multi-line field. */
  rows?: number
  monospace?: boolean
  inputRef?: Ref<HTMLInputElement>
}

export function TextField({
  label,
  description,
  className,
  placeholder,
  rows,
  monospace,
  inputRef,
  ...props
}: TextFieldProps) {
  const mono = monospace ? 'font-mono text-13!' : ''
  return (
    <BaseTextField {...props} className={cx('flex flex-col gap-1', className)}>
      <Label className={labelClass}>{label}</Label>
      {rows ? (
        <TextArea
          rows={rows}
          placeholder={placeholder}
          className={cx(inputClass, 'h-auto! resize-y py-2', mono)}
        />
      ) : (
        <Input ref={inputRef} placeholder={placeholder} className={cx(inputClass, mono)} />
      )}
      <FieldNotes description={description} />
    </BaseTextField>
  )
}

export interface NumberFieldProps extends Omit<BaseNumberFieldProps, 'children' | 'className'>, Labelled {
  unit?: string
}

/** A number typed, or stepped with the arrow keys. */
export function NumberField({ label, description, className, unit, ...props }: NumberFieldProps) {
  return (
    <BaseNumberField {...props} className={cx('flex flex-col gap-1', className)}>
      <Label className={labelClass}>{label}</Label>
      <Group className="relative flex">
        <Input className={cx(inputClass, unit && 'pr-20')} />
        {unit && (
          <span className="pointer-events-none absolute inset-y-0 right-2 flex items-center text-13 text-ink-3">
            {unit}
          </span>
        )}
      </Group>
      <FieldNotes description={description} />
    </BaseNumberField>
  )
}

export function Checkbox({
  children,
  className,
  ...props
}: Omit<BaseCheckboxProps, 'children' | 'className'> & { children: ReactNode; className?: string }) {
  return (
    <BaseCheckbox
      {...props}
      className={cx('group flex items-start gap-2 text-14 pointer-coarse:py-3', className)}
    >
      {({ isSelected, isIndeterminate }) => (
        <>
          <span
            aria-hidden
            className={cx(
              'mt-0.5 flex size-4 shrink-0 items-center justify-center rounded-sm border group-data-focus-visible:outline-2 group-data-focus-visible:outline-focus group-data-focus-visible:outline-offset-2',
              isSelected || isIndeterminate
                ? 'border-ink bg-ink text-canvas'
                : 'border-line-strong bg-surface',
            )}
          >
            {isIndeterminate ? (
              <Minus className="size-3!" />
            ) : (
              isSelected && <Check className="size-3!" strokeWidth={3} />
            )}
          </span>
          {children}
        </>
      )}
    </BaseCheckbox>
  )
}

export function Switch({
  children,
  className,
  ...props
}: Omit<BaseSwitchProps, 'children' | 'className'> & { children: ReactNode; className?: string }) {
  return (
    <BaseSwitch
      {...props}
      className={cx('group flex items-center gap-2 text-14 pointer-coarse:min-h-11', className)}
    >
      <span
        aria-hidden
        className="flex h-4 w-7 shrink-0 items-center rounded-full border border-line-strong bg-hover p-px transition-colors group-data-selected:border-ink group-data-selected:bg-ink group-data-focus-visible:outline-2 group-data-focus-visible:outline-focus group-data-focus-visible:outline-offset-2"
      >
        <span className="size-3 rounded-full bg-ink-3 transition-transform group-data-selected:translate-x-3 group-data-selected:bg-canvas" />
      </span>
      {children}
    </BaseSwitch>
  )
}
