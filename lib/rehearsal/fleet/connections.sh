# shellcheck shell=sh
# On a container host of a rehearsal, what stands in the place of a network fault's own script: a process there has no network of its own, so
# the fault is done to the connections of its load balancer. `fault` is the fault's name. Everything else (the timer, the undo, one fault at a
# time, the records) is the deployed script's own.
# shellcheck disable=SC2034,SC2154 # what the other files read, and what they define
facility=network

# In the words of the fault's own script.
case $fault in
  network-blackhole) under=blocked ;;
  *) under=shaped ;;
esac

connections() { timeout -k 2 "$engine_seconds" connections "$@"; }

check() {
  said=$(connections check "$fault" "$1") || refuse engine-silent 'the rehearsal does not answer'
  case $said in
    ok) ;;
    *) refuse "${said%% *}" "${said#* }" ;;
  esac
}

apply_to() {
  case $SSM_action in
    plan) connections plan "$fault" "$1" ;;
    *) connections begin "$fault" "$1" ;;
  esac
}

take_from() { connections end "$1"; }

look_at() {
  case $(connections look "$1") in
    yes) echo "$under" ;;
    no) echo "not-$under" ;;
    gone) echo gone ;;
    *) echo unknown ;;
  esac
}

main
