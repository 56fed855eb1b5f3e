import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HOST_FAULTS } from '../../../lib/faults/hosts/catalogue.ts';
import { DOCUMENT_LIMIT_BYTES, documentContent } from '../../../lib/faults/hosts/document.ts';
import { documentsOf, filesOf, UNDO_DOCUMENT } from '../../../lib/faults/hosts/documents.ts';
import { hostScript } from '../../../lib/stack/documents.ts';

const documents = HOST_FAULTS.flatMap(({ script }) =>
  documentsOf(script).map((document) => ({ document, content: documentContent(document, hostScript(document)) })),
);
/** Each pattern once, with the first parameter that has it: faults share most of theirs. */
const patterns = [
  ...new Map(
    documents
      .flatMap(({ document: { name, parameters } }) =>
        Object.entries(parameters).map(([parameter, { allowedPattern }]) => [name, parameter, allowedPattern] as const),
      )
      .map((one) => [one[2], one] as const),
  ).values(),
];
const aDocument = { name: 'trial', description: 'A trial', parameters: {} };

describe.each(documents)('the document $document.name', ({ content }) => {
  it('fits into SSM, with room for the parameters of a command', () => {
    expect(Buffer.byteLength(JSON.stringify(content))).toBeLessThan(DOCUMENT_LIMIT_BYTES - 4096);
  });

  it('hands every parameter on as data: none stands in the text, each is a string with a whole pattern', () => {
    expect(JSON.stringify(content.mainSteps)).not.toContain('{{');
    for (const parameter of Object.values(content.parameters)) {
      expect(parameter).toMatchObject({ type: 'String', interpolationType: 'ENV_VAR' });
    }
  });

  it('is a command for Linux with a limit of its own', () => {
    expect(content.schemaVersion).toBe('2.2');
    expect(content.mainSteps).toMatchObject([
      {
        action: 'aws:runShellScript',
        precondition: { StringEquals: ['platformType', 'Linux'] },
        inputs: { timeoutSeconds: '60' },
      },
    ]);
  });
});

describe('a hostile parameter', () => {
  const hostile = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 400 }),
    fc.constantFrom(
      "'",
      '"',
      '`id`',
      '$(id)',
      '$IFS',
      ';reboot',
      '|sh',
      '&',
      '\n',
      'a\nb',
      '>x',
      '\\',
      '{{ action }}',
      '--help x',
      '../x',
    ),
    fc.stringMatching(/^[A-Za-z0-9;&|$(){}'"` \n.-]{1,40}$/),
  );
  // What any pattern lets through: words with one blank between. None of these letters means anything to a shell within quotes, in which
  // every parameter stands, and the star stands alone.
  const harmless = /^(\*|[A-Za-z0-9_.:/=@,+-]*( [A-Za-z0-9_.:/=@,+-]+)*)$/;

  it.each(patterns)('is refused by %s for "%s"', (_, __, pattern) => {
    const allowed = new RegExp(pattern);
    fc.assert(
      fc.property(hostile, (value) => !allowed.test(value) || harmless.test(value)),
      { numRuns: 500 },
    );
  });
});

describe('making a document', () => {
  it('refuses a pattern that is open at an end', () => {
    for (const allowedPattern of ['[a-z]+', '^[a-z]+', '[a-z]+$', '']) {
      const parameters = { container: { description: 'a name', allowedPattern } };
      expect(() => documentContent({ ...aDocument, parameters }, 'true\n')).toThrow(
        /trial: the pattern of "container".*\^.*\$/,
      );
    }
  });

  it('refuses a script in which SSM would see a parameter, and names the line', () => {
    expect(() => documentContent(aDocument, "true\ndocker inspect -f '{{.Id}}'\n")).toThrow(
      'line 2 of the script holds "{{"',
    );
  });

  it('refuses a script that is too large, and one that would end itself', () => {
    expect(() => documentContent(aDocument, '# long\n'.repeat(10_000))).toThrow(/has \d+ bytes; SSM takes 65536/);
    expect(() => documentContent(aDocument, 'true\nEND_OF_CAPUCHIN_SCRIPT\nreboot\n')).toThrow('which ends it');
  });
});

it('a new version of the script runs from a file of its own, and the same one from the same', () => {
  const fileOf = (script: string) =>
    /\.scripts\/\w+\.sh/.exec(documentContent(aDocument, script).mainSteps[0].inputs.runCommand.join('\n'))?.[0];
  expect(fileOf('echo 1\n')).toMatch(/[0-9a-f]{16}/);
  expect(fileOf('echo 1\n')).toBe(fileOf('echo 1\n'));
  expect(fileOf('echo 1\n')).not.toBe(fileOf('echo 2\n'));
});

// Debian's package; where it is missing, the check is left out.
const SHELLCHECK = 'shellcheck';
const hasShellcheck = spawnSync(SHELLCHECK, ['--version']).status === 0;
it.runIf(hasShellcheck).each(HOST_FAULTS)('the script of $name has no findings in shellcheck', ({ script }) => {
  const files = filesOf(script);
  const { stdout } = spawnSync(SHELLCHECK, ['--shell=sh', '-'], { input: hostScript({ files }), encoding: 'utf8' });
  expect(stdout).toBe('');
  for (const file of [...files, ...UNDO_DOCUMENT.files]) {
    const text = readFileSync(new URL(`../../../lib/faults/hosts/${file}`, import.meta.url), 'utf8');
    expect(spawnSync(SHELLCHECK, ['--shell=sh', '-'], { input: text, encoding: 'utf8' }).stdout, file).toBe('');
  }
});
