export const roleWords: Record<string, string> = {
  ADMIN: 'Administrator',
  RESEARCHER: 'Researcher',
  ANNOTATOR: 'Annotator',
}

/** For a Select; the least powerful first. */
export const roleChoices = [
  { value: 'ANNOTATOR', label: 'Annotator', description: 'Ranks, and sees nothing else.' },
  { value: 'RESEARCHER', label: 'Researcher', description: 'Prompts, runs, models.' },
  { value: 'ADMIN', label: 'Administrator', description: 'Also members and settings.' },
]
