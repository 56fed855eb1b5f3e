import * as z from 'zod';

/** The parts of records that explaining reads; other facts may stand beside them. */

const drawSchema = z.object({
  label: z.string(),
  of: z
    .int()
    .min(1)
    .max(2 ** 32),
  picked: z.int().min(0),
});

export type RecordedDraw = z.output<typeof drawSchema>;

const faultsSchema = z.array(z.object({ name: z.string(), weight: z.int().min(1) }));

export const plannedFactsSchema = z.object({
  plan: z.string(),
  seed: z.string(),
  fault: z.string(),
  at: z.string(),
  chance: z.number(),
  open: z.array(z.object({ from: z.string(), to: z.string() })),
  faults: faultsSchema,
  draws: z.array(drawSchema),
});
export type PlannedFacts = z.output<typeof plannedFactsSchema>;

export const requestedFactsSchema = z.object({
  fault: z.string().optional(),
  skip: z.array(z.string()).default([]),
  seed: z.string().optional(),
  faults: faultsSchema.default([]),
  draws: z.array(drawSchema).default([]),
  drawn: z.string().optional(),
});

export const startFactsSchema = z.object({
  seed: z.string(),
  candidates: z.array(z.string()),
  ineligible: z.array(z.object({ target: z.string(), because: z.string() })),
  positions: z.array(z.int().min(0)),
  targets: z.array(z.object({ resource: z.string() })),
  draws: z.array(drawSchema),
  zone: z
    .object({
      name: z.string().optional(),
      asked: z.string().optional(),
      among: z.array(z.object({ name: z.string(), positions: z.array(z.int().min(0)) })),
    })
    .optional(),
});
export type StartFactsRead = z.output<typeof startFactsSchema>;

/** A part of a plan's list. */
export const planPartSchema = z.object({
  part: z.int(),
  of: z.int(),
  groups: z.array(
    z.union([
      z.object({ group: z.string(), experiment: z.string(), at: z.string(), fault: z.string() }),
      z.object({ group: z.string(), because: z.string(), detail: z.string(), chance: z.number().optional() }),
    ]),
  ),
});

export const planDrawnSchema = z.object({
  seed: z.string(),
  date: z.string().optional(),
  zone: z.string().optional(),
  planned: z.int(),
  notPlanned: z.record(z.string(), z.int()),
  refused: z.int(),
  unread: z.array(z.object({ resource: z.string(), because: z.string() })),
  parts: z.int(),
});
