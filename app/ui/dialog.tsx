'use client'

import { X } from 'lucide-react'
import type { ReactNode } from 'react'
import { Dialog as Base, Heading, Modal, ModalOverlay } from 'react-aria-components'
import { Button, IconButton } from './button.tsx'
import { cx } from './cx.ts'

export interface DialogProps {
  title: string
  /** One sentence under the title. */
  lead?: ReactNode
  isOpen: boolean
  onOpenChange: (open: boolean) => void
  /** Drawn at the foot, the primary action last. */
  actions?: ReactNode
  wide?: boolean
  children?: ReactNode
}

/** A modal dialog: focus goes in and comes back, Escape and the backdrop close it. */
export function Dialog({ title, lead, isOpen, onOpenChange, actions, wide, children }: DialogProps) {
  return (
    <ModalOverlay
      isOpen={isOpen}
      onOpenChange={onOpenChange}
      isDismissable
      className="fixed inset-0 z-50 flex h-(--visual-viewport-height) items-end justify-center bg-backdrop transition-opacity data-entering:opacity-0 data-exiting:opacity-0 sm:items-start sm:p-4 sm:pt-[10vh]"
    >
      <Modal
        className={cx(
          'flex max-h-full w-full rounded-t-md border border-line bg-surface shadow-overlay sm:max-h-[80vh] sm:rounded-md',
          wide ? 'sm:max-w-3xl' : 'sm:max-w-lg',
        )}
      >
        <Base className="flex min-h-0 w-full flex-col outline-none">
          <header className="flex items-start gap-4 px-4 pt-4 pb-3">
            <div className="min-w-0 flex-1">
              <Heading slot="title" className="text-16 font-semibold">
                {title}
              </Heading>
              {lead && <p className="mt-1 text-13 text-ink-2">{lead}</p>}
            </div>
            <IconButton
              size="small"
              label="Close"
              className="-mt-0.5 -mr-1.5 pointer-coarse:-mt-2.5 pointer-coarse:-mr-3 pointer-coarse:size-11!"
              onPress={() => onOpenChange(false)}
            >
              <X aria-hidden />
            </IconButton>
          </header>
          <div className="min-h-0 flex-1 overflow-y-auto px-4 pb-4">{children}</div>
          {actions && (
            <footer className="flex flex-wrap justify-end gap-2 border-t border-line px-4 py-3">
              {actions}
            </footer>
          )}
        </Base>
      </Modal>
    </ModalOverlay>
  )
}

/** Asks before something that cannot be taken back. */
export function ConfirmDialog({
  title,
  children,
  confirm,
  pending,
  onConfirm,
  ...props
}: Pick<DialogProps, 'title' | 'children' | 'isOpen' | 'onOpenChange'> & {
  confirm: string
  pending?: boolean
  onConfirm: () => void
}) {
  return (
    <Dialog
      {...props}
      title={title}
      actions={
        <>
          <Button onPress={() => props.onOpenChange(false)}>Cancel</Button>
          <Button kind="danger" isPending={pending} onPress={onConfirm}>
            {confirm}
          </Button>
        </>
      }
    >
      {children}
    </Dialog>
  )
}
