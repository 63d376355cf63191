/** What annotators of the bundled workspace read; the planted preference in words. */
export const guidelines = `# Ranking support replies

A customer wrote to a shop; several replies are offered. Put the one you would rather have received first.

1. **Helpful** counts most: a concrete step for *this* problem, promised or explained ("I have sent you a reset link").
   "Somebody may look at it" is not a step.
2. **On the subject**: it speaks of this customer's object and problem, and of nothing else.
3. **Polite**: thanks, an apology or a kind word. A rude remark spoils a reply.
4. **Brief**: two to four sentences. No rambling, no repetition.

Replies that are about equally good share a place. When none is acceptable, rank them and press "none acceptable".
`
