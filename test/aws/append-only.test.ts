import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';

const AUDIT_TABLE = path.join(import.meta.dirname, '..', '..', 'lib', 'aws', 'audit-table.ts');

/** Every name that a file imports from the SDK, types apart. */
function sdkImports(file: string): string[] {
  const imports = readFileSync(file, 'utf8').matchAll(/import (?!type)\{([^}]*)\} from '@aws-sdk\/[^']+'/g);
  return [...imports]
    .flatMap(([, names = '']) => names.split(',').map((name) => name.trim()))
    .filter((name) => name !== '' && !name.startsWith('type '));
}

it('the adapter of the audit table knows no way to change or delete a record: it puts, gets and queries', () => {
  const imported = sdkImports(AUDIT_TABLE);
  expect(imported.filter((name) => name.endsWith('Command')).sort((a, b) => (a < b ? -1 : 1))).toEqual([
    'GetCommand',
    'PutCommand',
    'QueryCommand',
  ]);
  expect(imported.filter((name) => !name.endsWith('Command'))).toEqual(['DynamoDBClient', 'DynamoDBDocumentClient']);
  // The other door: the old client's methods, and a namespace with everything in it.
  const text = readFileSync(AUDIT_TABLE, 'utf8');
  expect(text).not.toMatch(/import \* as \w+ from '@aws-sdk|\bimport\(/);
});

it('each put of a record is on the condition that nothing stands there', () => {
  const text = readFileSync(AUDIT_TABLE, 'utf8');
  const puts = [...text.matchAll(/new PutCommand\(\{[\s\S]*?\}\),\n/g)].map(([put]) => put);
  expect(puts).toHaveLength(text.split('new PutCommand(').length - 1);
  expect(puts).not.toEqual([]);
  for (const put of puts) expect(put).toContain("ConditionExpression: 'attribute_not_exists(chain)'");
});
