import type { AlarmState } from './alarm-evaluation.ts';
import { invalidRequest } from './metric-data-query.ts';

/** A composite alarm's rule as a tree. */
export type AlarmRule =
  | { readonly kind: 'constant'; readonly value: boolean }
  /** True while the alarm (a name or an ARN) is in the state. */
  | { readonly kind: 'state'; readonly state: AlarmState; readonly alarm: string }
  | { readonly kind: 'not'; readonly of: AlarmRule }
  | { readonly kind: 'and' | 'or'; readonly of: readonly AlarmRule[] };

/** A name in quotes, a bracket, or a word: names outside quotes end at a space or a bracket. */
const TOKEN = /\s*("(?:[^"\\]|\\.)*"|[()]|[^\s()"]+)/y;

/**
 * Reads an `AlarmRule`: `ALARM("name") AND NOT (OK(other) OR FALSE)`. NOT binds tighter than AND, AND tighter than OR.
 * @throws AwsError ValidationError for what is not in this grammar, `AT_LEAST` among it.
 */
export function parseAlarmRule(text: string): AlarmRule {
  const tokens = readTokens(text);
  let next = 0;
  const take = (): string => tokens[next++] ?? 'the end';
  const expect = (wanted: string): void => {
    const found = take();
    if (found !== wanted) throw unserved(text, found);
  };
  const joined = (word: 'AND' | 'OR', operand: () => AlarmRule): AlarmRule => {
    const first = operand();
    const of = [first];
    while (tokens[next] === word) {
      next += 1;
      of.push(operand());
    }
    return of.length === 1 ? first : { kind: word === 'AND' ? 'and' : 'or', of };
  };
  const operand = (): AlarmRule => {
    const token = take();
    if (token === 'NOT') return { kind: 'not', of: operand() };
    if (token === 'TRUE' || token === 'FALSE') return { kind: 'constant', value: token === 'TRUE' };
    if (token === '(') {
      const inner = either();
      expect(')');
      return inner;
    }
    if (token !== 'ALARM' && token !== 'OK' && token !== 'INSUFFICIENT_DATA') throw unserved(text, token);
    expect('(');
    const named = take();
    expect(')');
    return { kind: 'state', state: token, alarm: unquoted(named) };
  };
  const either = (): AlarmRule => joined('OR', () => joined('AND', operand));
  const rule = either();
  if (next < tokens.length) throw unserved(text, take());
  return rule;
}

/** Whether a rule holds; `stateOf` answers undefined for an alarm that is gone, which is in no state. */
export function ruleHolds(rule: AlarmRule, stateOf: (alarm: string) => AlarmState | undefined): boolean {
  switch (rule.kind) {
    case 'constant':
      return rule.value;
    case 'state':
      return stateOf(rule.alarm) === rule.state;
    case 'not':
      return !ruleHolds(rule.of, stateOf);
    case 'and':
      return rule.of.every((each) => ruleHolds(each, stateOf));
    case 'or':
      return rule.of.some((each) => ruleHolds(each, stateOf));
  }
}

/** The alarms that a rule names, each once. */
export function alarmsOfRule(rule: AlarmRule): readonly string[] {
  if (rule.kind === 'constant') return [];
  if (rule.kind === 'state') return [rule.alarm];
  const parts = rule.kind === 'not' ? [rule.of] : rule.of;
  return [...new Set(parts.flatMap(alarmsOfRule))];
}

function readTokens(text: string): readonly string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (text.slice(TOKEN.lastIndex).trim() !== '') {
    const from = TOKEN.lastIndex;
    const token = TOKEN.exec(text)?.[1];
    if (token === undefined) throw unserved(text, text.slice(from).trim());
    tokens.push(token);
  }
  return tokens;
}

function unquoted(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll(/\\(.)/g, '$1') : name;
}

function unserved(rule: string, found: string) {
  return invalidRequest(`The AlarmRule ${rule} is not one that the local cloud reads; it stumbles over ${found}.`);
}
