# shellcheck shell=sh
# The fault `stop-container`: the engine stops a container, and starts it again in the end.
# shellcheck disable=SC2154 # what common.sh defines

check() { check_grace "$1"; }

apply_to() {
  # What ended by itself a moment ago is not ours to start again.
  [ "$(status_of "$1")" = running ] || return 9
  keep "$1" started "$(started_at "$1")" || return 8
  patiently "$SSM_graceSeconds" stop -t "$SSM_graceSeconds" "$1"
}

# wish_of_ecs: whether ECS wants the task to run, as its agent on this host tells whoever asks on the host: `run`, `stop`, or `unknown`.
wish_of_ecs() {
  case $(curl -s -m 3 "http://127.0.0.1:51678/v1/tasks?taskarn=$SSM_target" 2>/dev/null) in
    *'"DesiredStatus":"STOPPED"'* | *'"KnownStatus":"STOPPED"'*) echo stop ;;
    *'"KnownStatus":"RUNNING"'*) echo run ;;
    *) echo unknown ;;
  esac
}

# A task that ECS has given up, because an essential container ended, has another in its place: a container of it that came back would be
# one too many.
take_from() (
  # One that is being stopped again is waited for: it runs still.
  case $(status_of "$1"):$(kept "$1" started) in
    exited:?* | created:?*) ;;
    *) return ;;
  esac
  if [ "$(wish_of_ecs)" = stop ]; then keep "$1" given-up yes && return; fi
  keep "$1" came-back "$(date +%s)" && patiently 0 start "$1"
)

# ECS's agent stops a container again that came back by itself, once for each task (handleStoppedToRunningContainerTransition in its
# source). Its signal is seen at once; the end may take the stop time-out of the container.
is_stopped_again() {
  back=$(kept "$1" came-back)
  is_number "$back" &&
    engine events --since "$back" --until "$((back + 2))" --filter "container=$1" --filter event=kill | grep -q .
}

look_at() {
  status=$(status_of "$1")
  case $status:$(kept "$1" started) in
    gone:* | removing:* | dead:*) echo gone ;;
    running:*) if is_stopped_again "$1"; then echo stopping; else echo not-stopped; fi ;;
    paused:* | restarting:*) echo not-stopped ;;
    exited:?* | created:?*) if [ -n "$(kept "$1" given-up)" ]; then echo not-wanted; else echo stopped; fi ;;
    exited: | created:) echo not-running ;;
    *) echo unknown ;;
  esac
}

main
