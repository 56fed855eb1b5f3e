# shellcheck shell=sh
# Background processes of a fault, which hold or use up something for as long as it lasts.
# shellcheck disable=SC2154,SC2034 # what the other files and the parameters define; what the fault's own file reads
#
# A worker is this very file, run anew in a session of its own. It stands in the target's cgroups, so that limits, the choice of what to kill
# for want of memory, and accounting are the target's; and in the container's process namespace, so that the kernel ends it with
# the container, which can be stopped and removed at any time. Its root and its tools are the host's.
# A worker ends at the deadline, with the experiment's tombstone, or with the file `end`: by itself, so that its parent reaps it: a
# container's first process, to which an orphan would fall, often reaps nobody. No worker leaves a file.
# A fault's own file defines work_on, which runs in the worker, and calls main_or_work at its end.
#
# In before/ID:
#   mark        CAPUCHIN_WORKER in the environment of the workers and whatever they run, and of nobody else
#   born        when this script began; a worker is younger
#   process     the container's first process, `self` for the host; its process namespace is in `pid`
#   cgroups     folders that a worker joins, one a line
#   deadline    when workers end by themselves, half a second after the host's timer, in hundredths of a second since the host started
#   ready/N     worker N is at its work: its process id and when it began, as started_at; or `failed BECAUSE`
#   end         the workers are to end
# Processors tick a hundred times a second for programs on every architecture that AWS has (USER_HZ).

worker_tools='setsid:util-linux:util-linux nsenter:util-linux:util-linux grep:grep:grep'

# started_at PROCESS: when it began, in ticks since the host started. Its name, in parentheses, may hold anything.
started_at() {
  { read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 1
  # shellcheck disable=SC2086
  set -- ${stat##*) }
  shift 19 && echo "$1"
}

# lives PROCESS START: whether it is still there, its files with it: what a process holds it gives back after its environment.
lives() { [ "$(started_at "$1")" = "$2" ] && [ "$(status_of "$1" State | cut -c1)" != Z ]; }

# workers_of ID: its living workers and what they run, one process id a line.
workers_of() {
  { read -r own <"$state/before/$1/mark" && read -r born <"$state/before/$1/born"; } 2>/dev/null || return 0
  grep -lzxF -- "CAPUCHIN_WORKER=$own" /proc/[0-9]*/environ 2>/dev/null | while IFS=/ read -r _ _ process _; do
    began=$(started_at "$process") && [ "$began" -ge "$born" ] && echo "$process"
  done
}

# Whether it is a whole number without a zero before it, which the shell would count by eights, of at most ten digits.
is_count() { is_number "$1" && [ "${#1}" -le 10 ] && case $1 in 0?*) false ;; esac; }

# Whether it is a percentage.
is_percent() {
  case $1 in *.*.* | *.) return 1 ;; *.*) is_number "${1#*.}" || return 1 ;; esac
  is_count "${1%%.*}" && [ "$(hundredths "$1")" -le 10000 ]
}

# hundredths PERCENTAGE: in hundredths of a percent, what is less left off.
hundredths() {
  part=00
  case $1 in *.*) part=$(printf '%.2s' "${1#*.}0") ;; esac
  echo "$((${1%%.*} * 100 + ${part%?} * 10 + ${part#?}))"
}

# Refuses a container in which a worker would not be safe, or the container not from the worker.
check_workers() {
  if [ "$1" = host ]; then return; fi
  process=$(process_of "$1") || refuse engine-silent "nobody can tell the first process of $1"
  bounds=$(status_of "$process" CapBnd)
  # Who may trace (bit 19) sees the host's root through a worker, unless it has every capability and with it the host already.
  if [ "$((0x${bounds:-0} >> 19 & 1))" = 1 ] && [ "$bounds" != "$(status_of 1 CapBnd)" ]; then
    refuse may-trace "$1 has SYS_PTRACE, and could reach the host through a worker"
  fi
  cgroups_of "$process" >/dev/null || refuse no-cgroup "nobody can tell the cgroups of $1"
  # Only the end of its first process ends everything in a namespace; elsewhere the engine ends what is in the container's cgroup.
  if [ "${SSM_cgroup-target}" = host ] && ! has_own_processes "$process"; then
    refuse shared-processes "$1 shares its process namespace, and a worker outside of its cgroup would outlive it"
  fi
}

# status_of PROCESS WORD: the line of /proc/PROCESS/status that begins with the word.
status_of() {
  while read -r word rest; do
    if [ "$word" = "$2:" ]; then echo "$rest" && return; fi
  done <"/proc/$1/status"
}

has_own_processes() { case $(status_of "$1" NSpid) in *[!0-9]1) ;; *) false ;; esac; }

# start_workers ID COUNT WORDS…: begins COUNT workers, which run `work_on N WORDS…` with their number first, and waits until each is
# ready, or for 20 s. Fails with the reason when one cannot.
start_workers() {
  folder=$state/before/$1
  pin_target "$1" || { echo 'the target is not what it was' && return 1; }
  own=$(cat "$folder/mark") && process=$(cat "$folder/process") || return 1
  count=$2
  shift 2
  number=0
  while [ "$number" -lt "$count" ]; do
    number=$((number + 1))
    setsid env -i "PATH=$PATH" "CAPUCHIN_WORKER=$own" /bin/sh "$0" begin "$process" "$folder" "$number" "$@" \
      9>&- </dev/null >/dev/null 2>>"$folder/log" &
  done
  await_workers "$count"
}

