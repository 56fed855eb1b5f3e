# shellcheck shell=sh
# The fault `network-partition`: the target and some others do not hear of each other any more. Who the others are is told, or follows
# from a list of members that every target is told alike, and a topology.
# shellcheck disable=SC2154 # what the other files and the parameters define

# forbidden_members TOPOLOGY COUNT OWN: numbers from 0, one a line; see forbiddenTo in topology.ts.
forbidden_members() {
  majority=$(($2 / 2 + 1))
  other=0
  while [ "$other" -lt "$2" ]; do
    low=$((other < $3 ? other : $3))
    high=$((other < $3 ? $3 : other))
    separate=no
    if [ "$low" -lt "$majority" ] && [ "$high" -ge "$majority" ]; then separate=yes; fi
    case $1:$separate in
      split:yes) echo "$other" ;;
      bridge:yes) if [ "$low" -ne $((majority - 1)) ]; then echo "$other"; fi ;;
      single-bridge:yes) if [ "$low" -ne $((majority - 1)) ] || [ "$high" -ne "$majority" ]; then echo "$other"; fi ;;
      ring:*) case $((high - low)) in 0 | 1 | $(($2 - 1))) ;; *) echo "$other" ;; esac ;;
    esac
    other=$((other + 1))
  done
}

# own_number ID: which of the members the target is, by the addresses in its namespace; fails when it is none, or more than one.
own_number() {
  number=0
  found=
  # In the one way to write it, as `ip` prints it; what is written otherwise is no member that could be found.
  own=" $(in_net "$1" ip -o address show 2>/dev/null | awk '{ sub("/.*", "", $4); printf "%s ", $4 }')"
  for member in $SSM_members; do
    for address in $(echo "$member" | tr , ' '); do
      case $own in
        *" $address "*)
          [ -z "$found" ] || [ "$found" = "$number" ] || return 1
          found=$number
          ;;
      esac
    done
    number=$((number + 1))
  done
  [ -n "$found" ] && echo "$found"
}

forbidden_addresses() {
  number=$(own_number "$1") || return 1
  count=$(echo "$SSM_members" | wc -w)
  for other in $(forbidden_members "$SSM_topology" "$count" "$number"); do
    echo "$SSM_members" | cut -d' ' -f$((other + 1)) | tr , '\n'
  done
}

# Addresses of everybody whom the target is cut from.
cut_off() {
  hit_addresses "$1" || return 1
  if [ "${SSM_topology-none}" != none ]; then forbidden_addresses "$1"; fi
}

check_rules() {
  case ${SSM_members-} in *[!0-9A-Fa-f.:,\ ]*) refuse bad-parameter 'members are addresses' ;; esac
  case ${SSM_topology-none} in
    none) names_addresses || refuse bad-parameter 'nobody to be cut from' ;;
    split | ring | bridge | single-bridge)
      own_number "$1" >/dev/null || refuse not-a-member 'not one of the members, or several, is an address of the target'
      ;;
    *) refuse bad-parameter 'no such topology' ;;
  esac
}

# A bridge is cut from nobody: its share of the fault is that it keeps its ways.
rules() {
  cut=$(gather "$1" cut cut_off "$1") || return 1
  cut=$(echo "$cut" | commas)
  if [ -n "$cut" ]; then echo "drop any any $cut any"; else echo 'keep any any any any'; fi
}

main_or_tend
