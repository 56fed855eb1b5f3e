import type { ExplainedChoice } from './explain.ts';
import type { StartFactsRead } from './facts.ts';
import { again } from './redraw.ts';

/** Why these targets, when it was a zone that was chosen: the draw of the zone, made again, and everything eligible that was there. */
export function explainZone(
  { seed, candidates, ineligible, positions, targets, draws }: StartFactsRead,
  { name = '', asked, among }: NonNullable<StartFactsRead['zone']>,
  kind: string,
): ExplainedChoice {
  const hit = targets.map(({ resource }) => resource);
  const here = among.find((zone) => zone.name === name)?.positions ?? [];
  const [drawn] = draws;
  const isSameZone =
    drawn === undefined
      ? name === asked
      : again(seed, drawn) && drawn.of === among.length && among[drawn.picked]?.name === name;
  const isSame =
    isSameZone &&
    JSON.stringify(here) === JSON.stringify(positions) &&
    positions.length === hit.length &&
    positions.every((position, index) => candidates[position] === hit[index]);
  const how =
    drawn === undefined
      ? 'was asked for'
      : `was drawn: number ${drawn.picked + 1} of ${among.length} zones that hold eligible targets, by name`;
  const verb = kind === 'leashed' ? 'would have been hit' : 'were hit';
  return {
    question: 'why these targets',
    answer: `${name} ${how}; the ${hit.length} eligible there ${verb}: ${hit.join(', ')}`,
    others: [
      ...among
        .filter((zone) => zone.name !== name)
        .map(
          (zone) =>
            `${zone.name}, with ${zone.positions.length} eligible, was not ${drawn === undefined ? 'asked for' : 'drawn'}`,
        ),
      ...ineligible.map(({ target, because }) => `${target}: not eligible, ${because}`),
    ],
    labels: draws.map(({ label }) => label),
    replays: drawn === undefined ? null : isSame,
  };
}
