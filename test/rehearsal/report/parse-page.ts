/** An element of a parsed page. */
export interface PageElement {
  readonly name: string;
  readonly attributes: Readonly<Partial<Record<string, string>>>;
  readonly children: (PageElement | string)[];
}

const VOID = new Set(['meta', 'link', 'br', 'hr', 'img', 'input']);
const RAW = new Set(['style', 'script']);
const TAG = /<(\/?)([a-zA-Z][a-zA-Z0-9]*)((?:\s+[a-zA-Z][a-zA-Z0-9-]*(?:="[^"<>]*")?)*)\s*(\/?)>/y;
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };

function decode(text: string): string {
  return text.replace(/&([^;\s]*);?/g, (whole, name: string) => {
    const character = ENTITIES[name];
    if (character === undefined || !whole.endsWith(';')) throw new Error(`"${whole}" is no entity that the page uses.`);
    return character;
  });
}

function attributesOf(text: string): Record<string, string> {
  return Object.fromEntries(
    [...text.matchAll(/([a-zA-Z][a-zA-Z0-9-]*)(?:="([^"]*)")?/g)].map(([, name = '', value = '']) => [
      name,
      decode(value),
    ]),
  );
}

/**
 * Reads a page far more strictly than a browser does: every tag is closed, every attribute quoted, no stray `<` or `&`.
 * What a browser would quietly mend is an error here, so that nothing in a fact can end a tag or an attribute.
 */
export function parsePage(page: string): PageElement {
  const root: PageElement = { name: '#page', attributes: {}, children: [] };
  const open = [root];
  let position = page.indexOf('>') + 1;
  if (page.slice(0, position) !== '<!doctype html>') throw new Error('The page does not begin with its doctype.');
  while (position < page.length) {
    const parent = open.at(-1) ?? root;
    const next = RAW.has(parent.name) ? page.indexOf(`</${parent.name}`, position) : page.indexOf('<', position);
    const text = page.slice(position, next === -1 ? page.length : next);
    if (text !== '') parent.children.push(RAW.has(parent.name) ? text : decode(text));
    if (next === -1) break;
    TAG.lastIndex = next;
    const tag = TAG.exec(page);
    if (tag === null) throw new Error(`There is no tag at "${page.slice(next, next + 80)}".`);
    const [whole, closing, name = '', attributes = '', selfClosing] = tag;
    position = next + whole.length;
    if (closing === '/') {
      if (open.pop()?.name !== name) throw new Error(`</${name}> closes <${parent.name}>.`);
      continue;
    }
    const element: PageElement = { name, attributes: attributesOf(attributes), children: [] };
    parent.children.push(element);
    if (selfClosing !== '/' && !VOID.has(name)) open.push(element);
  }
  if (open.length !== 1) throw new Error(`<${open.at(-1)?.name}> is never closed.`);
  return root;
}

/** All elements of a tree in the order of the page, itself first. */
export function elementsOf(element: PageElement): PageElement[] {
  return [element, ...element.children.flatMap((child) => (typeof child === 'string' ? [] : elementsOf(child)))];
}

/** All elements with a name. */
export const named = (root: PageElement, name: string): PageElement[] =>
  elementsOf(root).filter((element) => element.name === name);

/** The text of an element, without scripts and styles, with single spaces. */
export function textOf(element: PageElement): string {
  const collect = (one: PageElement): string =>
    RAW.has(one.name) ? '' : one.children.map((child) => (typeof child === 'string' ? child : collect(child))).join('');
  return collect(element).replace(/\s+/g, ' ').trim();
}
