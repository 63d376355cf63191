'use client'

import { Check, ChevronDown } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { Button } from '../../ui/button.tsx'
import { Menu, MenuItem } from '../../ui/menu.tsx'
import type { Progress } from './assignment.ts'
import { batchAddress, useBatches } from './batches.ts'
import { useDesk } from './desk.ts'
import { paceLine, usePaceShown } from './pace.ts'

/** '37 of 120' with the batch it counts; opens the choice of another one. */
export function BatchMenu({ progress, name }: { progress: Progress | null; name: string | null }) {
  const { batch: scope, queue } = useDesk()
  const [isOpen, setOpen] = useState(false)
  const { batches, failed } = useBatches(isOpen)
  const [pace, setPace] = usePaceShown()
  const router = useRouter()
  const count = progress && `${progress.mine} of ${progress.mine + progress.remainingForMe}`
  const isHere = (item: { id: string; name: string }) => scope === item.id || scope === item.name
  return (
    <Menu
      label="Batches"
      placement="bottom start"
      isOpen={isOpen}
      onOpenChange={setOpen}
      trigger={
        <Button
          kind="quiet"
          size="small"
          preventFocusOnPress
          className="gap-1.5! px-1.5! sm:min-w-0 sm:shrink! pointer-coarse:h-11"
        >
          {count && <span className="shrink-0 font-medium text-ink">{count}</span>}
          <span className="min-w-0 truncate max-sm:hidden">{name ?? (count ? '' : 'Batches')}</span>
          <span className="sr-only">Choose a batch</span>
          <ChevronDown aria-hidden className="shrink-0" />
        </Button>
      }
    >
      <MenuItem
        textValue="All batches"
        onAction={() => router.push('/rank')}
        className="min-h-9 pointer-coarse:min-h-11"
      >
        <Chosen is={scope === undefined} />
        All batches
      </MenuItem>
      {batches?.map((item) => (
        <MenuItem
          key={item.id}
          textValue={item.name}
          onAction={() => router.push(batchAddress(item.id))}
          className="min-h-9 pointer-coarse:min-h-11"
        >
          <Chosen is={isHere(item)} />
          <span className="min-w-0 flex-1 wrap-anywhere">{item.name}</span>
          <span className="shrink-0 text-13 text-ink-3">
            {item.remainingForMe === 0 ? 'nothing left' : `${item.remainingForMe} left`}
          </span>
        </MenuItem>
      ))}
      {!batches && (
        <MenuItem isDisabled textValue="Batches" className="min-h-9 pointer-coarse:min-h-11">
          <Chosen is={false} />
          {failed ? 'The batches did not come: no connection.' : 'Looking for batches…'}
        </MenuItem>
      )}
      <MenuItem
        textValue="Pace"
        className="mt-1 min-h-9 pointer-coarse:min-h-11 rounded-none! border-t border-line"
        onAction={() => setPace(pace === 'on' ? 'off' : 'on')}
      >
        <Chosen is={pace === 'on'} />
        <span className="flex flex-col">
          Show my pace
          {pace === 'on' && <span className="text-13 text-ink-3 lg:hidden">{paceLine(queue.pace)}</span>}
        </span>
      </MenuItem>
    </Menu>
  )
}

function Chosen({ is }: { is: boolean }) {
  return is ? <Check aria-label="Chosen" className="shrink-0" /> : <span className="w-4 shrink-0" />
}
