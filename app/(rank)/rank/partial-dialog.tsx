'use client'

import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { withoutRank } from './words.ts'

/** Some cards have no rank: finish, or submit the order of the others. */
export function PartialDialog({
  missing,
  isOpen,
  onOpenChange,
  onSubmit,
}: {
  missing: number[]
  isOpen: boolean
  onOpenChange: (open: boolean) => void
  onSubmit: () => void
}) {
  return (
    <Dialog
      title={withoutRank(missing)}
      isOpen={isOpen}
      onOpenChange={onOpenChange}
      actions={
        <>
          <Button onPress={onSubmit}>Submit without {missing.length === 1 ? 'it' : 'them'}</Button>
          <Button kind="primary" autoFocus onPress={() => onOpenChange(false)}>
            Finish the order
          </Button>
        </>
      }
    >
      <p className="text-14 text-ink-2">
        A response without a rank counts as not judged: it is neither better nor worse than the others.
      </p>
    </Dialog>
  )
}
