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
  { href: '/adjudication', label: 'Adjudication', icon: Gavel, hidden: true },
  { href: '/suspects', label: 'Suspect rankings', icon: ScanSearch, hidden: true },
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

/** Whether `path` is at or under `href`. */
export function isAt(path: string, href: string): boolean {
  return href === '/' ? path === '/' : path === href || path.startsWith(`${href}/`)
}
