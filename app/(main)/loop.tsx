import {
  ArrowRight,
  Award,
  Check,
  CircleDashed,
  ListOrdered,
  LoaderCircle,
  type LucideIcon,
  MessageSquare,
  Package,
  Scale,
  Undo2,
} from 'lucide-react'
import NextLink from 'next/link'
import { LinkButton } from '../ui/button.tsx'
import { cx } from '../ui/cx.ts'
import { formatNumber } from '../ui/quantity.tsx'
import { RelativeTime } from '../ui/relative-time.tsx'

export type NodeId = 'prompts' | 'rankings' | 'reward' | 'policy' | 'compare'

export interface LoopNode {
  id: NodeId
  count: number
  detail: string
  at: Date | string | null
  state: 'empty' | 'ready' | 'working' | 'done'
}

export interface NextStep {
  node: NodeId
  title: string
  reason: string
  href: string
}

const looks: Record<NodeId, { name: string; href: string; icon: LucideIcon; colour: string }> = {
  prompts: { name: 'Prompts', href: '/prompts', icon: MessageSquare, colour: 'text-ink-3' },
  rankings: { name: 'Rankings', href: '/comparisons', icon: ListOrdered, colour: 'text-ink-3' },
  reward: { name: 'Reward model', href: '/models?kind=REWARD', icon: Award, colour: 'text-reward' },
  policy: { name: 'Policy', href: '/models?kind=POLICY', icon: Package, colour: 'text-policy' },
  compare: { name: 'Compare', href: '/compare', icon: Scale, colour: 'text-ink-3' },
}

const states = {
  empty: { word: 'Nothing yet', icon: CircleDashed },
  ready: { word: 'Waiting', icon: CircleDashed },
  working: { word: 'Under way', icon: LoaderCircle },
  done: { word: 'Up to date', icon: Check },
} as const

/** The loop as a picture: five nodes, arrows between them, and the way back. The next step is lit. */
export function Loop({ nodes, next }: { nodes: LoopNode[]; next: NextStep | null }) {
  return (
    <section aria-label="The loop">
      <ol className="flex flex-col lg:grid lg:grid-cols-[1fr_repeat(4,1.75rem_1fr)]">
        {nodes.map((node, index) => (
          <li key={node.id} className="contents">
            {index > 0 && (
              <span aria-hidden className="flex h-6 items-center justify-center text-ink-3 lg:h-auto">
                <ArrowRight className="rotate-90 lg:rotate-0" />
              </span>
            )}
            <Node node={node} next={next?.node === node.id ? next : null} />
          </li>
        ))}
      </ol>
      <p aria-hidden className="mt-2 flex items-center justify-center gap-2 text-13 text-ink-3 lg:hidden">
        <Undo2 className="rotate-90" />
        the new version answers the next round
      </p>
      <div
        aria-hidden
        className="relative mx-[9%] hidden h-8 rounded-b-md border-x border-b border-line-strong lg:block"
      >
        <span className="absolute -top-px -left-[4.5px] size-2 rotate-45 border-t border-l border-line-strong" />
        <span className="absolute inset-x-0 -bottom-2.5 flex justify-center">
          <span className="bg-canvas px-3 text-13 text-ink-3">the new version answers the next round</span>
        </span>
      </div>
    </section>
  )
}

function Node({ node, next }: { node: LoopNode; next: NextStep | null }) {
  const { name, href, icon: Icon, colour } = looks[node.id]
  const state = states[node.state]
  return (
    <div
      className={cx(
        'flex w-full min-w-0 flex-col rounded-md border bg-surface p-3 lg:h-44',
        next ? 'border-spark outline-1 outline-spark' : 'border-line',
      )}
    >
      <NextLink
        href={href}
        className="flex items-center gap-2 rounded-sm font-medium hover:underline pointer-coarse:-my-3 pointer-coarse:py-3"
      >
        <Icon aria-hidden className={colour} />
        {name}
      </NextLink>
      <p className={cx('mt-2 text-28 font-semibold tracking-tight', node.count === 0 && 'text-ink-3')}>
        {formatNumber(node.count)}
      </p>
      <p className="line-clamp-2 text-13 text-ink-2">{node.detail}</p>
      <div className="mt-auto flex min-h-8 items-end justify-between gap-2 pt-2 text-13 text-ink-3">
        {next ? (
          <LinkButton href={next.href} kind="primary" className="w-full">
            {next.title}
          </LinkButton>
        ) : (
          <>
            <span className="flex items-center gap-1 whitespace-nowrap">
              <state.icon aria-hidden className={cx('size-3!', node.state === 'working' && 'animate-spin')} />
              {state.word}
            </span>
            {node.at && <RelativeTime time={node.at} className="truncate" />}
          </>
        )}
      </div>
    </div>
  )
}
