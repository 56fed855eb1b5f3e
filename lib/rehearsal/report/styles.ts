import { DARK, LIGHT, variables } from './palette.ts';

const TEXT = `
:root { color-scheme: light dark; ${variables(LIGHT)} --left: 40px; --right: 72px; }
@media screen and (prefers-color-scheme: dark) { :root { ${variables(DARK)} } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; overflow-wrap: break-word; }
main { max-width: 70rem; margin: 0 auto; padding: 16px 12px 48px; }
h1 { margin: 0 0 .25em; font-size: 1.7em; line-height: 1.2; }
h2 { margin: 2.2em 0 .6em; font-size: 1.25em; line-height: 1.25; }
h3 { margin: 2em 0 .4em; padding-top: 1em; border-top: 1px solid var(--line); font-size: 1.08em; }
h2 + section h3 { margin-top: 0; padding-top: 0; border: 0; }
p { margin: .4em 0; max-width: 46rem; }
.summary { font-size: 1.08em; }
.quiet, caption, figcaption { color: var(--quiet); }
a { color: var(--blue); }
a:focus-visible, .stack:focus-visible { outline: 2px solid var(--blue); outline-offset: 3px; }
code { font: .9em ui-monospace, monospace; overflow-wrap: anywhere; }
pre { margin: .6em 0; padding: .6em .8em; background: var(--panel); white-space: pre-wrap; }
.findings { color: var(--red); }
.verdict { font-weight: 600; white-space: nowrap; }
.held { color: var(--green); }
.broken { color: var(--red); }
.aborted, .inconclusive { color: var(--amber); }
.refused, .leashed, .untouched, .not-drawn, .host-lost { color: var(--quiet); }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
`;

const TABLES = `
.sheet { overflow-x: auto; }
table { width: 100%; margin: .6em 0; border-collapse: collapse; font-size: .93em; }
caption { padding-bottom: .4em; text-align: left; font-size: .95em; }
th, td { padding: .35em .7em .35em 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
th:last-child, td:last-child { padding-right: 0; }
thead th { color: var(--quiet); font-weight: 600; vertical-align: bottom; }
tbody th { font-weight: 600; }
.number, time { font-variant-numeric: tabular-nums; }
.number { padding-right: 1.2em; text-align: right; white-space: nowrap; }
thead .number { white-space: normal; }
table.table { max-width: 36rem; }
.whole { white-space: nowrap; }
@media screen and (max-width: 639.98px) {
  .cards thead, .lines thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .cards, .cards caption, .cards tbody, .cards tr, .cards th, .cards td { display: block; width: auto; }
  .whole { white-space: normal; }
  .cards .none { display: none !important; }
  .cards tr { padding: .5em 0; border-bottom: 1px solid var(--line); }
  .cards tbody th, .cards td { display: flex; gap: .8em; padding: .1em 0; border: 0; text-align: left; white-space: normal; }
  .cards tbody th::before, .cards td::before { content: attr(data-label); flex: 0 0 8.2em; color: var(--quiet); font-weight: normal; overflow-wrap: normal; }
  .cards tbody th, .cards td, .lines td { overflow-wrap: anywhere; }
  .lines, .lines caption, .lines tbody { display: block; }
  .lines tr { display: flex; flex-wrap: wrap; gap: 0 .9em; padding: .5em 0; border-bottom: 1px solid var(--line); }
  .lines tbody th, .lines td { padding: 0; border: 0; }
  .lines .long { flex: 1 0 100%; }
}
`;

const PLOTS = `
.stack { position: relative; }
figure { margin: 0 0 10px; }
.plot figcaption { margin: 0 0 3px var(--left); font-size: 12px; line-height: 1.5; }
.timeline figcaption { display: flex; flex-wrap: wrap; gap: 0 1em; margin: 0; }
.area { display: block; width: calc(100% - var(--left) - var(--right)); margin-left: var(--left); overflow: visible; }
.area.timed { margin-bottom: 26px; }
.timeline .area { width: calc(100% - 34px); margin-left: 12px; }
.area text { fill: var(--quiet); font: 11px system-ui, sans-serif; font-variant-numeric: tabular-nums; }
.area .name, .area text.moment { fill: var(--ink); }
.timeline .area text, .moments text { stroke: var(--paper); stroke-width: 4px; paint-order: stroke; }
.timeline .area text { font-size: 12px; }
.timeline .area .grid text { font-size: 11px; }
.area .name { font-weight: 600; }
.grid line { stroke: var(--line); }
.shade { fill: var(--shade); }
.curve { fill: none; stroke-width: 1.6; stroke-linejoin: round; stroke-linecap: round; vector-effect: non-scaling-stroke; }
.requests, .p99, .running { stroke: var(--blue); }
.p50 { stroke: var(--blue); stroke-dasharray: 3 4; }
.limit { stroke: var(--amber); stroke-dasharray: 8 5; }
.healthy { stroke: var(--green); stroke-dasharray: 4 4; }
.healthy-area { fill: var(--green); fill-opacity: .14; stroke: none; }
.desired { stroke: var(--quiet); stroke-width: 2; stroke-dasharray: .1 5; }
.failed { fill: var(--red); stroke: var(--red); stroke-width: 1; stroke-linejoin: miter; }
.mark { stroke-width: 1.2; }
.mark.injected, .symbol.injected { stroke: var(--red); }
.mark.took-effect, .symbol.took-effect { stroke: var(--amber); stroke-dasharray: 5 3; }
.mark.undone, .symbol.undone { stroke: var(--ink); stroke-dasharray: 1 3; }
.mark.recovered, .symbol.recovered { stroke: var(--green); stroke-dasharray: 8 3 2 3; }
.mark.ended, .symbol.ended { stroke: var(--quiet); stroke-dasharray: 2 3; }
.symbol { stroke-dasharray: none !important; }
.symbol.injected { fill: var(--red); }
.symbol.took-effect { fill: var(--amber); }
.symbol.recovered { fill: var(--green); }
.symbol.ended { fill: var(--quiet); }
.symbol.planned, .symbol.refused { stroke: var(--ink); stroke-width: 1.6; }
.symbol.hollow { fill: none; }
.key { display: inline-flex; gap: .3em; align-items: center; white-space: nowrap; }
.bar { fill: var(--line); }
.cursor { position: absolute; top: 0; bottom: 22px; width: 1px; background: var(--ink); pointer-events: none; }
.readout { min-height: 1.5em; font-size: 12px; font-variant-numeric: tabular-nums; }
@media screen and (max-width: 639.98px) { .area .wide { display: none; } }
@media (min-width: 640px) { main { padding: 28px 24px 64px; } }
`;

const PRINT = `
@media print {
  :root { color-scheme: light; }
  body { font-size: 10pt; }
  main { max-width: none; padding: 0; }
  .readout, .cursor { display: none; }
  .stack, figure, tr, pre { break-inside: avoid; }
  h2, h3, caption { break-after: avoid; }
  .shade, .bar { print-color-adjust: exact; }
}
`;

/** The page's style sheet: system fonts, light and dark by the reader's preference, narrow below 640 px. */
export const STYLES = `${TEXT}${TABLES}${PLOTS}${PRINT}`;
