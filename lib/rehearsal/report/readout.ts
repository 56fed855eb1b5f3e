/**
 * The page's script: says the values of the second under the pointer, or under the arrow keys.
 * The page is complete without it. It only reads the attributes `data-kind`, `data-from`, `data-to` and `data-readings` of
 * each stack and only writes text, never markup.
 */
export const READOUT_SCRIPT = `
'use strict';
const ms = (value) => value === null ? 'none' : (value >= 100 ? Math.round(value) : Number(value.toPrecision(3))) + ' ms';
const tell = {
  service: ([requests, failed, p50, p99, running, healthy]) => requests + ' requests, ' + failed + ' failed; p50 ' + ms(p50) +
    ', p99 ' + ms(p99) + '; ' + running + ' running, ' + healthy + ' healthy',
  hosts: ([inService, connected, tasks]) => inService + ' in service, ' + connected + ' connected; ' + tasks +
    ' running tasks on them',
};
for (const stack of document.querySelectorAll('.stack')) {
  const readings = JSON.parse(stack.dataset.readings);
  const from = Number(stack.dataset.from);
  const to = Number(stack.dataset.to);
  const readout = stack.querySelector('.readout');
  const plots = [...stack.querySelectorAll('.plot .area')];
  const area = plots[plots.length - 1];
  if (readings.length === 0 || !area) continue;
  const cursor = document.createElement('div');
  cursor.className = 'cursor';
  cursor.hidden = true;
  stack.append(cursor);
  stack.tabIndex = 0;
  stack.setAttribute('role', 'group');
  stack.setAttribute('aria-label', 'Values by the second; left and right arrow keys move');
  readout.hidden = false;
  readout.setAttribute('aria-live', 'polite');
  const hint = 'Point at the plots, or use the arrow keys, to read a second.';
  readout.textContent = hint;
  let current = -1;
  const show = (index) => {
    current = Math.min(readings.length - 1, Math.max(0, index));
    const [at, ...values] = readings[current];
    const box = area.getBoundingClientRect();
    const share = (at + 0.5 - from) / (to - from);
    cursor.style.left = box.left - stack.getBoundingClientRect().left + share * box.width + 'px';
    cursor.hidden = false;
    readout.textContent = at.toFixed(1) + ' s: ' + tell[stack.dataset.kind](values);
  };
  const nearest = (seconds) => readings.reduce((best, reading, index) =>
    Math.abs(reading[0] + 0.5 - seconds) < Math.abs(readings[best][0] + 0.5 - seconds) ? index : best, 0);
  stack.addEventListener('pointermove', (event) => {
    const box = area.getBoundingClientRect();
    show(nearest(from + ((event.clientX - box.left) / box.width) * (to - from)));
  });
  const leave = () => {
    cursor.hidden = true;
    readout.textContent = hint;
  };
  stack.addEventListener('pointerleave', leave);
  stack.addEventListener('blur', leave);
  stack.addEventListener('keydown', (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    show(current + step);
  });
}
`;
