# shellcheck shell=sh
# What an act notes of what was there before it.
# shellcheck disable=SC2154 # what common.sh and the parameters define

# keep ID NAME TEXT: writes before/ID/NAME, at once or not at all; nothing in a plan.
keep() {
  [ "$SSM_action" = plan ] && return
  mkdir -p "$state/before/$1" && mark "$state/before/$1/$2.new" "$3" && mv "$state/before/$1/$2.new" "$state/before/$1/$2"
}

kept() { cat "$state/before/$1/$2" 2>/dev/null; }

# A whole number as a host is sent it: none that $(( )) would take for octal.
is_whole() { case $1 in 0) ;; '' | 0* | *[!0-9]*) return 1 ;; esac; }
