'use client'

import { LoaderCircle } from 'lucide-react'
import type { ReactNode } from 'react'
import { Link as AriaLink, Button as Base, type ButtonProps as BaseProps } from 'react-aria-components'
import { cx } from './cx.ts'

export type ButtonKind = 'primary' | 'plain' | 'quiet' | 'danger'
export type ButtonSize = 'small' | 'medium'

const kinds: Record<ButtonKind, string> = {
  primary: 'bg-spark text-on-spark border-transparent data-hovered:bg-spark-hover font-medium',
  plain: 'bg-surface text-ink border-line data-hovered:bg-hover',
  quiet: 'bg-transparent text-ink-2 border-transparent data-hovered:bg-hover data-hovered:text-ink',
  danger: 'bg-danger-fill text-on-danger border-transparent data-hovered:bg-danger-fill-hover font-medium',
}

/** The look of a button, for anything that must look like one. */
export function buttonClass(kind: ButtonKind = 'plain', size: ButtonSize = 'medium', extra?: string): string {
  return cx(
    'inline-flex shrink-0 cursor-default select-none items-center justify-center gap-2 whitespace-nowrap rounded-md border transition-colors',
    'data-disabled:cursor-not-allowed data-disabled:opacity-50',
    size === 'small' ? 'h-7 px-2 text-13 pointer-coarse:h-9' : 'h-8 px-3 text-14 pointer-coarse:h-11',
    kinds[kind],
    extra,
  )
}

export interface ButtonProps extends Omit<BaseProps, 'className' | 'children'> {
  kind?: ButtonKind
  size?: ButtonSize
  className?: string
  children?: ReactNode
}

/** `isPending` keeps the width and shows that work is under way. */
export function Button({ kind = 'plain', size, className, children, ...props }: ButtonProps) {
  return (
    <Base {...props} className={buttonClass(kind, size, className)}>
      {props.isPending && <LoaderCircle aria-hidden className="animate-spin" />}
      {children}
    </Base>
  )
}

/** A button of one icon; `label` is its accessible name and tooltip. */
export function IconButton({
  label,
  size = 'medium',
  className,
  ...props
}: Omit<ButtonProps, 'aria-label'> & { label: string }) {
  return (
    <span title={label} className="inline-flex">
      <Button
        kind="quiet"
        {...props}
        aria-label={label}
        className={cx(
          size === 'small' ? 'size-7 px-0! pointer-coarse:size-9' : 'size-8 px-0! pointer-coarse:size-11',
          className,
        )}
      />
    </span>
  )
}

/** A link that looks like a button. */
export function LinkButton({
  href,
  kind,
  size,
  className,
  children,
  download,
}: {
  href: string
  kind?: ButtonKind
  size?: ButtonSize
  className?: string
  children: ReactNode
  download?: boolean | string
}) {
  return (
    <AriaLink href={href} download={download} className={buttonClass(kind, size, className)}>
      {children}
    </AriaLink>
  )
}
