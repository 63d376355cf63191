'use client'

import type { PointerEvent } from 'react'
import { cx } from '../../ui/cx.ts'
import type { Assignment } from './assignment.ts'
import { Card } from './card.tsx'
import { FlagMenu } from './flag-menu.tsx'
import { badge, letter } from './ranking-state.ts'
import type { Item } from './use-item.ts'

/** The responses, side by side or stacked; stacked anyway where the window is narrow. */
export function Cards({
  completions,
  item,
  onGrab,
}: {
  completions: Assignment['completions']
  item: Item
  onGrab: (card: number, event: PointerEvent) => void
}) {
  const { state, act } = item
  const { marks, flags } = state.answer
  return (
    <main
      aria-busy={item.sending}
      className={cx(
        'min-h-0 overflow-y-auto bg-sunken p-2 transition-opacity sm:p-3',
        item.sending && 'opacity-60',
      )}
    >
      <div
        className={cx(
          'grid items-start gap-2 sm:gap-3',
          item.views.layout === 'side' && columns(completions.length),
        )}
      >
        {completions.map(({ id, text }, card) => (
          <Card
            key={id}
            card={card}
            size={completions.length}
            text={text}
            segments={item.segments?.[card] ?? null}
            mark={marks[card] ?? null}
            badge={badge(marks, card)}
            isFocused={state.focus === card}
            pulls={item.pulls}
            flag={
              <FlagMenu
                target={card}
                name={`response ${letter(card)}`}
                flags={flags}
                isOpen={item.flagging === card}
                onOpenChange={(isOpen) => item.setFlagging(isOpen ? card : null)}
                onToggle={(flag) => act({ type: 'flag', target: card, flag })}
              />
            }
            onFocus={() => item.focusCard(card)}
            onRank={(mark) => act({ type: 'rank', mark, card })}
            onClear={() => act({ type: 'clear', card })}
            onGrab={(event) => onGrab(card, event)}
          />
        ))}
      </div>
    </main>
  )
}

/** As many columns as there are cards up to four; three from five on, so that a line stays readable. */
function columns(size: number): string {
  if (size === 2) return 'md:grid-cols-2'
  if (size === 4) return 'md:grid-cols-2 xl:grid-cols-4'
  return 'md:grid-cols-2 lg:grid-cols-3'
}
