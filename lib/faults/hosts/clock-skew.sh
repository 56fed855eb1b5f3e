# shellcheck shell=sh
# The fault `clock-skew`: the host's wall clock is off by so much, and may go on drifting; nothing sets it right meanwhile.
#
# Only CLOCK_REALTIME is moved. The monotonic clocks tick on, so the difference of the two is the same as before once the clock is right
# again, however long it took: what settings moved in between is seen in it, and taken back.
# shellcheck disable=SC2034,SC2154 # what common.sh reads, and what it defines
facility=clock

is_signed() { is_whole "${1#-}"; }
# is_decimal TEXT: digits, a point and up to four digits, with a minus perhaps.
is_decimal() {
  case ${1#-} in
    '' | .* | *. | *[!0-9.]* | *.*.* | *.?????* | 0[0-9]*) return 1 ;;
  esac
}

# to_ns SECONDS: the same in nanoseconds.
to_ns() {
  whole=${1#-}
  case $whole in *.*) part=${whole#*.}000000000 ;; *) part=000000000 ;; esac
  part=$(printf %.9s "$part")
  # With a digit before it, nothing is taken for octal.
  echo "${1%%[0-9]*}$((${whole%%.*} * 1000000000 + 1$part - 1000000000))"
}

# ticked: sets `ticks` to the monotonic clock in nanoseconds; by the uptime, in hundredths, where the kernel's list of timers is not there.
ticked() {
  while read -r word at ticks _; do
    case "$word $at" in
      'now at') return ;;
    esac
  done 2>/dev/null </proc/timer_list
  read -r ticks _ </proc/uptime
  ticks=${ticks%.*}${ticks#*.}0000000
}

# gap: the wall clock less the monotonic one, in nanoseconds, as `GAP DOUBT`. What `date` says less a reading after it is never over, and
# less one before it never short; what is left between the two after some turns is as long as a process takes to begin and to end. Its
# middle is by far nearer than that: it is off by the same each time, which a difference of two does not see.
gap() (
  least=
  turns=0
  while [ "$turns" -lt 8 ]; do
    ticked && before_date=$ticks && dated=$(date +%s%N) && ticked && is_number "$dated" || return 1
    if [ -z "$least" ] || [ "$((dated - ticks))" -gt "$least" ]; then least=$((dated - ticks)); fi
    if [ "$turns" = 0 ] || [ "$((dated - before_date))" -lt "$most" ]; then most=$((dated - before_date)); fi
    turns=$((turns + 1))
  done
  echo "$(((least + most) / 2)) $((most - least))"
)

# off_by: nanoseconds by which the wall clock is off what it was before; 0 where no reading can tell it from that.
off_by() {
  old=$(kept host gap) && new=$(gap) || return 1
  off=$((${new% *} - ${old% *}))
  doubt=$((1000000 + (${new#* } + ${old#* }) / 8))
  if [ "${off#-}" -lt "$doubt" ]; then echo 0; else echo "$off"; fi
}

# shift_clock NANOSECONDS: GNU date reads the clock and sets it in one breath. In the zone without a summer.
shift_clock() {
  digits=$(printf %010d "${1#-}")
  case $1 in -*) sign=- ;; *) sign=+ ;; esac
  act env TZ=UTC0 date -s "now $sign${digits%?????????}.${digits#"${digits%?????????}"} seconds"
}

# time_daemons: the unit of each process that sets the clock; `none` for one that systemd does not keep.
time_daemons() {
  for comm in /proc/[0-9]*/comm; do
    { read -r name <"$comm"; } 2>/dev/null || continue
    case $name in
      chronyd | ntpd | ntpsec | openntpd | systemd-timesyn | phc2sys | timemaster) ;;
      *) continue ;;
    esac
    unit=$(sed -n 's,^\(0:\|[0-9]*:name=systemd\):/system.slice/\([A-Za-z0-9_.@-]*[.]service\)$,\2,p' "${comm%comm}cgroup" | head -n 1)
    echo "${unit:-none}"
  done | sort -u
}

# Every target is the host: whatever runs on it shares its clock.
wanted() { echo host; }

check() {
  [ "$target" = host ] ||
    refuse not-possible 'a container has no wall clock of its own: Linux shifts only the monotonic clocks in a time namespace'
  if ! is_decimal "$SSM_offsetSeconds" || ! is_signed "$SSM_driftPpm"; then
    refuse bad-parameter 'offsetSeconds is a number of up to four digits after the point, and driftPpm a whole one'
  fi
  # A `date` that does not read parts of seconds would set another clock than was asked for.
  [ "$(TZ=UTC0 date -d '1970-01-01 00:00:07 UTC - 1.250 seconds' +%s%N 2>/dev/null)" = 5750000000 ] ||
    refuse missing-tool "this host's date cannot set parts of a second; install it: $(install_command) coreutils"
  case " $(time_daemons | tr '\n' ' ')" in
    *' none '*) refuse foreign-time-daemon 'something that systemd does not keep sets the clock of this host' ;;
  esac
  [ ! -e "$root/.clock" ] || refuse fault-running 'the clock of this host is under another experiment'
}

