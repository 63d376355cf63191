import { type Child, startChild } from './child.ts'
import type { Contender, Program } from './contenders.ts'
import { reasonOf } from './reason.ts'

export interface Member<C extends Program = Contender> {
  contender: C
  child: Child
}

/**
 * The contenders' processes, asked one after the other, so that what else the machine does hits all alike. One that fails leaves, with a
 * note.
 */
export interface Turns<C extends Program = Contender> {
  each(ask: (member: Member<C>) => Promise<void>): Promise<void>
  end(): Promise<void>
}

export function startTurns<C extends Program>(
  contenders: readonly C[],
  note: (text: string) => void,
): Turns<C> {
  let members = contenders.map((contender) => ({
    contender,
    child: startChild(contender.command, contender.args),
  }))
  return {
    async each(ask) {
      const failed = new Set<Member<C>>()
      for (const member of members) {
        try {
          await ask(member)
        } catch (error) {
          note(`${member.contender.name}: ${reasonOf(error)}`)
          failed.add(member)
          await member.child.end()
        }
      }
      members = members.filter((member) => !failed.has(member))
    },

    async end() {
      await Promise.all(members.map(({ child }) => child.end()))
      members = []
    },
  }
}
