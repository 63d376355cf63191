'use client'

import { Check, ChevronDown } from 'lucide-react'
import type { ReactNode } from 'react'
import {
  Select as Base,
  type SelectProps as BaseProps,
  Button,
  Label,
  ListBox,
  ListBoxItem,
  Popover,
  SelectValue,
} from 'react-aria-components'
import { cx } from './cx.ts'
import { FieldNotes, inputClass, labelClass } from './field.tsx'

export interface Choice {
  value: string
  label: string
  description?: string
}

export const popoverClass =
  'overflow-auto rounded-md border border-line bg-surface p-1 shadow-overlay outline-none'
/** For popovers only that may keep the keys until they are gone. */
const fadeClass = 'transition-opacity data-entering:opacity-0 data-exiting:opacity-0'
export const itemClass =
  'flex cursor-default select-none items-center gap-2 rounded-sm px-2 py-1 text-14 text-ink outline-none pointer-coarse:min-h-11 data-focused:bg-hover data-disabled:text-ink-3'

export interface SelectProps
  extends Omit<BaseProps<object>, 'children' | 'className' | 'value' | 'onChange' | 'defaultValue'> {
  label: string
  /** The label is read out but not drawn. */
  hideLabel?: boolean
  description?: ReactNode
  choices: Choice[]
  value?: string | null
  defaultValue?: string
  onChange?: (value: string) => void
  className?: string
}

export function Select({
  label,
  hideLabel,
  description,
  choices,
  onChange,
  className,
  ...props
}: SelectProps) {
  return (
    <Base
      {...props}
      onChange={(key) => key !== null && onChange?.(String(key))}
      className={cx('flex flex-col gap-1', className)}
    >
      <Label className={hideLabel ? 'sr-only' : labelClass}>{label}</Label>
      <Button className={cx(inputClass, 'flex items-center justify-between gap-2 text-left')}>
        <SelectValue className="truncate data-placeholder:text-ink-3">
          {({ isPlaceholder, selectedText, defaultChildren }) =>
            isPlaceholder ? defaultChildren : selectedText
          }
        </SelectValue>
        <ChevronDown aria-hidden className="text-ink-3" />
      </Button>
      <FieldNotes description={description} />
      <Popover className={cx(popoverClass, fadeClass, 'min-w-(--trigger-width)')}>
        <ListBox className="outline-none">
          {choices.map((choice) => (
            <ListBoxItem key={choice.value} id={choice.value} textValue={choice.label} className={itemClass}>
              {({ isSelected }) => (
                <>
                  <span className="min-w-0 flex-1">
                    <span className="block">{choice.label}</span>
                    {choice.description && (
                      <span className="block text-13 text-ink-3">{choice.description}</span>
                    )}
                  </span>
                  <Check aria-hidden className={cx('text-ink-2', !isSelected && 'invisible')} />
                </>
              )}
            </ListBoxItem>
          ))}
        </ListBox>
      </Popover>
    </Base>
  )
}
