import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { guardsPage } from '../lib/core/guards-page.ts';

/** Writes the pages of docs/ that are generated. Tests compare them with what this would write. */
writeFileSync(path.join(import.meta.dirname, '..', 'docs', 'guards.md'), guardsPage());
