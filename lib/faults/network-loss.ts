import { hostFault } from './hosts/host-fault.ts';
import { choice, percent } from './hosts/parameters.ts';
import { correlation, firstWrong, SHAPING, SHAPING_FILTERS } from './hosts/shaping.ts';

type Model = 'random' | 'gilbert-elliott' | 'markov';

/** Of each model, its parameters with their defaults. A value other than that is one that somebody has written. */
const OF_MODEL = {
  random: { percent: 10, correlationPercent: 0 },
  'gilbert-elliott': { toBad: 1, toGood: 10, lossInBad: 100, lossInGood: 0 },
  markov: { p13: 1, p31: 10, p32: 20, p23: 30, p14: 0.1 },
} as const satisfies Readonly<Record<Model, Readonly<Record<string, number>>>>;

type Chances = Readonly<Record<{ [Name in Model]: keyof (typeof OF_MODEL)[Name] }[Model], number> & { model: Model }>;

/** A parameter of another model than the one that is asked for would do nothing. */
function oneModel(parameters: Chances): string | undefined {
  for (const [model, chances] of Object.entries(OF_MODEL)) {
    for (const [name, otherwise] of Object.entries(chances)) {
      if (model !== parameters.model && parameters[name as keyof Chances] !== otherwise) {
        return `${name} is of the model ${model}, and this is ${parameters.model}`;
      }
    }
  }
  return undefined;
}

/** From one state, all ways out together happen at most always. */
function sums({
  model,
  percent: share,
  toBad,
  lossInGood,
  lossInBad,
  p13,
  p14,
  p31,
  p32,
}: Chances): string | undefined {
  if (model === 'random' && share === 0) return 'a loss of 0 % is no fault';
  if (model === 'gilbert-elliott' && lossInGood === 0 && (toBad === 0 || lossInBad === 0))
    return 'nothing would be lost';
  if (model !== 'markov') return undefined;
  if (p13 === 0 && p14 === 0) return 'nothing would be lost';
  if (p13 + p14 > 100) return 'p13 and p14 are more than 100 % together';
  return p31 + p32 > 100 ? 'p31 and p32 are more than 100 % together' : undefined;
}

export const networkLoss = hostFault({
  ...SHAPING,
  name: 'network-loss',
  summary:
    'Lets packets vanish: each by chance, or in bursts by the model of Gilbert and Elliott or a Markov chain of four states.',
  parameters: {
    model: choice('how losses follow each other', ['random', 'gilbert-elliott', 'markov'], 'random'),
    percent: percent('random: share of packets that vanish', OF_MODEL.random.percent),
    correlationPercent: correlation(),
    toBad: percent('gilbert-elliott: chance before each packet to turn bad (p)', OF_MODEL['gilbert-elliott'].toBad),
    toGood: percent(
      'gilbert-elliott: chance before each packet to turn good again (r)',
      OF_MODEL['gilbert-elliott'].toGood,
    ),
    lossInBad: percent('gilbert-elliott: share that vanishes while bad (1-h)', OF_MODEL['gilbert-elliott'].lossInBad),
    lossInGood: percent(
      'gilbert-elliott: share that vanishes while good (1-k)',
      OF_MODEL['gilbert-elliott'].lossInGood,
    ),
    p13: percent('markov: chance to go from good to a burst of losses', OF_MODEL.markov.p13),
    p31: percent('markov: chance to go from a burst of losses to good', OF_MODEL.markov.p31),
    p32: percent('markov: chance to go from a burst of losses to good packets within it', OF_MODEL.markov.p32),
    p23: percent('markov: chance to go from good packets within a burst to its losses', OF_MODEL.markov.p23),
    p14: percent('markov: chance of a lone loss while good', OF_MODEL.markov.p14),
    ...SHAPING_FILTERS,
  },
  contradiction: firstWrong(
    (given) => oneModel(given),
    (given) => sums(given),
  ),
});
