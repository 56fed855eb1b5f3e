import type { Container } from './container-engine.ts';

type Rendered = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly message: string };

/** What `docker inspect` shows of a container, as far as a rehearsal has it. */
export function inspection(container: Container): Readonly<Record<string, unknown>> {
  const { id, name, image, labels, createdAt, startedAt, pid, status, exitCode } = container;
  return {
    Id: id,
    Created: createdAt.toISOString(),
    Name: `/${name}`,
    State: {
      Status: status,
      Running: status === 'running' || status === 'paused',
      Paused: status === 'paused',
      Restarting: false,
      Dead: false,
      Pid: pid,
      ExitCode: exitCode,
      StartedAt: startedAt.toISOString(),
    },
    Config: { Image: image, Labels: labels },
  };
}

/**
 * Renders a Go template as docker's `--format` does, as far as host scripts need it: plain text, fields such as
 * `{{.State.Paused}}`, and `{{index .Config.Labels "name"}}`.
 */
export function renderFormat(format: string, value: Readonly<Record<string, unknown>>): Rendered {
  let text = '';
  let message: string | null = null;
  let end = 0;
  for (const match of format.matchAll(/\{\{-?\s*(.*?)\s*-?\}\}/gs)) {
    const rendered = renderAction(match[1] ?? '', value);
    if (!rendered.ok) message ??= rendered.message;
    text += format.slice(end, match.index) + (rendered.ok ? rendered.text : '');
    end = match.index + match[0].length;
  }
  return message === null ? { ok: true, text: text + format.slice(end) } : { ok: false, message };
}

function renderAction(action: string, value: unknown): Rendered {
  const [, indexed, key] = /^index\s+(\.[\w.]+)\s+"([^"]*)"$/.exec(action) ?? [];
  const path = indexed ?? (/^\.\w[\w.]*$/.test(action) ? action : null);
  if (path === null)
    return { ok: false, message: `template parsing error: the rehearsal's docker cannot render {{${action}}}` };
  let found = value;
  for (const part of path.slice(1).split('.')) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, part)) {
      return { ok: false, message: `template: :1:2: executing "" at <${path}>: map has no entry for key "${part}"` };
    }
    found = (found as Record<string, unknown>)[part];
  }
  if (key === undefined) return { ok: true, text: typeof found === 'object' ? JSON.stringify(found) : String(found) };
  const entry = typeof found === 'object' && found !== null ? (found as Record<string, unknown>)[key] : undefined;
  return { ok: true, text: entry === undefined ? '' : String(entry) };
}