# What the wall clock is ahead of the uptime, for everybody who asks common.sh for the time.
keep_true_clock() {
  mark "$root/.clock.new" "$(($(now_ms) - $(uptime_ms)))" && mv "$root/.clock.new" "$root/.clock"
}

skew() {
  if [ "$SSM_action" != plan ]; then
    measured=$(gap) || return
    keep host gap "$measured" && keep host daemons "$(time_daemons)" && keep host drift "$SSM_driftPpm" && keep_true_clock || return
  fi
  for unit in $(time_daemons); do
    act timeout -k 2 20 systemctl stop "$unit" || return
  done
  if [ "$1" != 0 ]; then shift_clock "$1" || return; fi
  if [ "$SSM_action" = plan ]; then
    if [ "$SSM_driftPpm" != 0 ]; then echo "every second: $(shift_clock "$((SSM_driftPpm * 1000))")"; fi
    return
  fi
  [ -z "$(time_daemons)" ] || return
  # Half of it at least must be seen.
  if [ "$1" != 0 ]; then
    seen_ns=$(off_by) && is_signed "$seen_ns" && [ "$((${seen_ns#-} * 2))" -ge "${1#-}" ] || return
  fi
  if [ "$SSM_driftPpm" != 0 ]; then begin_rounds host 1; fi
}

apply_to() {
  if shift_ns=$(to_ns "$SSM_offsetSeconds") && skew "$shift_ns"; then return; fi
  # Half of it is no fault: everything back at once.
  take_from host >/dev/null
  if [ "$(look_at host)" = not-skewed ]; then return 9; fi
  return 8
}

# round ID MS: what so many milliseconds of drift come to, less what has been done of it. A millionth of a millisecond is a nanosecond.
round() {
  due=$(($(kept "$1" drift) * $2))
  shift_clock "$((due - ${drifted:-0}))" && drifted=$due
}

take_from() (
  if [ -n "$(kept host gap)" ]; then
    end_rounds host || return
    tries=0
    while [ "$tries" -lt 5 ]; do
      off=$(off_by) && is_signed "$off" || return
      if [ "$off" = 0 ]; then break; fi
      case $off in -*) shift_clock "${off#-}" ;; *) shift_clock "-$off" ;; esac
      tries=$((tries + 1))
    done
    [ "$tries" -lt 5 ] || return
  fi
  for unit in $(kept host daemons); do
    systemctl is-active --quiet "$unit" || timeout -k 2 10 systemctl start "$unit" || return
  done
  rm -f "$root/.clock"
)

look_at() {
  if [ -z "$(kept host gap)" ]; then
    echo not-skewed
  elif is_going_round host; then
    echo drifting
  elif [ -e "$root/.clock" ]; then
    # Who undoes measures when he sets it right.
    case $SSM_action in undo | heal) echo skewed && return ;; esac
    if [ "$(off_by)" = 0 ]; then echo uncorrected; else echo skewed; fi
  else
    echo not-skewed
  fi
}

main
