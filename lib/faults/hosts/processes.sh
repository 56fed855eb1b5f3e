# shellcheck shell=sh
# Processes as the host counts them, which of them a fault may end, and signals to them.
# shellcheck disable=SC2154 # what common.sh and the fault define

# Signals that end whoever does not handle them, with their numbers on x86 and Arm (signal(7)). Those that stop a process are not among
# them: nobody would wake it again; pause-container does that.
number_of() {
  case $1 in
    SIGHUP) echo 1 ;;
    SIGINT) echo 2 ;;
    SIGQUIT) echo 3 ;;
    SIGILL) echo 4 ;;
    SIGABRT) echo 6 ;;
    SIGBUS) echo 7 ;;
    SIGFPE) echo 8 ;;
    SIGKILL) echo 9 ;;
    SIGUSR1) echo 10 ;;
    SIGSEGV) echo 11 ;;
    SIGUSR2) echo 12 ;;
    SIGPIPE) echo 13 ;;
    SIGALRM) echo 14 ;;
    SIGTERM) echo 15 ;;
    *) return 1 ;;
  esac
}

# born PID: when the process began, in ticks since the boot. With it, a process id means one process for as long as the host runs. Fails
# when there is none, or only what its parent has not fetched yet.
born() {
  stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
  # What follows the name, which may hold anything. The words are numbers, and a letter.
  # shellcheck disable=SC2086
  set -- ${stat##*) }
  case ${1-Z} in Z | X | x) return 1 ;; esac
  is_number "${20-}" && echo "${20}"
}

# is_there PID BORN
is_there() { [ "$(born "$1")" = "$2" ]; }

# mask_of PID FIELD: the lower 32 signals of one of the masks in /proc/PID/status.
mask_of() {
  mask=$(sed -n "s/^$2:[[:space:]]*[0-9a-f]*\([0-9a-f]\{8\}\)\$/\1/p" "/proc/$1/status" 2>/dev/null)
  [ -n "$mask" ] && echo "$((0x$mask))"
}

# has_signal PID FIELD NUMBER
has_signal() { bits=$(mask_of "$1" "$2") && [ "$((bits >> ($3 - 1) & 1))" = 1 ]; }

# is_heeded PID NUMBER: whether the signal does something to the process. The first process of a process namespace is spared what it has
# not asked for, but for SIGKILL from outside (pid_namespaces(7)).
is_heeded() {
  [ "$2" = 9 ] && return
  if has_signal "$1" SigIgn "$2"; then return 1; fi
  if has_signal "$1" SigCgt "$2" || has_signal "$1" SigBlk "$2"; then return 0; fi
  case $(sed -n 's/^NSpid:.*[[:space:]]//p' "/proc/$1/status" 2>/dev/null) in 1) return 1 ;; esac
}

# Tenths of a second, for all processes of one act together.
patience=30

# outcome PID BORN NUMBER: waits until the signal has shown, while there is patience: `ended`, or `signalled` where the process has handled
# it and lives on. Fails when neither can be seen.
outcome() {
  while is_there "$1" "$2" && [ "$patience" -gt 0 ]; do
    patience=$((patience - 1))
    sleep 0.1
  done
  if ! is_there "$1" "$2"; then
    echo ended
  elif is_heeded "$1" "$3" && [ "$3" != 9 ] && ! has_signal "$1" ShdPnd "$3" && ! has_signal "$1" SigPnd "$3"; then
    echo signalled
  else
    return 1
  fi
}

# Whether a process keeps the host, its engine, ECS or the way to Capuchin alive. By its name as the kernel has it, at most 15 letters, and
# by its systemd unit, which covers what the unit has started, the running command too.
is_protected() {
  [ "$1" -gt 2 ] && [ "$1" != $$ ] || return 0
  { read -r name <"/proc/$1/comm"; } 2>/dev/null || return 0
  case $name in
    systemd | systemd-* | '(sd-pam)' | init | dbus-daemon | dbus-broker* | sshd | sshd-* | snapd) [ "$2" = host ] && return ;;
    dockerd | containerd | containerd-shim* | docker-proxy | runc) [ "$2" = host ] && return ;;
    amazon-ssm-* | ssm-* | amazon-ecs-* | ecs-* | execute-command) return ;;
    # ECS's own containers: its agent, and what holds a task's network namespace.
    agent | pause) [ "$2" = host ] && return ;;
  esac
  while IFS=: read -r _ _ unit; do
    case $unit in
      */init.scope | */systemd-*.service | */dbus*.service | */ssh.service | */sshd.service | */sshd@*) return ;;
      */docker.service* | */containerd.service* | */ecs.service* | */amazon-ssm-agent.service* | */snap.amazon-ssm-agent.*) return ;;
      */capuchin-*) return ;;
    esac
  done 2>/dev/null <"/proc/$1/cgroup"
  case $(tr '\0' ' ' 2>/dev/null <"/proc/$1/cmdline") in *"$root/"*) return ;; esac
  return 1
}

# is_in PID ID: whether the process is in the container. Every form that the engine gives a cgroup's name holds the container's whole id.
is_in() { [ "$2" = host ] || grep -qF -- "$2" "/proc/$1/cgroup" 2>/dev/null; }

# matching ID TEXT: `PID BORN` of each process of the ID whose command line holds the text, and that may be ended.
matching() {
  ps -ww -eo pid=,ppid=,args= | CAPUCHIN_TEXT=$2 awk '$2 != 2 {
    line = $0
    sub(/^ *[0-9]+ +[0-9]+ /, "", line)
    if (index(line, ENVIRON["CAPUCHIN_TEXT"])) print $1
  }' | while read -r one; do
    if ! since=$(born "$one") || ! is_in "$one" "$1" || is_protected "$one" "$1"; then continue; fi
    # Once more by the kernel's own list: `ps` may have seen another process of this number.
    case $(tr '\0' ' ' 2>/dev/null <"/proc/$one/cmdline") in
      *"$2"*) if is_there "$one" "$since"; then echo "$one $since"; fi ;;
    esac
  done
}
