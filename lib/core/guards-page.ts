import { GUARDS } from './guards/index.ts';
import { REFUSAL_CODES, type RefusalCode } from './refusal.ts';

/** Codes of what is asked besides the guards: of the request itself before them, and of the claim after them. */
const OTHERS: Readonly<Record<string, readonly RefusalCode[]>> = {
  request: ['unknown-fault', 'bad-parameters', 'not-running'],
  target: ['target-not-ready'],
  claim: [
    'target-under-experiment',
    'already-done',
    'group-in-flight',
    'group-spacing',
    'account-in-flight',
    'account-hour',
    'account-day',
  ],
};

const QUESTIONS: Readonly<Record<string, string>> = {
  target: 'Has each drawn target what the fault and its undo need, and is what was there before known?',
  request: 'Is the request one that can be done at all?',
  claim: 'Can group and budget be reserved? Two triggers at once: exactly one gets them.',
};

/** What can be skipped by name, and by whom: on demand only. */
const SKIPPED: Readonly<Record<string, string>> = {
  window: '`--skip window`',
  claim: '`--skip spacing` for `group-spacing`',
};

/** `docs/guards.md`: every question in the order in which it is asked, and every code that a refusal can have. */
export function guardsPage(): string {
  const asked = [
    { name: 'request', question: QUESTIONS.request, codes: OTHERS.request ?? [] },
    ...GUARDS,
    { name: 'target', question: QUESTIONS.target, codes: OTHERS.target ?? [] },
    { name: 'claim', question: QUESTIONS.claim, codes: OTHERS.claim ?? [] },
  ];
  const sections = asked.map(({ name, question, codes }, index) => {
    const skipped = SKIPPED[name];
    const rows = codes.map((code) => `- \`${code}\`: ${REFUSAL_CODES[code]}`);
    return [
      `## ${index + 1}. ${name}`,
      '',
      question,
      '',
      ...rows,
      ...(skipped === undefined
        ? []
        : ['', `On demand it can be skipped by name: ${skipped}; the record says who and why.`]),
    ].join('\n');
  });
  return `${[
    '# Guards',
    '',
    '<!-- Written by npm run docs out of lib/core/guards and lib/core/refusal.ts. -->',
    '',
    'Before anything is hurt each of these questions must be answered yes, in this order, by a planned experiment and by one on demand alike. A',
    'question that cannot be answered counts as no, with the fact `cannotTell`. A refusal has a code of this closed list, a sentence with the',
    'numbers of the case, and the facts behind it; all refusals of a run are recorded, not only the first.',
    '',
    sections.join('\n\n'),
  ].join('\n')}\n`;
}

/** Codes that the page does not have, or has twice; none when it is complete. */
export function strayCodes(): RefusalCode[] {
  const listed = [...Object.values(OTHERS).flat(), ...GUARDS.flatMap(({ codes }) => codes)];
  const known = Object.keys(REFUSAL_CODES) as RefusalCode[];
  return known.filter((code) => listed.filter((one) => one === code).length !== 1);
}
