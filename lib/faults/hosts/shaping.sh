# shellcheck shell=sh
# Shaping traffic: what is hit goes through a device of ours with one queueing discipline, the rest goes as ever.
# shellcheck disable=SC2034,SC2154 # what acting.sh uses; what common.sh, network.sh and the parameters define
#
# In the target's namespace, clsact filters send what is hit to capuchin-out (what the target sends) or capuchin-in (what it receives), of
# the kernel's type ifb, whose discipline delays, loses or damages it and then puts it back where it was. An interface's own disciplines are
# never touched, however many queues it has, so everything that is not hit keeps them, and the undo has nothing to restore there.
#
#   before/ID/interfaces   names, one a line
#   before/ID/devices      ours, one a line
#   before/ID/clsact-NAME  the interface's clsact is ours
#
# A fault's own file defines discipline, which prints the words of the discipline, and may define check_shape.

facility=network
tools="tc:iproute-tc:iproute2 awk:gawk:gawk $network_tools"
# Left to itself, the module makes two devices in the host's namespace.
modules='sch_netem sch_tbf sch_ingress act_mirred cls_u32 ifb:numifbs=0'
# The handles of our disciplines: of the one that does it, and of the one above it. The places of our filters on an
# interface: what is spared and what is hit, for IPv4 and IPv6, each way. No place may be used for both ways: u32 keeps the tables of both
# together.
our_handle=ca9d:
upper_handle=ca9c:
first_place=51861
last_place=51868

# place spared|hit ip|ipv6 WAY: sets place.
place() {
  case $1:$2:$3 in
    spared:ip:egress) place=51861 ;;
    spared:ipv6:egress) place=51862 ;;
    hit:ip:egress) place=51863 ;;
    hit:ipv6:egress) place=51864 ;;
    spared:ip:ingress) place=51865 ;;
    spared:ipv6:ingress) place=51866 ;;
    hit:ip:ingress) place=51867 ;;
    hit:ipv6:ingress) place=51868 ;;
  esac
}

check_shape() { :; }

check() {
  check_network "$1"
  check_shape
  for interface in $(interfaces_of "$1"); do
    disciplines=$(in_net "$1" tc qdisc show dev "$interface") || refuse engine-silent "nobody can tell how $interface is"
    # A discipline of the interface's own is not in the way. Another hand's filters or its emulator are.
    case $disciplines in
      *'qdisc clsact '* | *'qdisc ingress '*) refuse foreign-qdisc "$interface has filters of another hand (clsact or ingress)" ;;
      *'qdisc netem '*) refuse foreign-qdisc "$interface is under the netem of another hand" ;;
    esac
  done
}

# The directions that are meant: `egress capuchin-out`, `ingress capuchin-in`.
ways() {
  if [ "$SSM_direction" != ingress ]; then echo 'egress capuchin-out'; fi
  if [ "$SSM_direction" != egress ]; then echo 'ingress capuchin-in'; fi
}

apply_to() {
  interfaces=$(interfaces_of "$1")
  hit=$(hit_addresses "$1") && spared=$(spared_addresses "$1") || return 1
  remember_net "$1" || return 1
  if [ "$SSM_action" != plan ]; then
    mark "$state/before/$1/interfaces" "$interfaces" && mark "$state/before/$1/devices" "$(ways | cut -d' ' -f2)" || return 1
  fi
  if shape "$1"; then return; fi
  # Not half a fault.
  if [ "$SSM_action" != plan ]; then take_from "$1" >/dev/null 2>&1; fi
  return 1
}

shape() {
  devices | act_lines "$1" ip && disciplines "$1" | act_lines "$1" tc || return 1
  for interface in $interfaces; do
    # The mark first. The kernel adds none where one is already.
    if [ "$SSM_action" != plan ]; then note_queue "$1" "$interface" && mark "$state/before/$1/clsact-$interface" || return 1; fi
    if ! act_in_net "$1" tc qdisc add dev "$interface" clsact; then
      rm -f "$state/before/$1/clsact-$interface"
      return 1
    fi
    ways | while read -r way device; do filters "$1" "$way" "$device"; done | act_lines "$1" tc || return 1
  done
}

# act_lines ID TOOL: changes what the lines say, in the namespace, with ip or tc. It ends with the first that fails.
act_lines() {
  if [ "$SSM_action" = plan ]; then
    sed "s/^/$2 /"
  else
    in_net "$1" "$2" -batch -
  fi
}

devices() {
  ways | while read -r _ device; do
    echo "link add name $device type ifb"
    echo "link set dev $device alias \"capuchin $SSM_experiment\""
    # No address of its own. A kernel without IPv6 knows no such mode, and gives none.
    if [ -e /proc/net/if_inet6 ]; then echo "link set dev $device addrgenmode none"; fi
    echo "link set dev $device up"
  done
}

