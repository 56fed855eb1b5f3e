/**
 * Signals that end whoever does not handle them (signal(7)). Those that stop a process are not among them: nobody would wake it again.
 * The script keeps the same list with numbers, in processes.sh.
 */
export const SIGNALS = [
  'SIGKILL',
  'SIGTERM',
  'SIGINT',
  'SIGQUIT',
  'SIGHUP',
  'SIGABRT',
  'SIGUSR1',
  'SIGUSR2',
  'SIGSEGV',
  'SIGBUS',
  'SIGILL',
  'SIGFPE',
  'SIGPIPE',
  'SIGALRM',
] as const;
