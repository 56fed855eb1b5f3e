# shellcheck shell=sh
# The fault `kill-container`: a signal to a container's first process. It comes from the kernel and not through the engine: the engine takes
# its own `kill` for somebody's wish, and would not start the container again where its restart policy says so.
# shellcheck disable=SC2034,SC2154 # what common.sh reads, and what it defines
lasts=no

# first_process ID: `PID BORN`. The engine's word before and after, so that the process seen in between was the container's.
first_process() {
  first=$(process_of "$1") && begun=$(born "$first") && [ "$(process_of "$1")" = "$first" ] && echo "$first $begun"
}

check() {
  signal=$(number_of "$SSM_signal") || refuse bad-parameter 'no such signal'
  case $(engine_look "${open}.State.Status$close" "$1") in
    running) ;;
    *) refuse not-running "$1 is not running: a frozen container takes no signal" ;;
  esac
  victim=$(first_process "$1") || refuse engine-silent "nobody can tell the first process of $1"
  is_heeded "${victim% *}" "$signal" ||
    refuse ignores-signal "the first process of $1 does not heed $SSM_signal; SIGKILL is heeded always"
}

apply_to() {
  signal=$(number_of "$SSM_signal") && victim=$(first_process "$1") || return 8
  keep "$1" process "$victim"
  act kill "-$signal" "${victim% *}" || return
  [ "$SSM_action" = plan ] && return
  # The words are two numbers.
  # shellcheck disable=SC2086
  keep "$1" outcome "$(outcome $victim "$signal")"
}

take_from() { :; }

look_at() {
  victim=$(kept "$1" process)
  if [ -n "$victim" ]; then
    # shellcheck disable=SC2086
    if ! is_there $victim; then
      echo killed
    elif [ "$(kept "$1" outcome)" = signalled ]; then
      echo signalled
    else
      echo not-killed
    fi
    return
  fi
  case $(engine_look "${open}.State.Status$close" "$1") in
    gone) echo gone ;;
    unknown) echo unknown ;;
    *) echo not-killed ;;
  esac
}

main
