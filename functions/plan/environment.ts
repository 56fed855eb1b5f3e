import * as z from 'zod';
import { commonEnvironment } from '../environment.ts';

export const environmentSchema = commonEnvironment.extend({
  /** Alias of the experiment function, the schedules' target. */
  EXPERIMENT_FUNCTION: z.string().min(1),
  SCHEDULE_GROUP: z.string().min(1),
  /** Role that the scheduler takes to invoke it. */
  SCHEDULE_ROLE: z.string().min(1),
});
