import { draw } from '../core/draw.ts';
import type { RecordedDraw } from './facts.ts';

/** Whether a draw, made again, comes to the same. */
export function again(seed: string, { label, of, picked }: RecordedDraw): boolean {
  return draw(seed, label, of).picked === picked;
}
