# shellcheck shell=sh
# How a host gets rid of a fault: the timer, the undo, and how they look.
# shellcheck disable=SC2154 # what common.sh and the parameters define

# The host's own way to a timer: systemd's where it runs, else a process that sleeps. Where the state has been put elsewhere this is a test
# or a rehearsal, which keeps off the machine's systemd; CAPUCHIN_TIMER says systemd or sleeper.
timer_kind() {
  if [ -n "${CAPUCHIN_TIMER-}" ]; then
    echo "$CAPUCHIN_TIMER"
  elif [ -z "${CAPUCHIN_STATE-}" ] && [ -d /run/systemd/system ] && command -v systemd-run >/dev/null; then
    echo systemd
  else
    echo sleeper
  fi
}

# arm: makes the host undo by itself at the deadline, with a timer that outlives this script and the SSM agent. It runs this very file, with
# the same parameters.
arm() {
  set -- "CAPUCHIN_STATE=$root" "SSM_experiment=$SSM_experiment" "SSM_target=$SSM_target" "SSM_until=$SSM_until" \
    "PATH=$PATH" /bin/sh "$0"
  left_ms=$((SSM_until * 1000 - $(now_ms)))
  [ "$left_ms" -gt 0 ] || return 1
  if [ "$(timer_kind)" = systemd ]; then
    unit="capuchin-$SSM_experiment-$target"
    # `--collect` is unknown to the systemd of Amazon Linux 2. By default, timers are up to a minute late.
    for collect in --collect --quiet; do
      if systemd-run --quiet "$collect" --unit="$unit" --on-active="${left_ms}ms" --timer-property=AccuracySec=100ms \
        /usr/bin/env SSM_action=heal "$@" 9>&- </dev/null >/dev/null 2>&1; then
        mark "$state/armed" "$unit"
        return
      fi
    done
  fi
  own_session='nohup'
  if command -v setsid >/dev/null; then own_session=setsid; fi
  "$own_session" /usr/bin/env SSM_action=wait "$@" 9>&- </dev/null >"$state/timer.log" 2>&1 &
  sleeper=$!
  # It lives and has come to its waiting, or it is no timer.
  tries=0
  while [ ! -e "$state/waiting" ]; do
    kill -0 "$sleeper" 2>/dev/null && [ "$tries" -lt 50 ] || return 1
    tries=$((tries + 1))
    sleep 0.1
  done
  mark "$state/armed" sleeper
}

disarm() {
  mark "$state/disarmed"
  armed=$(cat "$state/armed" 2>/dev/null) || return 0
  # Within the timer's own run there is no timer left; the sleeper sees the file by itself.
  if [ "$SSM_action" != heal ] && [ "$armed" != sleeper ]; then systemctl stop "$armed.timer" >/dev/null 2>&1; fi
  return 0
}

# Whether an act with this record is over. Where the engine has not answered, it may still be at it, although nothing is seen yet; a
# call that has not had its effect after half a minute will not have one.
is_settled() { [ "$1" = settled ] || { is_number "$1" && [ "$(($(now) - $1))" -ge 30 ]; }; }

# heal_all: takes the fault from everything that this experiment has acted on, and looks. Sets `undone`, `left` and `members`.
heal_all() {
  undone=true
  left=
  members=
  mkdir -p "$state/healed" || undone=false
  # What is over cannot be taken back.
  if [ "$lasts" = no ]; then mv "$state"/acted/* "$state/healed/" 2>/dev/null; fi
  for record in "$state"/acted/*; do
    [ -e "$record" ] || continue
    id=${record##*/}
    seen=$(look_at "$id")
    case $seen in
      not-*) if ! is_settled "$(cat "$record")"; then seen=unsettled; fi ;;
      gone | unknown) ;;
      *)
        take_from "$id" >/dev/null 2>&1
        seen=$(look_at "$id")
        ;;
    esac
    members="$members,{\"id\":\"$id\",\"state\":\"$seen\"}"
    case $seen in
      # A look has shown it. From now on it is none of ours, whatever others do with it.
      not-* | gone) mv "$record" "$state/healed/$id" || undone=false ;;
      *) undone=false left="$left $id" ;;
    esac
  done
  [ -e "$state/tombstone" ] || undone=false
  members=",\"undone\":$undone,\"members\":[${members#,}]"
  if [ "$undone" = true ]; then disarm; fi
}

undo() {
  undone=false
  # Before anything else, without the lock: an act that is on its way sees it at its next step.
  mkdir -p "$state" && mark "$state/tombstone"
  if ! lock 8; then
    answer busy 'another script of Capuchin is at work on this target; ask again' ',"undone":false,"members":[]'
    return
  fi
  heal_all
  if [ "$undone" = true ]; then
    answer undone 'looked: nothing is under the fault of this experiment' "$members"
  else
    answer not-undone "still under the fault, or nobody can tell:$left" "$members"
  fi
  flock -u 9
}

# The timer's run: undoes until it is undone, for a day.
heal() {
  pause=1
  give_up=$(($(now) + 86400))
  while undo && [ "$undone" != true ] && [ "$(now)" -lt "$give_up" ]; do
    sleep "$pause"
    if [ "$pause" -lt 30 ]; then pause=$((pause * 2)); fi
  done
}

# The uptime in here_ms, without a process of its own: many timers may wait on a host.
here() {
  if read -r up _ 2>/dev/null </proc/uptime; then here_ms=${up%.*}${up#*.}0; else here_ms=$(now_ms); fi
}

wait_and_heal() {
  here
  # The uptime is told in hundredths of a second: one more, so that the undo is never early.
  wake_ms=$((here_ms + 10 + SSM_until * 1000 - $(now_ms)))
  mark "$state/waiting"
  while here && left_ms=$((wake_ms - here_ms)) && [ "$left_ms" -gt 0 ]; do
    if [ -e "$state/disarmed" ] || [ ! -d "$state" ]; then return; fi
    # Two seconds at a time, so that it ends soon after an early undo and no process id need be remembered.
    if [ "$left_ms" -gt 2000 ]; then sleep 2; else sleep "$((left_ms / 1000)).$(printf %03d "$((left_ms % 1000))")"; fi
  done
  heal
}
