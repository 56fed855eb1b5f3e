import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { eventsPage, recordSchemaText, SCHEMA_FILE } from '../lib/audit/events-page.ts';
import { guardsPage } from '../lib/core/guards-page.ts';
import { FAULTS } from '../lib/faults/catalogue.ts';
import { factsOf } from '../lib/faults/page/fault-facts.ts';
import { faultsPage } from '../lib/faults/page/faults-page.ts';

/** Writes the pages of docs/ that are generated. Tests compare them with what this would write. */
const write = (page: string, text: string): void => {
  const file = path.join(import.meta.dirname, '..', 'docs', page);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
};
write('guards.md', guardsPage());
write('events.md', eventsPage());
write('faults.md', faultsPage([...FAULTS.values()].map(factsOf)));
write(SCHEMA_FILE, recordSchemaText());
