# shellcheck shell=sh
# Containers that are told to end: how long that may take, and what the engine says of them.
# shellcheck disable=SC2154 # what common.sh and the fault define

# An act has a minute, of which the checks and the looks need some.
BUDGET_SECONDS=40

status_of() { engine_look "${open}.State.Status$close" "$1"; }
started_at() { engine_look "${open}.State.StartedAt$close" "$1"; }

# patiently SECONDS COMMAND…: acts through the engine, which needs more time to end and to begin a container than to tell of it.
patiently() (
  engine_seconds=$(($1 + 2 * engine_seconds))
  shift
  act engine "$@"
)

# The check of every fault that ends a container with a grace.
check_grace() {
  if ! is_whole "$SSM_graceSeconds" || [ "$SSM_graceSeconds" -gt 30 ]; then
    refuse bad-parameter 'graceSeconds is a whole number up to 30'
  fi
  # The ids are words.
  # shellcheck disable=SC2086
  set -- "$1" $ids
  [ "$((SSM_graceSeconds * ($# - 1)))" -le "$BUDGET_SECONDS" ] ||
    refuse too-long "$(($# - 1)) containers with $SSM_graceSeconds s each exceed $BUDGET_SECONDS s; name one, or shorten graceSeconds"
  [ "$(status_of "$1")" = running ] || refuse not-running "$1 is not running"
}
