'use client'

import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { withoutRank } from './words.ts'

/** Some cards have no rank: finish, or submit the order of the others. */
export function PartialDialog({
  missing,
  onClose,
  onSubmit,
}: {
  missing: number[]
  onClose: () => void
  onSubmit: () => void
}) {
  return (
    <Dialog
      title={withoutRank(missing)}
      isOpen
      onOpenChange={onClose}
      actions={
        <>
          <Button className="pointer-coarse:h-11" onPress={onSubmit}>
            Submit without {missing.length === 1 ? 'it' : 'them'}
          </Button>
          <Button kind="primary" autoFocus className="pointer-coarse:h-11" onPress={onClose}>
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
