import { BadgeCheck, Repeat } from 'lucide-react'
import type { ReactNode } from 'react'
import type { QualityOverview } from '#lib/quality/overview.ts'
import { LinkButton } from '../../ui/button.tsx'
import { type Figure, FigureList } from './figure-list.tsx'
import { ChangeWords } from './interval-words.tsx'

type Found = Pick<
  QualityOverview,
  'gold' | 'goldTrend' | 'allBadFound' | 'allBadSpared' | 'repeated' | 'repeatedTau' | 'adjudicated'
>

/** How the annotators do where something is known: gold answers, their own earlier ones, adjudicated ones. */
export function CheckFigures({ found }: { found: Found }) {
  const figures = figuresOf(found)
  return (
    <div className="flex flex-col gap-3">
      {figures.length > 0 && <FigureList figures={figures} from={Math.min(0, found.repeatedTau?.low ?? 0)} />}
      {!found.gold && !found.allBadFound && !found.allBadSpared && (
        <Beginning icon={<BadgeCheck aria-hidden />} href="/comparisons" link="Comparisons">
          No gold items have been answered yet. Open a comparison whose right order you know, turn it into a
          gold item, and give its batch a rate of gold items: annotators then meet them among the others
          without telling them apart.
        </Beginning>
      )}
      {!found.repeated && (
        <Beginning icon={<Repeat aria-hidden />} href="/comparisons/batches" link="Batches">
          Nobody has been asked the same twice yet. Give a batch a rate of repeated items: each annotator then
          sees some comparisons again, in another order.
        </Beginning>
      )}
    </div>
  )
}

function figuresOf(found: Found): Figure[] {
  const { gold, goldTrend, allBadFound, allBadSpared, repeated, repeatedTau, adjudicated } = found
  const figures: (Figure | false | null)[] = [
    gold && {
      label: 'Gold',
      sentence:
        'Of the pairs that gold answers put in an order, the share ordered alike; a tie counts half, and what was left out does not count.',
      share: gold,
      chance: 0.5,
      missing: '',
    },
    goldTrend && {
      label: 'Last 20 gold items',
      sentence: `Each annotator’s last 20 against those before. ${
        goldTrend.high < 0
          ? 'Accuracy has fallen: people may be tired.'
          : goldTrend.low > 0
            ? 'Accuracy has risen.'
            : 'No change can be seen: 0 is within the interval.'
      }`,
      value: <ChangeWords change={goldTrend} />,
      missing: '',
    },
    allBadFound && {
      label: 'All bad, found',
      sentence: 'Of the gold items whose responses are all bad, how often the annotators said so.',
      share: allBadFound,
      missing: '',
    },
    allBadSpared && {
      label: 'All bad, spared',
      sentence: 'Of the other gold items, how often the annotators did not say it.',
      share: allBadSpared,
      missing: '',
    },
    repeated && {
      label: 'Same again',
      sentence:
        'Of the pairs that an annotator ranked a second time, the share with the same verdict; a tie is one too.',
      share: repeated,
      missing: '',
    },
    repeatedTau && {
      label: (
        <>
          Kendall’s τ<sub>b</sub> with oneself
        </>
      ),
      sentence: 'How alike two rankings of the same three responses or more by one annotator are.',
      estimate: repeatedTau,
      chance: 0,
      missing: '',
    },
    adjudicated && {
      label: 'As adjudicated',
      sentence:
        'Of the pairs that adjudicated answers put in an order, the share that annotators had ordered alike. Only disagreements are adjudicated, so this is far below what they do elsewhere.',
      share: adjudicated,
      chance: 0.5,
      missing: '',
    },
  ]
  return figures.filter((each) => each !== null && each !== false)
}

function Beginning({
  icon,
  href,
  link,
  children,
}: {
  icon: ReactNode
  href: string
  link: string
  children: ReactNode
}) {
  return (
    <div className="flex flex-wrap items-center gap-x-6 gap-y-3 rounded-md border border-dashed border-line px-4 py-4">
      <span className="text-ink-3">{icon}</span>
      <p className="min-w-0 flex-1 basis-80 text-pretty text-ink-2">{children}</p>
      <LinkButton href={href}>{link}</LinkButton>
    </div>
  )
}
