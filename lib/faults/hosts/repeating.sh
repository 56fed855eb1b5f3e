# shellcheck shell=sh
# What a fault does again and again until its end, in a process of its own: it outlives the command, ends by itself at the deadline or when
# the undo comes, and can be ended from outside.
# shellcheck disable=SC2154 # what common.sh and the fault define

# begin_rounds ID SECONDS: from now on `round ID MS` runs every so many seconds, the first time after so many; it is told how many
# milliseconds it is since they began. Succeeds when it lives.
begin_rounds() {
  own_session='nohup'
  if command -v setsid >/dev/null; then own_session=setsid; fi
  keep "$1" seconds "$2"
  CAPUCHIN_STATE=$root SSM_action=rounds CAPUCHIN_ID=$1 "$own_session" /bin/sh "$0" 9>&- </dev/null >/dev/null 2>&1 &
  tries=0
  while ! is_going_round "$1"; do
    [ "$tries" -lt 50 ] || return 1
    tries=$((tries + 1))
    sleep 0.1
  done
}

# That process. It says who it is before it does anything.
rounds() {
  id=${CAPUCHIN_ID-}
  is_word "$id" || exit 1
  seconds=$(kept "$id" seconds) && begun=$(born $$) && keep "$id" rounds "$$ $begun" || exit 1
  start_ms=$(uptime_ms)
  until_ms=$((start_ms + SSM_until * 1000 - $(now_ms)))
  count=1
  while rest_until "$((start_ms + count * seconds * 1000))"; do
    round "$id" "$(($(uptime_ms) - start_ms))"
    count=$((count + 1))
  done
}

# rest_until MS: sleeps until that uptime, half a second at a time; fails when all is over.
rest_until() {
  while [ -d "$state" ] && [ ! -e "$state/tombstone" ] && here_ms=$(uptime_ms) && [ "$here_ms" -lt "$until_ms" ]; do
    ahead_ms=$(($1 - here_ms))
    if [ "$ahead_ms" -le 0 ]; then return 0; fi
    if [ "$ahead_ms" -ge 500 ]; then sleep 0.5; else sleep "0.$(printf %03d "$ahead_ms")"; fi
  done
  return 1
}

is_going_round() {
  goer=$(kept "$1" rounds) || return 1
  is_there "${goer% *}" "${goer#* }"
}

# end_rounds ID: it sees the tombstone by itself; what does not see it in time is killed with all it has begun.
end_rounds() {
  tries=0
  while is_going_round "$1"; do
    if [ "$tries" -ge 15 ]; then kill -9 "-${goer% *}" 2>/dev/null || kill -9 "${goer% *}"; fi
    [ "$tries" -lt 40 ] || return 1
    tries=$((tries + 1))
    sleep 0.1
  done
}
