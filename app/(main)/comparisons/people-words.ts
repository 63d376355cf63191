/** 'Anyone', 'Ada', 'Ada and Ben', 'Ada, Ben and Cleo', 'Ada, Ben and 3 others'. */
export function peopleWords(names: string[]): string {
  if (names.length === 0) return 'Anyone'
  if (names.length < 3) return names.join(' and ')
  return `${names[0]}, ${names[1]} and ${names.length === 3 ? names[2] : `${names.length - 2} others`}`
}
