import * as z from 'zod';
import { UnreadableInput } from './wire.ts';

/** A parameter on its way from flat names to a tree: its text, or what stands below it. */
interface Branch {
  text: string | undefined;
  readonly below: Map<string, Branch>;
}

/**
 * Folds the flat names of a form into lists and structures: `Filters.member.1.Values.member.2=x` is the second value of the
 * first filter. All values stay text; {@link queryNumber}, {@link queryBoolean} and {@link queryList} read them in a schema.
 * @throws UnreadableInput for a list whose numbers do not run from 1, and for a name that is both a value and a structure.
 */
export function foldForm(entries: Iterable<readonly [string, string]>): Record<string, unknown> {
  const root = branch();
  for (const [name, value] of entries) {
    let place = root;
    for (const part of name.split('.')) {
      const next = place.below.get(part) ?? branch();
      place.below.set(part, next);
      place = next;
    }
    if (place.text !== undefined) throw new UnreadableInput(`The parameter ${name} is given twice.`);
    place.text = value;
  }
  return Object.fromEntries([...root.below].map(([name, child]) => [name, fold(child, name)]));
}

function branch(): Branch {
  return { text: undefined, below: new Map() };
}

function fold({ text, below }: Branch, name: string): unknown {
  if (below.size === 0) return text ?? '';
  if (text !== undefined) throw new UnreadableInput(`The parameter ${name} is both a value and a structure.`);
  const members = below.get('member');
  if (members !== undefined && below.size === 1) return listOf(members, `${name}.member`);
  return Object.fromEntries([...below].map(([part, child]) => [part, fold(child, `${name}.${part}`)]));
}

function listOf({ text, below }: Branch, name: string): readonly unknown[] {
  const items = Array.from({ length: below.size }, (_, index) => {
    const item = below.get(String(index + 1));
    if (item === undefined) throw new UnreadableInput(`The list ${name} lacks its number ${index + 1}.`);
    return fold(item, `${name}.${index + 1}`);
  });
  if (text !== undefined) throw new UnreadableInput(`The parameter ${name} is both a value and a list.`);
  return items;
}

/** A whole number of a form. */
export const queryNumber = z
  .string()
  .regex(/^-?\d{1,15}$/, { error: 'is no whole number' })
  .transform(Number);

/** A truth value of a form. */
export const queryBoolean = z.enum(['true', 'false']).transform((text) => text === 'true');

/** A list of a form; clients write an empty one as an empty value. */
export function queryList<Item extends z.ZodType>(item: Item) {
  return z.union([z.literal('').transform((): z.output<Item>[] => []), z.array(item)]);
}

/** A map of a form: numbered entries of a `Name` and a `Value`. */
export function queryMap<Value>(item: z.ZodType<Value>) {
  const entry: z.ZodType<{ Name: string; Value: Value }> = z.strictObject({ Name: z.string().min(1), Value: item });
  return z
    .strictObject({ entry: z.record(z.string().regex(/^\d+$/), entry) })
    .transform((map) => new Map(Object.values(map.entry).map(({ Name, Value }) => [Name, Value])));
}
