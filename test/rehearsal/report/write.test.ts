import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { renderReport } from '../../../lib/rehearsal/report/page.ts';
import { writeReport } from '../../../lib/rehearsal/report/write.ts';
import { exampleFacts } from './example-facts.ts';

describe('writing the report', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'capuchin-report-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('writes the page and the facts into a new folder, and nothing else', async () => {
    const directory = join(folder, 'a', 'b');
    const written = await writeReport(exampleFacts(), directory);
    expect(written).toEqual({ html: join(directory, 'report.html'), json: join(directory, 'report.json') });
    expect(await readFile(written.html, 'utf8')).toBe(renderReport(exampleFacts()));
    expect(JSON.parse(await readFile(written.json, 'utf8'))).toEqual(exampleFacts());
    expect((await readdir(directory)).toSorted()).toEqual(['report.html', 'report.json']);
  });

  it('replaces an earlier report', async () => {
    await writeFile(join(folder, 'report.html'), 'earlier');
    const { html } = await writeReport(exampleFacts(), folder);
    expect(await readFile(html, 'utf8')).toContain('Rehearsal report');
  });

  it('says which path cannot be written, and leaves no half file', async () => {
    await writeFile(join(folder, 'file'), '');
    await expect(writeReport(exampleFacts(), join(folder, 'file'))).rejects.toThrow(join(folder, 'file'));
    // A folder in the page's place: the page cannot take it.
    await mkdir(join(folder, 'report.html', 'inside'), { recursive: true });
    await expect(writeReport(exampleFacts(), folder)).rejects.toThrow(join(folder, 'report.html'));
    expect((await readdir(folder)).filter((name) => name.endsWith('.part'))).toEqual([]);
  });
});
