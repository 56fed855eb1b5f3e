import { StringDecoder } from 'node:string_decoder';

/** Characters of a line that are kept. */
const LINE_LENGTH = 400;

/** The last lines of a program's output streams, in the order in which they were finished. */
export class LastLines {
  readonly #limit: number;
  readonly #lines: string[] = [];
  readonly #open = new Map<string, { decoder: StringDecoder; text: string }>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Takes a piece of a stream; the pieces of one stream may cut lines and characters anywhere. */
  add(stream: string, chunk: Buffer): void {
    const open = this.#open.get(stream) ?? { decoder: new StringDecoder('utf8'), text: '' };
    this.#open.set(stream, open);
    const parts = (open.text + open.decoder.write(chunk)).split('\n');
    open.text = (parts.pop() ?? '').slice(0, LINE_LENGTH);
    for (const part of parts) this.#push(part);
  }

  /** The last lines, oldest first; a line without its end is the newest of its stream. */
  all(): readonly string[] {
    const unfinished = [...this.#open.values()].map(({ text }) => text);
    return [...this.#lines, ...unfinished.filter((text) => text !== '')].slice(-this.#limit);
  }

  #push(line: string): void {
    const text = line.replace(/\r$/, '').slice(0, LINE_LENGTH);
    if (text.trim() === '') return;
    this.#lines.push(text);
    if (this.#lines.length > this.#limit) this.#lines.shift();
  }
}
