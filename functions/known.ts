import { sentenceOf } from '../lib/core/error-words.ts';
import type { Known } from '../lib/core/refusal.ts';

/** What a reading came to; an error is an answer that guards understand. */
export async function known<T>(reading: Promise<T>): Promise<Known<T>> {
  try {
    return { known: true, value: await reading };
  } catch (error) {
    return { known: false, because: sentenceOf(error) };
  }
}

/** Both, or why not. */
export function bothKnown<A, B>(a: Known<A>, b: Known<B>): Known<[A, B]> {
  if (!a.known) return a;
  return b.known ? { known: true, value: [a.value, b.value] } : b;
}

/** Something made of what is known. */
export function mapKnown<A, B>(answer: Known<A>, map: (value: A) => B): Known<B> {
  return answer.known ? { known: true, value: map(answer.value) } : answer;
}
