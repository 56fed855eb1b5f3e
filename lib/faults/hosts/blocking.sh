# shellcheck shell=sh
# Faults that let packets vanish: one program of packet-program.sh on each interface and direction that is hit, in `clsact`, a place of the
# kernel's before everything else that comes in and after everything else that goes out. Where there was no clsact there is none afterwards,
# and nothing else is touched: no table, no chain, no route, no queue.
# shellcheck disable=SC2154,SC2034 # what the other files and the parameters define; what acting.sh reads
#
# For a fault's own file:
#   rules ID INTERFACE DIRECTION   says what is dropped there, as rules of packet_program; nothing for nothing
#   hooks ID                       optional: `INTERFACE DIRECTION`, one a line; those of the parameters unless it is there
#   renews=yes                     the rules are worked out anew while the fault lasts; always so in the host's namespace
#   main_or_tend                   instead of main
# In before/ID: made/INTERFACE, written before clsact is put there; programs/INTERFACE.DIRECTION; seen-WORD, every address seen so far.

facility=network
modules='sch_ingress cls_bpf'
tools="$network_tools tc:iproute-tc:iproute2 awk:gawk:gawk cksum:coreutils:coreutils cmp:diffutils:diffutils"
renews=no
# Any number below 49152, from which the kernel counts down for whoever names none.
pref=4242
renew_seconds=5

hooks() {
  for interface in $(interfaces_of "$1"); do
    case ${SSM_direction-both} in both | egress) echo "$interface egress" ;; esac
    case ${SSM_direction-both} in both | ingress) echo "$interface ingress" ;; esac
  done
}

interfaces_hit() { hooks "$1" | cut -d' ' -f1 | sort -u; }

commas() { grep . | sort -u | paste -sd, -; }

# gather ID WORD COMMAND…: addresses, one a line, together with all that were seen before: names wander from address to address. What does
# not answer while the fault lasts is left as it was.
gather() {
  seen=$state/before/$1/seen-$2
  shift 2
  if [ "$SSM_action" = plan ] || [ ! -d "${seen%/*}" ]; then
    "$@"
    return
  fi
  found=$("$@") || [ "$SSM_action" = tend ] || return 1
  { cat "$seen" 2>/dev/null; printf '%s\n' "$found"; } | grep . | sort -u >"$seen.new"
  mv "$seen.new" "$seen" && cat "$seen"
}

# PORTS and ADDRESSES of a rule, by the parameters of network-parameters.ts.
port_words() {
  ports=$(hit_ports | while read -r first last; do echo "$first-$last"; done | paste -sd, -)
  if [ -n "$ports" ]; then echo "${SSM_portSide-remote}:$ports"; else echo any; fi
}

names_addresses() { [ -n "${SSM_addresses-}${SSM_serviceAddresses-}${SSM_peers-}" ]; }

address_words() {
  if names_addresses; then gather "$1" hit hit_addresses "$1" | commas; else echo any; fi
}

# What no fault may hit: the ways of metadata and Systems Manager (also by name), and the lease of the address.
kept_rules() {
  spared=$(gather "$1" spared spared_addresses "$1" | commas) && [ -n "$spared" ] || return 1
  echo "keep any any $spared any"
  echo 'keep udp remote:67-68,546-547 any any'
  if [ "$1" = host ]; then echo 'keep udp remote:53 any ssm.*,ssmmessages.*,ec2messages.*'; fi
}

# Of whom a program is: its first step loads this number, which nothing reads.
mark_of() { printf '%s' "$SSM_experiment/$SSM_target" | cksum | while read -r sum _; do echo "$sum"; done; }

check() {
  check_network "$1"
  for interface in $(interfaces_hit "$1"); do
    # shellcheck disable=SC2016 # the inner shell's words
    case $(in_net "$1" /bin/sh -c 'ip -o link show dev "$1" && tc qdisc show dev "$1" && tc qdisc show dev "$1" ingress' look "$interface" 2>&1) in
      *'qdisc clsact '* | *'qdisc ingress '*)
        refuse foreign-qdisc "another hand, or a fault that nobody took back, has a clsact or ingress qdisc at $interface"
        ;;
      *link/ether* | *link/loopback*) ;;
      *) refuse odd-interface "$interface is no interface with frames of Ethernet" ;;
    esac
  done
  check_rules "$1"
}

# What a fault may check of its own; it says `refuse` too.
check_rules() { :; }

# compile ID INTERFACE DIRECTION: prints a program, or nothing when nothing is hit there.
compile() {
  hit=$(rules "$@") || return 1
  if [ -z "$hit" ]; then return 0; fi
  kept=$(kept_rules "$1") || return 1
  printf '%s\n' "$kept" "$hit" | packet_program "$3" "$(mark_of)"
}

# put_filter ID INTERFACE DIRECTION: puts the program in place, or in the place of the one that is there.
put_filter() {
  in_net "$1" tc filter replace dev "$2" "$3" pref "$pref" handle 1 protocol all \
    bpf bytecode-file "$state/before/$1/programs/$2.$3" direct-action
}

apply_to() {
  placed=$(hooks "$1") && [ -n "$placed" ] || return 1
  if [ "$SSM_action" = plan ]; then
    echo "$placed" | while read -r interface way; do
      # Of all that is kept open, only that it is.
      rules "$1" "$interface" "$way" | sed "s/^/tc filter, clsact of $interface, $way: /"
    done
    return
  fi
  remember_net "$1" && mkdir -p "$state/before/$1/made" "$state/before/$1/programs" && compile_all "$1" || return 1
  # What is half done says that it is done; so nothing half done stays.
  if ! place_all "$1"; then
    take_from "$1"
    return 1
  fi
  if [ "$1" = host ] || [ "$renews" = yes ]; then begin_tending "$1"; fi
}

