import { randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { RehearsalFacts } from '../result.ts';
import { renderReport } from './page.ts';

/** Where a report was written. */
export interface WrittenReport {
  readonly html: string;
  readonly json: string;
}

// A reader never sees half a file: it is written beside its place under another name, and then takes the place at once.
async function writeWhole(path: string, content: string): Promise<void> {
  const temporary = `${path}.${randomUUID()}.part`;
  try {
    const file = await open(temporary, 'wx');
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw new Error(`The report could not be written to ${path}; check that the folder exists and can be written.`, {
      cause: error,
    });
  }
}

/**
 * Writes `report.html` and `report.json` (the facts as they are) into a folder, which is made where it is missing.
 * Reports already there are replaced. Throws with the path when that is not possible, and leaves no half file behind.
 */
export async function writeReport(facts: RehearsalFacts, directory: string): Promise<WrittenReport> {
  const written = { html: join(directory, 'report.html'), json: join(directory, 'report.json') };
  try {
    await mkdir(directory, { recursive: true });
  } catch (error) {
    throw new Error(`The folder ${directory} for the report could not be made; name one that can be.`, {
      cause: error,
    });
  }
  await writeWhole(written.json, `${JSON.stringify(facts, null, 2)}\n`);
  await writeWhole(written.html, renderReport(facts));
  return written;
}
