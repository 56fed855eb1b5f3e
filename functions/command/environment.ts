import * as z from 'zod';
import { commonEnvironment } from '../environment.ts';

export const environmentSchema = commonEnvironment.extend({
  /** Alias of the experiment function. */
  EXPERIMENT_FUNCTION: z.string().min(1),
  HALT_FUNCTION: z.string().min(1),
});