compile_all() {
  echo "$placed" | while read -r interface way; do
    program=$state/before/$1/programs/$interface.$way
    compile "$1" "$interface" "$way" >"$program" || exit 1
    [ -s "$program" ] || rm "$program"
  done && [ -n "$(ls "$state/before/$1/programs")" ]
}

place_all() {
  for program in "$state/before/$1/programs"/*; do
    way=${program##*.}
    interface=${program##*/}
    interface=${interface%.*}
    if [ ! -e "$state/before/$1/made/$interface" ]; then
      note_queue "$1" "$interface" && mark "$state/before/$1/made/$interface" &&
        { in_net "$1" tc qdisc add dev "$interface" clsact || { rm "$state/before/$1/made/$interface" && return 1; }; }
    fi
    put_filter "$1" "$interface" "$way" || return 1
  done
}

# at_filters ID SCRIPT: runs the script in the namespace, once, with all that undoing and looking go by. Fails with 75 when it is gone.
# Its function `filters` prints the filters of an interface in a direction, and nothing when it has no clsact.
at_filters() {
  # The words of a list; the inner shell's words.
  # shellcheck disable=SC2046,SC2016
  in_net "$1" /bin/sh -c '
    filters() { tc filter show dev "$1" "$2" 2>/dev/null; }
    has_clsact() { case $(tc qdisc show dev "$1" 2>/dev/null) in *"qdisc clsact "*) ;; *) false ;; esac; }
    is_mine() { case $1 in *" pref $pref "*",0 0 0 $mark,"*) ;; *) false ;; esac; }
    mark=$1
    pref=$2
    shift 2
    '"$2" at_filters "$(mark_of)" "$pref" $(ls "$state/before/$1/made" 2>/dev/null)
}

# Takes away this experiment's programs, and clsact with the last filter of all: another hand may have put some of its own beside ours.
take_from() {
  wait_for_tending "$1"
  restore_queues "$1"
  # shellcheck disable=SC2016 # the inner shell's words
  at_filters "$1" '
    for interface; do
      for way in egress ingress; do
        if is_mine "$(filters "$interface" "$way")"; then tc filter del dev "$interface" "$way" pref "$pref"; fi
      done
      if has_clsact "$interface" && [ -z "$(filters "$interface" egress)$(filters "$interface" ingress)" ]; then
        tc qdisc del dev "$interface" clsact
      fi
    done'
}

look_at() {
  if [ ! -e "$state/before/$1/net" ]; then
    if [ "$1" = host ]; then echo not-blocked && return; fi
    case $(engine_look "${open}.State.Status$close" "$1") in
      gone) echo gone ;;
      unknown) echo unknown ;;
      *) echo not-blocked ;;
    esac
    return
  fi
  # A clsact without filters is ours too: what was at work has been killed before or after the filter. Others' filters keep theirs.
  # shellcheck disable=SC2016 # the inner shell's words
  at_filters "$1" '
    tc qdisc show >/dev/null || exit 1
    for interface; do
      if ! has_clsact "$interface"; then continue; fi
      there="$(filters "$interface" egress)
$(filters "$interface" ingress)"
      if is_mine "$there" || [ "$there" = "
" ]; then echo blocked && exit; fi
    done
    echo not-blocked' 2>/dev/null
  case $? in 0) ;; 75) echo gone ;; *) echo unknown ;; esac
}

# begin_tending ID: a process of its own that works the rules out anew, every few seconds, until the fault ends. Without it they stay.
begin_tending() {
  own_session='nohup'
  if command -v setsid >/dev/null; then own_session=setsid; fi
  CAPUCHIN_STATE=$root SSM_action=tend CAPUCHIN_ID=$1 "$own_session" /bin/sh "$0" 9>&- </dev/null >/dev/null 2>&1 &
}

main_or_tend() {
  if [ "${SSM_action-}" != tend ]; then
    main
    return
  fi
  target=${SSM_target##*/}
  state="$root/e-$SSM_experiment/$target"
  is_word "${CAPUCHIN_ID-}" && exec 8>>"$state/before/$CAPUCHIN_ID/tending" && flock -n 8 && tend "$CAPUCHIN_ID"
}

is_wanted() { [ -e "$state/acted/$1" ] && [ ! -e "$state/tombstone" ]; }
is_under_way() { is_wanted "$1" && [ "$(now)" -lt "$SSM_until" ]; }

tend() {
  ticks=0
  # Between two renewals without a process but the one that sleeps.
  while is_wanted "$1"; do
    sleep 0.5 8>&-
    ticks=$(((ticks + 1) % (renew_seconds * 2)))
    if [ "$ticks" = 0 ]; then
      is_under_way "$1" || return
      renew "$1" 8>&-
    fi
  done
}

# A program that would be another is exchanged in one step. One that cannot be made leaves the last one there.
renew() {
  for program in "$state/before/$1/programs"/*.*gress; do
    way=${program##*.}
    interface=${program##*/}
    next=${program%/*/*}/next
    if ! compile "$1" "${interface%.*}" "$way" >"$next" || [ ! -s "$next" ] || cmp -s "$next" "$program"; then continue; fi
    # Between undo's first step and its last, nothing is put back.
    if lock 5; then
      if is_under_way "$1"; then mv "$next" "$program" && put_filter "$1" "${interface%.*}" "$way"; fi
      flock -u 9
    fi
  done
}

# It ends by itself within half a second, or with the question it is asking.
wait_for_tending() {
  if [ -e "$state/before/$1/tending" ]; then flock -w 2 "$state/before/$1/tending" true; fi
}
