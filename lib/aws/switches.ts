import { GetParametersCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import * as z from 'zod';
import { messageOf } from '../core/error-words.ts';
import type { LeverState } from '../core/guards/guard.ts';
import type { Known } from '../core/refusal.ts';
import { CLIENT_OPTIONS } from './client-options.ts';

const switchSchema = z.strictObject({ on: z.boolean(), reason: z.string(), actor: z.string(), at: z.string() });
type Switch = z.output<typeof switchSchema>;

/** Where the two switches are kept. */
export interface SwitchNames {
  readonly lever: string;
  readonly leash: string;
}

/** Lever and leash as they are now; what cannot be read or parsed is not known. */
export interface Switches {
  readonly lever: Known<LeverState>;
  readonly leashed: Known<boolean>;
}

/** The lever and the leash: parameters that are read at run time, so that they change without a deployment. */
export class SwitchBoard {
  readonly #client = new SSMClient(CLIENT_OPTIONS);
  readonly #names: SwitchNames;

  constructor(names: SwitchNames) {
    this.#names = names;
  }

  /** Both in one call. Never throws: a switch that cannot be read is an answer that guards understand. */
  async read(): Promise<Switches> {
    try {
      const { Parameters = [] } = await this.#client.send(
        new GetParametersCommand({ Names: [this.#names.lever, this.#names.leash] }),
      );
      const one = (name: string): Known<Switch> => parse(name, Parameters.find(({ Name }) => Name === name)?.Value);
      const lever = one(this.#names.lever);
      const leash = one(this.#names.leash);
      return {
        lever: lever.known ? { known: true, value: { ...lever.value, engaged: lever.value.on } } : lever,
        leashed: leash.known ? { known: true, value: leash.value.on } : leash,
      };
    } catch (error) {
      const because = `the switches could not be read: ${messageOf(error)}`;
      return { lever: { known: false, because }, leashed: { known: false, because } };
    }
  }

  async set(
    which: keyof SwitchNames,
    on: boolean,
    by: { readonly reason: string; readonly actor: string; readonly at: string },
  ): Promise<void> {
    const Value = switchText(on, by);
    await this.#client.send(
      new PutParameterCommand({ Name: this.#names[which], Value, Type: 'String', Overwrite: true }),
    );
  }
}

/** A switch as its parameter holds it. */
export function switchText(on: boolean, { reason, actor, at }: { reason: string; actor: string; at: string }): string {
  return JSON.stringify({ on, reason, actor, at } satisfies Switch);
}

function parse(name: string, text: string | undefined): Known<Switch> {
  if (text === undefined) return { known: false, because: `the parameter ${name} does not exist` };
  try {
    return { known: true, value: switchSchema.parse(JSON.parse(text)) };
  } catch {
    return { known: false, because: `the parameter ${name} does not hold a switch: ${text.slice(0, 80)}` };
  }
}
