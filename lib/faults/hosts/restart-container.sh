# shellcheck shell=sh
# The fault `restart-container`: the engine stops a container and starts it at once.
# shellcheck disable=SC2034,SC2154 # what common.sh reads, and what it defines
lasts=no

check() { check_grace "$1"; }

apply_to() {
  keep "$1" started "$(started_at "$1")" || return 8
  patiently "$SSM_graceSeconds" restart -t "$SSM_graceSeconds" "$1"
}

take_from() { :; }

# By its last beginning, which another start has moved whatever has become of it since.
look_at() {
  now_since=$(started_at "$1")
  then_since=$(kept "$1" started)
  case $now_since in
    gone | unknown) echo "$now_since" ;;
    *) if [ -n "$then_since" ] && [ "$now_since" != "$then_since" ]; then echo restarted; else echo not-restarted; fi ;;
  esac
}

main
