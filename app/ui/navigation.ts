import {
  ChartLine,
  Database,
  Gauge,
  Gavel,
  House,
  ListOrdered,
  type LucideIcon,
  MessageSquare,
  Package,
  Rows3,
  Scale,
  ScanSearch,
  Settings,
  SquareStack,
  Users,
} from 'lucide-react'

export interface Place {
  href: string
  label: string
  icon: LucideIcon
  /** Who sees it; without it, researchers and administrators. */
  roles?: string[]
  /** Reached by the palette and from other pages, not from the rail. */
  hidden?: boolean
  /** Where its page's own crumbs lead: that place is lit in the rail for it. */
  under?: string
}

/** Every page, in the order of the rail. */
export const places: Place[] = [
  { href: '/', label: 'Home', icon: House },
  { href: '/rank', label: 'Rank', icon: ListOrdered, roles: ['ADMIN', 'RESEARCHER', 'ANNOTATOR'] },
  {
    href: '/rankings',
    label: 'My rankings',
    icon: Rows3,
    roles: ['ADMIN', 'RESEARCHER', 'ANNOTATOR'],
    hidden: true,
  },
  { href: '/prompts', label: 'Prompts', icon: MessageSquare },
  { href: '/comparisons', label: 'Comparisons', icon: SquareStack },
  { href: '/datasets', label: 'Datasets', icon: Database },
  { href: '/runs', label: 'Runs', icon: ChartLine },
  { href: '/models', label: 'Models', icon: Package },
  { href: '/compare', label: 'Compare', icon: Scale, hidden: true },
  { href: '/quality', label: 'Quality', icon: Gauge },
  { href: '/adjudication', label: 'Adjudication', icon: Gavel, hidden: true, under: '/quality' },
  { href: '/suspects', label: 'Suspect rankings', icon: ScanSearch, hidden: true, under: '/quality' },
  { href: '/members', label: 'Members', icon: Users, roles: ['ADMIN'] },
  { href: '/settings', label: 'Settings', icon: Settings },
]

/** The places a role may go; `rail` leaves out those that only the palette lists. */
export function placesFor(role: string, rail: boolean): Place[] {
  return places.filter((place) => {
    if (!(place.roles ?? ['ADMIN', 'RESEARCHER']).includes(role)) return false
    return !rail || !place.hidden || (role === 'ANNOTATOR' && place.href === '/rankings')
  })
}

/** Whether `path` is at or under `href`, or at a place that belongs under it. */
export function isAt(path: string, href: string): boolean {
  if (href === '/') return path === '/'
  if (path === href || path.startsWith(`${href}/`)) return true
  return places.some((place) => place.under === href && isAt(path, place.href))
}
