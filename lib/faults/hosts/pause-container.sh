# shellcheck shell=sh
# The fault `pause-container`: the engine freezes every process of a container, with the kernel's freezer.
# shellcheck disable=SC2154 # what common.sh defines

# 9: another hand has done it already, so it is not ours.
apply_to() {
  said=$(act engine pause "$1" 2>&1)
  failure=$?
  printf '%s\n' "$said"
  # The engine's own words for a container that was paused after we looked.
  case $said in *'already paused'*) return 9 ;; esac
  return "$failure"
}

take_from() { engine unpause "$1"; }

look_at() {
  case $(engine_look "${open}.State.Status$close" "$1") in
    paused) echo paused ;;
    gone) echo gone ;;
    created | running | restarting | removing | exited | dead) echo not-paused ;;
    *) echo unknown ;;
  esac
}

main
