import ICAL from 'ical.js';
import * as z from 'zod';
import { CalendarProblem, quoted } from './calendar-problem.ts';
import { checkContentLines } from './content-lines.ts';

/** A property as jCal has it (RFC 7265, 3.4): name, parameters, type of value, values. */
const propertySchema = z
  .tuple([z.string(), z.record(z.string(), z.unknown()), z.string()], z.unknown())
  .transform(([name, parameters, type, ...values]) => ({ name, parameters, type, values }));
export type IcalProperty = z.output<typeof propertySchema>;

const componentSchema = z
  .tuple([z.string(), z.array(propertySchema), z.array(z.unknown())])
  .transform(([name, properties, components]) => ({ name, properties, components }));

/** A component as jCal has it (RFC 7265, 3.3), names in small letters. */
export type IcalComponent = z.output<typeof componentSchema>;

/** The calendars of a file. Whatever is no iCalendar, or a damaged one, is thrown as a `CalendarProblem`. */
export function readCalendars(text: string): IcalComponent[] {
  const body = text.replace(/^\uFEFF/, '');
  if (body.trim() === '') throw new CalendarProblem('the file is empty; export the calendar again as iCalendar (.ics)');
  if (!/^\s*BEGIN:VCALENDAR\s*$/im.test(body)) {
    throw new CalendarProblem('this is no iCalendar, nowhere does it say BEGIN:VCALENDAR; export the calendar as .ics');
  }
  checkContentLines(body);
  const parsed = parseJcal(body);
  const roots = typeof parsed[0] === 'string' ? [parsed] : parsed;
  return roots.map((root) => {
    const component = componentSchema.safeParse(root);
    if (component.success && component.data.name === 'vcalendar') return component.data;
    throw new CalendarProblem('there is something beside BEGIN:VCALENDAR … END:VCALENDAR; export the calendar again');
  });
}

function parseJcal(text: string): unknown[] {
  try {
    return z.array(z.unknown()).parse(ICAL.parse(text));
  } catch (error) {
    // It throws whatever its own code runs into, so no class of errors tells the file's fault from another.
    const reason = error instanceof Error ? error.message : String(error);
    throw new CalendarProblem(
      `this cannot be read as iCalendar: ${quoted(reason).slice(1, -1)}; is the file damaged?`,
      {
        cause: error,
      },
    );
  }
}

/** The components of a name directly within another. */
export function componentsOf(parent: IcalComponent, name: string): IcalComponent[] {
  return parent.components
    .map((component) => componentSchema.parse(component))
    .filter((component) => component.name === name);
}

export const propertiesOf = (component: IcalComponent, name: string): IcalProperty[] =>
  component.properties.filter((property) => property.name === name);

/** The property of a name, if there is one. Two of a kind that may come once are a problem: either could be meant. */
export function propertyOf(component: IcalComponent, name: string): IcalProperty | undefined {
  const [property, another] = propertiesOf(component, name);
  if (another === undefined) return property;
  throw new CalendarProblem(`it has two ${name.toUpperCase()} lines; leave one`);
}

/** The text of a property, on one line; undefined when there is none or nothing in it. */
export function textOf(component: IcalComponent, name: string): string | undefined {
  const value = propertiesOf(component, name)[0]?.values[0];
  const line = typeof value === 'string' ? value.replace(/[\s\p{Cc}]+/gu, ' ').trim() : '';
  return line === '' ? undefined : line;
}
