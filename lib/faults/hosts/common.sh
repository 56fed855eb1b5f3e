# shellcheck shell=sh
# What every host script of Capuchin shares: words, answers, the engine, the lock. The document joins this file, healing.sh,
# acting.sh, what else the fault shares with others and the fault's own to one script, which it writes to $CAPUCHIN_STATE/.scripts and runs from there: the timer needs
# nothing that SSM cleans up.
#
# Parameters come as environment variables SSM_<name> (interpolationType ENV_VAR): they are data, never shell text.
# Answers: the last line on stdout is one line of JSON with a `code`, and the exit code is 0, for a refusal too. Any other exit code is a
# crash: nobody can tell what was done, and the undo must be asked again.
#
# One folder per experiment and target, $CAPUCHIN_STATE/e-<experiment>/<task id, or the word host>:
#   tombstone   an undo was here; nothing of this experiment may act on this target any more
#   facility    what of the kernel or the host the fault uses
#   script      the file by which the fault is done, and is to be undone
#   armed       the undo is armed: the timer's unit, or the word sleeper
#   before/ID   folder of what was there before the act on ID, and of what the act made; written before the act
#   acted/ID    written before the act on ID: when it began, or `settled` once it has answered; whatever has no such file is not ours
#               to undo
#   healed/ID   the same file, moved when a look has shown that ID is free of the fault
#   answer      what `apply` answered
#   disarmed    the timer has nothing left to do
# ID is a container's id, or the word host.
#
# A fault's own file sets what differs from the following, defines apply_to, take_from and look_at for one ID each, and calls main.
#   facility    a word; one fault at a time on a target and facility
#   tools       words like tc:iproute-tc:iproute2: a tool, and its package on Amazon Linux and on Ubuntu
#   modules     kernel modules, such as sch_netem, or ifb:numifbs=0 with an option to load it with
#   lasts       `no` for a fault that is over as soon as it is done: nothing is armed, nothing is undone
#   wanted      function: the IDs, one a line
#   check       function: refuses, by `refuse CODE BECAUSE`, what stands in the way of acting on ID; changes nothing
# apply_to runs each command that changes something as `act COMMAND…`, so that a plan can print it instead; 9 as its exit code says that
# another hand has done it already. take_from knows no parameters but experiment and target: it goes by before/ID alone.
# look_at says how ID is: `gone`, `unknown` when it cannot be told, a word with `not-` before it when it is free of the fault, and any
# other when it is under it.
# shellcheck disable=SC2034,SC2154,SC2317 # what the other files read, or put another in the place of; SSM_*, and what main works out from them
set -u
LC_ALL=C
export LC_ALL

# /run is a memory disk: what it forgets at a reboot, no container has survived either.
root=${CAPUCHIN_STATE:-/run/capuchin}
# An engine that does not answer within this is silent. Together they stay below the time that the document gives the script.
engine_seconds=${CAPUCHIN_ENGINE_SECONDS:-10}
# Two braces side by side would be a parameter to SSM, wherever they stand in a document.
facility=engine
tools=
modules=
lasts=yes
open='{''{'
close='}''}'

# Writes a file, and fails where it cannot; a redirection of `:` would end the shell.
mark() { printf '%s\n' "${2-}" >"$1"; }

# Wall clock in milliseconds; to the second where `date` knows no parts of one. While clock-skew has its hands on the clock of this host,
# the true one: what the uptime was short of it before.
now_ms() {
  if { read -r short <"$root/.clock"; } 2>/dev/null && is_number "$short"; then
    echo "$(($(uptime_ms) + short))"
    return
  fi
  set -- "$(date +%s%N)"
  case $1 in *[!0-9]*) set -- "$(date +%s)000000000" ;; esac
  echo "${1%??????}"
}

now() { echo "$(($(now_ms) / 1000))"; }

# Milliseconds that no setting of the clock moves; the wall clock where the kernel tells no uptime.
uptime_ms() {
  if read -r up _ 2>/dev/null </proc/uptime; then echo "${up%.*}${up#*.}0"; else now_ms; fi
}

