# shellcheck shell=sh
# What every host script of Capuchin shares: words, answers, the engine, the lock. The document joins this file, healing.sh,
# acting.sh and the fault's own to one script, which it writes to $CAPUCHIN_STATE/.scripts and runs from there: the timer needs
# nothing that SSM cleans up.
#
# Parameters come as environment variables SSM_<name> (interpolationType ENV_VAR): they are data, never shell text.
# Answers: the last line on stdout is one line of JSON with a `code`, and the exit code is 0, for a refusal too. Any other exit code is a
# crash: nobody can tell what was done, and the undo must be asked again.
#
# One folder per experiment and task, $CAPUCHIN_STATE/e-<experiment>/<task>:
#   tombstone   an undo was here; nothing of this experiment may act on this task any more
#   armed       the undo is armed: the timer's unit, or the word sleeper
#   acted/ID    written before the act on container ID: when it began, or `settled` once the engine has answered; whatever has no
#               such file is not ours to undo
#   healed/ID   the same file, moved when a look has shown that the container is free of the fault
#   answer      what `apply` answered
#   disarmed    the timer has nothing left to do
#
# A fault's own file defines, for one container each, apply_to, take_from and look_at, and calls main. look_at says how the container is:
# `gone`, `unknown` when it cannot be told, a word with `not-` before it when it is free of the fault, and any other when it is under it.
# shellcheck disable=SC2154 # SSM_*, and what main works out from them
set -u
LC_ALL=C
export LC_ALL

# /run is a memory disk: what it forgets at a reboot, no container has survived either.
root=${CAPUCHIN_STATE:-/run/capuchin}
# An engine that does not answer within this is silent. Together they stay below the time that the document gives the script.
engine_seconds=${CAPUCHIN_ENGINE_SECONDS:-10}
# Two braces side by side would be a parameter to SSM, wherever they stand in a document.
open='{''{'
close='}''}'

# Writes a file, and fails where it cannot; a redirection of `:` would end the shell.
mark() { printf '%s\n' "${2-}" >"$1"; }

now() { date +%s; }

# Wall clock in milliseconds; to the second where `date` knows no parts of one.
now_ms() {
  set -- "$(date +%s%N)"
  case $1 in *[!0-9]*) set -- "$(now)000000000" ;; esac
  echo "${1%??????}"
}

# Milliseconds that no setting of the clock moves; the wall clock where the kernel tells no uptime.
uptime_ms() {
  if read -r up _ 2>/dev/null </proc/uptime; then echo "${up%.*}${up#*.}0"; else now_ms; fi
}

is_word() { case $1 in '' | *[!A-Za-z0-9_.-]*) return 1 ;; esac; }
is_number() { case $1 in '' | *[!0-9]*) return 1 ;; esac; }
is_arn() { case $1 in arn:*[!A-Za-z0-9_:/-]* | */) return 1 ;; arn:*:task/*) return 0 ;; *) return 1 ;; esac; }

# Text that is safe inside a JSON string.
plain() { printf '%s' "$*" | tr -c 'A-Za-z0-9 .,:;_/()=~@+-' ' ' | cut -c1-300; }

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
  answer_apply "$@"
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

# lock SECONDS: one script at a time on a task. The kernel takes the lock back when its last holder dies; an engine call that has
# outlived a killed script is such a holder, and must be.
lock() {
  mkdir -p "$root/.locks" && command exec 9>"$root/.locks/$task" && flock -w "$1" 9
}

# The running containers of the task that this experiment means, one id a line: all but ECS's own, or the one that is named.
wanted_containers() {
  found=$(engine ps -q --no-trunc --filter "label=com.amazonaws.ecs.task-arn=$SSM_taskArn") || return 1
  for id in $found; do
    is_word "$id" || return 1
    name=$(engine_look "${open}index .Config.Labels \"com.amazonaws.ecs.container-name\"$close" "$id")
    case $name in
      unknown) return 1 ;;
      gone | '~internal~'*) ;;
      *) if [ "$SSM_container" = '*' ] || [ "$SSM_container" = "$name" ]; then echo "$id"; fi ;;
    esac
  done
}
