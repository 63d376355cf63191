'use client'

import { cx } from '../../ui/cx.ts'
import type { Assignment } from './assignment.ts'
import { Card } from './card.tsx'
import { EditedCard } from './edited-card.tsx'
import { FlagLine, FlagMenu } from './flag-menu.tsx'
import { badge, letter } from './ranking-state.ts'
import { useCarousel } from './use-carousel.ts'
import type { Grab } from './use-drag.ts'
import type { Item } from './use-item.ts'

/** The responses, side by side or stacked; where the window is narrow, one a screen instead of side by side. */
export function Cards({
  completions,
  item,
  onGrab,
}: {
  completions: Assignment['completions']
  item: Item
  onGrab: Grab
}) {
  const { state, act, views, lifting } = item
  const { marks, flags } = state.answer
  useCarousel(item.cards, { on: views.carousel, focus: state.focus, onSee: item.focusCard })
  return (
    <main
      ref={item.cards}
      aria-busy={item.sending}
      className={cx(
        'relative min-h-0 bg-sunken transition-opacity',
        views.carousel
          ? 'flex snap-x snap-mandatory overflow-x-auto overflow-y-hidden overscroll-x-contain [scrollbar-width:none]'
          : 'overflow-y-auto p-2 sm:p-3 [@media(max-height:38rem)]:overflow-visible',
        item.sending && 'opacity-60',
      )}
    >
      {state.edit && !views.carousel && (
        <EditedCard
          edit={state.edit}
          raw={views.raw}
          onChange={item.improve}
          onRemove={() => act({ type: 'edit', edit: null })}
        />
      )}
      <div
        className={cx(
          views.carousel ? 'contents' : 'grid items-start gap-2 sm:gap-3',
          !views.carousel && views.layout === 'side' && columns(completions.length),
        )}
      >
        {completions.map(({ id, text }, card) => (
          <Card
            key={id}
            card={card}
            size={completions.length}
            text={text}
            raw={views.raw}
            carousel={views.carousel}
            mark={marks[card] ?? null}
            badge={badge(marks, card)}
            isFocused={state.focus === card}
            isLifted={lifting.lift?.card === card}
            isImproved={state.edit?.card === card}
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
            flagged={<FlagLine target={card} flags={flags} />}
            onFocus={() => item.focusCard(card)}
            onJump={item.focusCard}
            onRank={(mark) => act({ type: 'rank', mark, card })}
            onClear={() => act({ type: 'clear', card })}
            onImprove={() => item.improve(card)}
            onLift={() => (lifting.lift?.card === card ? lifting.drop() : lifting.pickUp(card))}
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