is_word() { case $1 in '' | *[!A-Za-z0-9_.-]*) return 1 ;; esac; }
is_number() { case $1 in '' | *[!0-9]*) return 1 ;; esac; }
is_target() { case $1 in host) return 0 ;; arn:*[!A-Za-z0-9_:/-]* | */) return 1 ;; arn:*:task/*) return 0 ;; *) return 1 ;; esac; }

# Text that is safe inside a JSON string.
plain() { printf '%s' "$*" | tr -c 'A-Za-z0-9 .,:;_/()=~@+-' ' ' | cut -c1-300; }

# act COMMAND…: changes something, or says in a plan what would be run.
act() {
  case $SSM_action:$1 in
    plan:engine) shift && echo "docker $*" ;;
    plan:*) echo "$*" ;;
    *) "$@" ;;
  esac
}

# answer CODE BECAUSE [MORE]: MORE is JSON members with a comma before each.
answer() {
  printf '{"capuchin":1,"action":"%s","code":"%s","because":"%s"%s}\n' "$(plain "$SSM_action")" "$1" "$(plain "$2")" "${3-}"
}

# The answer of `apply`, kept for `status`; the first one stands.
answer_apply() {
  line=$(answer "$@")
  if mkdir -p "$state" && [ ! -e "$state/answer" ]; then
    mark "$state/answer.new" "$line" && mv "$state/answer.new" "$state/answer"
  fi
  printf '%s\n' "$line"
}

refuse() {
  if [ "$SSM_action" = plan ]; then answer "$@"; else answer_apply "$@"; fi
  exit 0
}

engine() { timeout -k 2 "$engine_seconds" docker "$@"; }

# engine_look FORMAT ID: what the engine says, `gone`, or `unknown` when it cannot be told.
engine_look() {
  if said=$(engine inspect --format "$1" "$2" 2>&1); then
    printf '%s\n' "$said" | tail -n 1
  else
    case $said in *[Nn]'o such'*) echo gone ;; *) echo unknown ;; esac
  fi
}

# lock SECONDS: one script at a time on a target. The kernel takes the lock back when its last holder dies; an engine call that has
# outlived a killed script is such a holder, and must be.
lock() {
  mkdir -p "$root/.locks" && command exec 9>"$root/.locks/$target" && flock -w "$1" 9
}

# The engine's id of each running container of the task with its name, ECS's own too.
task_containers() {
  found=$(engine ps -q --no-trunc --filter "label=com.amazonaws.ecs.task-arn=$SSM_target") || return 1
  for id in $found; do
    is_word "$id" || return 1
    name=$(engine_look "${open}index .Config.Labels \"com.amazonaws.ecs.container-name\"$close" "$id")
    case $name in
      unknown) return 1 ;;
      gone) ;;
      *) echo "$id $name" ;;
    esac
  done
}

# What the fault acts on, one ID a line: the host itself, or the task's containers but ECS's own; of these only the one that is named.
wanted() {
  if [ "$target" = host ]; then
    echo host
    return
  fi
  listed=$(task_containers) || return 1
  echo "$listed" | while read -r id name; do
    case $name in
      '' | '~internal~'*) ;;
      *) if [ "$SSM_container" = '*' ] || [ "$SSM_container" = "$name" ]; then echo "$id"; fi ;;
    esac
  done
}

check() { :; }

# An agent below 3.3.2746.0 hands on no environment variables. Nothing was ever done here then, unless records say so.
refuse_old_agent() {
  SSM_action=${SSM_action-none}
  clean=true
  for record in "$root"/e-*/*/acted/*; do
    if [ -e "$record" ]; then clean=false; fi
  done
  answer agent-too-old 'the parameters did not arrive; update the SSM Agent to 3.3.2746.0 or later' ",\"clean\":$clean"
  exit 0
}

# Looks at what every action needs. Sets `target` and `state`.
begin() {
  if [ -z "${SSM_action+x}" ] || [ -z "${SSM_experiment+x}" ] || [ -z "${SSM_target+x}" ]; then refuse_old_agent; fi
  target=${SSM_target##*/}
  if ! is_word "$SSM_experiment" || ! is_target "$SSM_target" || ! is_word "$target"; then
    answer bad-parameter 'experiment or target is not what Capuchin sends'
    exit 0
  fi
  # With a letter before it, no experiment's name is a way to another folder.
  state="$root/e-$SSM_experiment/$target"
}