# The kernel hands on up to 64 KB of a stream as one packet, which netem would lose or copy whole. A token bucket that is too small for it
# takes it apart before; at its rate it does nothing else.
disciplines() {
  # The words of the discipline.
  # shellcheck disable=SC2046
  set -- "$(largest_frame "$1")" $(discipline)
  ways | while read -r _ device; do
    parent=root
    if [ "$2" = netem ]; then
      echo "qdisc add dev $device root handle $upper_handle tbf rate 100gbit burst $1 latency 1s"
      parent="parent ${upper_handle}1"
    fi
    (shift && echo "qdisc add dev $device $parent handle $our_handle $*")
  done
}

# largest_frame ID: bytes of the largest frame of any of the interfaces, with room for tags.
largest_frame() {
  in_net "$1" ip -o link show | awk -v names=" $(echo "$interfaces" | tr '\n' ' ') " '
    {
      name = $2
      sub(/[@:].*/, "", name)
      if (index(names, " " name " ")) for (i = 3; i < NF; i++) if ($i == "mtu" && $(i + 1) > most) most = $(i + 1)
    }
    END { print (most ? most : 65536) + 32 }'
}

# What there is of ours, a line each: `device NAME`, `bare NAME` without its discipline, `redirect INTERFACE WAY`, `clsact INTERFACE`, and
# `shared INTERFACE` for a clsact of ours to which others have added filters. Fails as in_net does.
ours_in() {
  marked=
  for mark in "$state/before/$1"/clsact-*; do
    if [ -e "$mark" ]; then marked="$marked ${mark##*/clsact-}"; fi
  done
  # shellcheck disable=SC2016,SC2086 # the inner shell's words; names of interfaces
  dump=$(in_net "$1" /bin/sh -c '
    ip -o link show type ifb && tc qdisc show || exit 1
    for interface; do
      for way in egress ingress; do
        echo "filters $interface $way"
        tc filter show dev "$interface" "$way" 2>/dev/null
      done
    done
    # An interface may be gone with its container, while others still live in the namespace.
    exit 0
  ' ours_in $marked) || return
  echo "$dump" | awk -v alias="$(our_alias "$1")" -v handle="$our_handle" -v first="$first_place" -v last="$last_place" \
    -v marked="$marked " '
    /^[0-9]+: capuchin-(out|in):/ {
      name = substr($2, 1, length($2) - 1)
      is = match($0, /alias [^\\]*/) ? substr($0, RSTART + 6, RLENGTH - 6) : ""
      sub(/ *$/, "", is)
      if (alias == "" || is == "" || is == alias) device[name] = "bare"
    }
    $1 == "qdisc" && $3 == handle && ($5 in device) { device[$5] = "device" }
    $1 == "qdisc" && $2 == "clsact" && index(marked, " " $5 " ") { clsact[$5] = 1 }
    $1 == "filters" { interface = $2; way = $3 }
    $1 == "filter" {
      for (i = 2; i < NF; i++) if ($i == "pref") {
        if ($(i + 1) >= first && $(i + 1) <= last) ours[interface] = 1
        else foreign[interface] = 1
      }
    }
    /to device capuchin-(out|in)/ && !seen[interface, way]++ { print "redirect", interface, way }
    END {
      for (name in clsact) if (!(name in foreign)) print "clsact", name; else if (name in ours) print "shared", name
      for (name in device) print device[name], name
    }'
}

# What our devices carry as their alias; nothing before the act, when any of that name is in the way.
our_alias() {
  if [ -e "$state/before/$1/devices" ]; then echo "capuchin $SSM_experiment"; fi
}

look_at() {
  there=$(ours_in "$1") || {
    # Only a namespace that is nowhere any more is gone; the rest is not known.
    if [ "$(net_of "$1")" = gone ]; then echo gone; else echo unknown; fi
    return
  }
  if [ -z "$there" ]; then
    echo not-shaped
    return
  fi
  devices=$(grep -c . "$state/before/$1/devices" 2>/dev/null)
  interfaces=$(grep -c . "$state/before/$1/interfaces" 2>/dev/null)
  if [ "$(echo "$there" | grep -c '^device ')" = "$devices" ] &&
    [ "$(echo "$there" | grep -c '^redirect ')" = "$((devices * interfaces))" ]; then
    echo shaped
  else
    echo half-shaped
  fi
}

# First the way to our devices, then the devices; what still waits in them is lost.
take_from() {
  there=$(ours_in "$1") || return
  restore_queues "$1"
  echo "$there" | while read -r what name _; do
    case $what in
      clsact) in_net "$1" tc qdisc del dev "$name" clsact ;;
      shared) take_filters "$1" "$name" ;;
      device | bare) in_net "$1" ip link del dev "$name" ;;
    esac
  done
}

# take_filters ID INTERFACE: ours alone, from among those of others.
take_filters() {
  for way in egress ingress; do
    for protocol in ip ipv6; do
      for kind in spared hit; do
        place "$kind" "$protocol" "$way"
        in_net "$1" tc filter del dev "$2" "$way" protocol "$protocol" pref "$place" 2>/dev/null
      done
    done
  done
}