# Writes down everything by which workers begin, are known, and end. The namespace is looked at again after the rest.
pin_target() {
  if [ "$1" = host ]; then process=self; else process=$(process_of "$1") || return 1; fi
  namespace=$(readlink "/proc/$process/ns/pid") || return 1
  if [ "$1" = host ] || [ "${SSM_cgroup-target}" = host ]; then cgroups=$(root_cgroups); else cgroups=$(cgroups_of "$process"); fi
  [ -n "$cgroups" ] && read -r random </proc/sys/kernel/random/uuid || return 1
  left_ms=$((SSM_until * 1000 - $(now_ms)))
  mkdir -p "$folder/ready" &&
    mark "$folder/process" "$process" && mark "$folder/pid" "$namespace" && mark "$folder/cgroups" "$cgroups" &&
    mark "$folder/deadline" "$((($(uptime_ms) + left_ms) / 10 + 50))" && mark "$folder/born" "$(started_at $$)" &&
    mark "$folder/mark" "$facility/$target/$SSM_experiment/$1/$random" &&
    [ "$(readlink "/proc/$process/ns/pid")" = "$namespace" ]
}

# has_files FOLDER COUNT: whether it holds so many files at least.
has_files() {
  least=$2
  set -- "$1"/*
  [ -e "$1" ] && [ $# -ge "$least" ]
}

await_workers() {
  tries=0
  while [ "$tries" -lt 200 ]; do
    said=$(cat "$folder"/ready/* 2>/dev/null)
    case $said in *failed*) echo "$said" && return 1 ;; esac
    if has_files "$folder/ready" "$1"; then return 0; fi
    # None has come to its work yet, and none will.
    if [ "$tries" -gt 20 ] && [ -z "$(workers_of "${folder##*/}")" ]; then break; fi
    tries=$((tries + 1))
    sleep 0.1
  done
  [ "$tries" -eq 200 ] || { echo "no worker lives: $(tail -n 1 "$folder/log")" && return 1; }
}

# end_workers ID: tells them to end, and wakes them by ending what they wait for: their parents, which live, reap those. Whatever does not
# end is killed.
end_workers() {
  if [ ! -e "$state/before/$1/mark" ]; then return 0; fi
  mark "$state/before/$1/end" || return 1
  tries=0
  while living=$(workers_of "$1") && [ -n "$living" ] && [ "$tries" -lt 30 ]; do
    for process in $living; do
      case $(cat "/proc/$process/comm" 2>/dev/null) in sleep | dd) kill -9 "$process" 2>/dev/null ;; esac
    done
    tries=$((tries + 1))
    sleep 0.1
  done
  for process in $living; do kill -9 "$process" 2>/dev/null; done
}

# still_ending ID: whether a worker that was ready has not given everything back.
still_ending() {
  for one in "$state/before/$1/ready"/*; do
    { read -r process began <"$one"; } 2>/dev/null || continue
    if is_number "$process" && lives "$process" "$began"; then return 0; fi
  done
  return 1
}

# look_at_workers ID WORD: `starting` or WORD while there is a worker, `gone` with the container, else `not-WORD`.
look_at_workers() {
  if [ -n "$(workers_of "$1")" ]; then
    if has_files "$state/before/$1/ready" 1; then echo "$2"; else echo starting; fi
  elif still_ending "$1"; then
    echo "$2"
  elif { read -r process <"$state/before/$1/process" && read -r namespace <"$state/before/$1/pid"; } 2>/dev/null &&
    [ "$(readlink "/proc/$process/ns/pid")" != "$namespace" ]; then
    echo gone
  else
    echo "not-$2"
  fi
}

# In the worker.

main_or_work() {
  case ${CAPUCHIN_WORKER+${1-}} in
    begin) begin_worker "$@" ;;
    work) work "$@" ;;
    *) main ;;
  esac
}

# Leaves the cgroup of the agent that has started it, which may end with the agent, and goes to the container's processes.
begin_worker() {
  root_cgroups | join_cgroups
  process=$2
  shift 2
  if [ "${1##*/}" = host ]; then
    work work "$@"
  else
    # What nsenter runs is its child; it stays outside to reap it.
    exec nsenter --target "$process" --pid -- /bin/sh "$0" work "$@"
  fi
}

work() {
  folder=$2
  number=$3
  shift 3
  state=${folder%/before/*}
  read -r deadline <"$folder/deadline" || return
  read -r namespace <"$folder/pid" || return
  if [ "$(readlink /proc/self/ns/pid)" != "$namespace" ]; then
    failed 'the container has been started anew'
  elif ! join_cgroups <"$folder/cgroups"; then
    failed "its cgroup takes no worker"
  elif ! is_over; then
    work_on "$number" "$@"
  fi
}

ready() {
  # The host's number for it, as this /proc is the host's.
  read -r own_process _ </proc/self/stat
  mark "$folder/ready/$number" "$own_process $(started_at "$own_process")"
}
failed() { mark "$folder/ready/$number" "failed $*"; }

# Whether this worker is to end. Sets `up`, in hundredths of a second.
is_over() {
  read -r up _ </proc/uptime
  up=${up%.*}${up#*.}
  [ "$up" -ge "$deadline" ] || [ -e "$folder/end" ] || [ -e "$state/tombstone" ] || [ ! -d "$folder" ]
}

# rest HUNDREDTHS: sleeps so long, and no longer than to the deadline.
rest() {
  set -- "$(($1 < deadline - up ? $1 : deadline - up))"
  if [ "$1" -gt 0 ]; then sleep "$(($1 / 100)).$(printf %02d "$(($1 % 100))")"; fi
}

# Does nothing until the end.
linger() { until is_over; do rest "$((deadline - up))"; done; }

# How soon the kernel kills this worker for want of memory, from -1000 (never) to 1000 (first).
set_oom_score() { mark /proc/self/oom_score_adj "$1"; }
