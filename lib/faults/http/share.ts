import { forwardTo, groupsOf, type RuleAction, sameActions, type WeightedGroup, withGroups } from './listener-rule.ts';

/** Range of a weight, and how many target groups a forward action takes (ELB's API reference and quotas). */
const HEAVIEST = 999;
const MOST_GROUPS = 5;
/** How far the share that whole weights give may be from the one that was asked for, in percent points. */
const TOLERANCE = 0.5;

/** What is to fail: a share of the requests to one group, by an empty one. */
export interface Share {
  readonly targetGroupArn: string;
  readonly emptyGroupArn: string;
  /** 1 to 100. */
  readonly percent: number;
}

/**
 * The actions with an empty target group that takes the given share of the requests to the service's group, and of no other's: every
 * other group keeps its share of the requests exactly. Stickiness stays on: the share is then one of clients, not of requests.
 */
export function withShare(
  actions: readonly RuleAction[],
  share: Share,
): { readonly actions: RuleAction[] } | { readonly because: string } {
  const [forward] = actions;
  if (forward?.Type !== 'forward' || actions.length > 1) return { because: 'it does something besides forwarding' };
  const former = groupsOf(forward);
  if (former.length >= MOST_GROUPS) return { because: `it forwards to ${former.length} target groups already` };
  const groups = shared(former, share);
  if (groups === undefined) {
    const weights = former.map(({ weight }) => weight).join(':');
    return { because: `its weights ${weights} leave no room for ${share.percent} percent` };
  }
  return { actions: [withGroups(forward, groups)] };
}

/**
 * The groups with the service's weight parted between it and the empty group, all of them multiplied so that whole weights come near
 * enough; undefined when none do.
 */
function shared(
  groups: readonly WeightedGroup[],
  { targetGroupArn, emptyGroupArn, percent }: Share,
): readonly WeightedGroup[] | undefined {
  const common = groups.map(({ weight }) => weight).reduce(divisor, 0);
  const least = groups.map(({ arn, weight }) => ({ arn, weight: weight / common }));
  const own = least.find(({ arn }) => arn === targetGroupArn)?.weight ?? 0;
  if (common === 0 || own === 0) return undefined;
  const most = Math.floor(HEAVIEST / Math.max(...least.map(({ weight }) => weight)));
  const ways = Array.from({ length: most }, (_, index) => {
    const times = index + 1;
    const empty = Math.round((times * own * percent) / 100);
    return { times, empty, off: Math.abs((100 * empty) / (times * own) - percent) };
  });
  const best = ways.reduce((one, other) => (other.off < one.off - 1e-9 ? other : one));
  if (best.off > TOLERANCE || best.empty === 0) return undefined;
  const parted = least.map(({ arn, weight }) => ({
    arn,
    weight: weight * best.times - (arn === targetGroupArn ? best.empty : 0),
  }));
  return [...parted, { arn: emptyGroupArn, weight: best.empty }];
}

function divisor(a: number, b: number): number {
  return b === 0 ? a : divisor(b, a % b);
}

/** What taking our target group out of a rule comes to. */
export interface Restored {
  readonly actions: readonly RuleAction[];
  /** Whether they are the former ones exactly. */
  readonly isExact: boolean;
}

/**
 * A rule's actions without our target group. When the rule is as we left it, they are exactly the former ones. When somebody else has
 * changed it since, only our group is taken out, its weight goes back to the service's group, and whatever they changed stays.
 *
 * @param former what stood there before the act; undefined for a rule that was not ours to change.
 * @returns undefined for a rule that does not forward to our group.
 */
export function withoutShare(
  current: readonly RuleAction[],
  former: readonly RuleAction[] | undefined,
  share: Share,
): Restored | undefined {
  const { emptyGroupArn } = share;
  if (!forwardTo(current, emptyGroupArn)) return undefined;
  const applied = former === undefined ? undefined : withShare(former, share);
  const ours = applied !== undefined && 'actions' in applied ? applied.actions : [];
  if (former !== undefined && sameActions(current, ours)) return { actions: former, isExact: true };
  const before = (former ?? []).flatMap(groupsOf);
  const expected = givenBack(ours.flatMap(groupsOf), share);
  const actions = current.flatMap((action): readonly RuleAction[] => {
    if (!forwardTo([action], emptyGroupArn)) return [action];
    const left = givenBack(groupsOf(action), share);
    // Nothing but our group is left: whatever was meant, the rule needs somewhere to send its requests.
    if (left.length === 0) return (former ?? []).filter(({ Type }) => Type === 'forward');
    const isOurs = left.length === expected.length && left.every((group) => weightIn(expected, group) === group.weight);
    const groups = isOurs ? left.map((group) => ({ ...group, weight: weightIn(before, group) ?? group.weight })) : left;
    return [withGroups(action, groups)];
  });
  return actions.length === 0 ? undefined : { actions, isExact: false };
}

/** The groups without ours, whose weight goes to the service's. */
function givenBack(
  groups: readonly WeightedGroup[],
  { targetGroupArn, emptyGroupArn }: Share,
): readonly WeightedGroup[] {
  const ours = groups.find(({ arn }) => arn === emptyGroupArn)?.weight ?? 0;
  return groups
    .filter(({ arn }) => arn !== emptyGroupArn)
    .map(({ arn, weight }) => ({ arn, weight: arn === targetGroupArn ? Math.min(HEAVIEST, weight + ours) : weight }));
}

function weightIn(groups: readonly WeightedGroup[], { arn }: WeightedGroup): number | undefined {
  return groups.find((group) => group.arn === arn)?.weight;
}
