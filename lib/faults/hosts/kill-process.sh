# shellcheck shell=sh
# The fault `kill-process`: a signal to every process whose command line holds a text; once, or again and again.
# shellcheck disable=SC2034,SC2154 # what common.sh reads, and what it defines
facility=processes
tools='ps:procps-ng:procps awk:gawk:mawk'
# Only the act knows; what undoes finds nothing begun then.
if [ "${SSM_everySeconds-}" = 0 ]; then lasts=no; fi

is_text() { case $1 in *[!A-Za-z0-9\ _./:=@,+-]* | ?? | ? | '') return 1 ;; esac; }

check() {
  is_text "$SSM_pattern" || refuse bad-parameter 'pattern is a text of at least three letters, digits, blanks or _./:=@,+-'
  signal=$(number_of "$SSM_signal") || refuse bad-parameter 'no such signal'
  is_whole "$SSM_everySeconds" || refuse bad-parameter 'everySeconds is a whole number'
  victims=$(matching "$1" "$SSM_pattern")
  [ -n "$victims" ] || refuse no-process "no process of $1 that may be ended has this in its command line: $SSM_pattern"
  while read -r victim _; do
    if is_heeded "$victim" "$signal"; then return; fi
  done <<VICTIMS
$victims
VICTIMS
  refuse ignores-signal "no process of $1 with this in its command line heeds $SSM_signal; SIGKILL is heeded always"
}

apply_to() {
  signal=$(number_of "$SSM_signal") && is_text "$SSM_pattern" || return 8
  keep "$1" signal "$signal"
  victims=$(matching "$1" "$SSM_pattern")
  while read -r victim _; do
    act kill "-$signal" "$victim"
  done <<VICTIMS
$victims
VICTIMS
  if [ "$SSM_action" = plan ]; then
    [ "$SSM_everySeconds" = 0 ] || echo "the same again every $SSM_everySeconds s"
    return
  fi
  while read -r victim begun; do
    if outcome "$victim" "$begun" "$signal"; then keep "$1" hit yes; fi
  done <<VICTIMS
$victims
VICTIMS
  [ -n "$(kept "$1" hit)" ] || return 8
  if [ "$SSM_everySeconds" = 0 ] || begin_rounds "$1" "$SSM_everySeconds"; then return; fi
  # Without those, what was asked for has not come.
  keep "$1" hit ''
  return 8
}

round() {
  signal=$(kept "$1" signal) && matching "$1" "$SSM_pattern" | while read -r victim _; do kill "-$signal" "$victim"; done
}

take_from() (
  end_rounds "$1" && keep "$1" hit ''
)

# Killing lasts as long as somebody goes round; a single act is only looked back at.
look_at() {
  if is_going_round "$1"; then
    echo killing
  elif [ -n "$(kept "$1" hit)" ]; then
    echo hit
  elif [ "$1" = host ]; then
    echo not-killing
  else
    case $(engine_look "${open}.State.Status$close" "$1") in
      gone) echo gone ;;
      unknown) echo unknown ;;
      *) echo not-killing ;;
    esac
  fi
}

main
