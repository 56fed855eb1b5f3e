# shellcheck shell=sh
# The fault `stop-agent`: the host's ECS agent does not run, or is frozen where nobody but the engine keeps it.
# shellcheck disable=SC2034,SC2154 # what common.sh reads, and what it defines
facility=ecs-agent

# unit_state: what systemd says of the unit that the ECS-optimized images, and the package for others, have; `none` where there is none.
unit_state() {
  said=$(systemctl is-active ecs.service 2>/dev/null)
  case $said in
    active | activating | reloading | deactivating) echo "$said" ;;
    inactive | failed) if systemctl cat ecs.service >/dev/null 2>&1; then echo inactive; else echo none; fi ;;
    # It says nothing of units where it is not there, or another has started the host.
    '' | offline) if [ -d /run/systemd/system ]; then echo unknown; else echo none; fi ;;
    *) echo unknown ;;
  esac
}

# The container that AWS's instructions for hosts without that unit start.
container_state() {
  command -v docker >/dev/null || { echo gone && return; }
  engine_look "${open}.State.Status$close" "${1:-ecs-agent}"
}

# what_runs: `unit`, `container`, `nothing`, or `unknown`.
what_runs() {
  case $(unit_state) in
    active) echo unit && return ;;
    inactive) echo nothing && return ;;
    none) ;;
    *) echo unknown && return ;;
  esac
  case $(container_state) in
    running) echo container ;;
    unknown | restarting) echo unknown ;;
    *) echo nothing ;;
  esac
}

# The engine starts a container that was told to stop neither now nor, but for one restart policy, after a reboot; one that is frozen is a
# running one to it. So nothing is changed that a reboot would keep.
apply_to() {
  case $(what_runs) in
    unit)
      keep "$1" unit ecs.service && act timeout -k 2 40 systemctl stop ecs.service
      ;;
    container)
      agent=$(engine_look "${open}.Id$close" ecs-agent) && is_word "$agent" || return 8
      keep "$1" container "$agent" && act engine pause "$agent"
      ;;
    nothing) return 9 ;;
    *) return 8 ;;
  esac
}

take_from() (
  agent=$(kept "$1" container)
  if [ -n "$agent" ]; then
    engine unpause "$agent"
  elif [ -n "$(kept "$1" unit)" ]; then
    timeout -k 2 25 systemctl start ecs.service
  fi
)

look_at() {
  agent=$(kept "$1" container)
  if [ -n "$agent" ]; then
    case $(container_state "$agent") in
      paused) echo frozen ;;
      unknown) echo unknown ;;
      gone) echo gone ;;
      *) echo not-frozen ;;
    esac
  elif [ -n "$(kept "$1" unit)" ]; then
    case $(unit_state) in
      active) echo not-stopped ;;
      inactive | deactivating | activating) echo stopped ;;
      none) echo gone ;;
      *) echo unknown ;;
    esac
  else
    case $(what_runs) in
      unit | container) echo not-stopped ;;
      nothing) echo down ;;
      *) echo unknown ;;
    esac
  fi
}

main
