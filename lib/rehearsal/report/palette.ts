/** A colour for each role on the page. Text roles keep a contrast of 4.5:1 or more to `paper` and `panel`, see the test. */
export interface Palette {
  readonly paper: string;
  readonly panel: string;
  readonly ink: string;
  readonly quiet: string;
  readonly blue: string;
  readonly red: string;
  readonly green: string;
  readonly amber: string;
  /** Lines of tables and grids; never text. */
  readonly line: string;
  /** The span of an experiment behind its plots; never text. */
  readonly shade: string;
}

export const LIGHT: Palette = {
  paper: '#ffffff',
  panel: '#f5f6f7',
  ink: '#1d2328',
  quiet: '#57606a',
  blue: '#1a5fb4',
  red: '#b3261e',
  green: '#1a6b3c',
  amber: '#7a5200',
  line: '#dde1e5',
  shade: '#f0f2f4',
};

export const DARK: Palette = {
  paper: '#15181b',
  panel: '#1e2226',
  ink: '#e4e7ea',
  quiet: '#a3acb5',
  blue: '#7ab3f5',
  red: '#ff938a',
  green: '#6fd095',
  amber: '#e5b567',
  line: '#333a41',
  shade: '#21262b',
};

/** A palette as the style sheet's variables. */
export function variables(palette: Palette): string {
  return Object.entries(palette)
    .map(([role, colour]) => `--${role}: ${colour};`)
    .join(' ');
}
