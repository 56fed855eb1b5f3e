# shellcheck shell=sh
# What a shaping fault hits and what it spares, as u32 filters: of these, kernels and iproute2 have known everything used here for long.
# shellcheck disable=SC2154 # what network.sh, shaping.sh and the parameters define

# filters ID WAY DEVICE: the filters of $interface, as lines for tc; what is spared comes before what is hit.
filters() {
  way=$2
  redirect="action mirred egress redirect dev $3"
  case $way in
    egress) peer=dst theirs=dport ours=sport table_4=1: table_6=2: ;;
    ingress) peer=src theirs=sport ours=dport table_4=3: table_6=4: ;;
  esac
  port=$theirs
  if [ "${SSM_portSide-remote}" = local ]; then port=$ours; fi
  for address in $spared; do
    case $address in
      *:*) rule spared ipv6 "match ip6 $peer $address flowid 1:1" ;;
      *) rule spared ip "match ip $peer $address flowid 1:1" ;;
    esac
  done
  # Neighbour discovery is to IPv6 what ARP is to IPv4, which no filter of ours sees either: ICMPv6 types 133 to 137.
  for types in '133 0xff' '134 0xfe' '136 0xfe'; do
    rule spared ipv6 "match ip6 protocol 58 0xff match u8 $types at 40 flowid 1:1"
  done
  # A host keeps its addresses.
  if [ "$1" = host ]; then
    rule spared ip "match ip protocol 17 0xff match ip $ours 68 0xffff flowid 1:1"
    rule spared ipv6 "match ip6 protocol 17 0xff match ip6 $ours 546 0xffff flowid 1:1"
  fi
  if [ -z "$hit" ]; then
    matches ip | while read -r match; do rule hit ip "$match $redirect"; done
    matches ip6 | while read -r match; do rule hit ipv6 "$match $redirect"; done
    return
  fi
  # Of each family that is named, a table of what else must be so, to which every address leads.
  case $hit in *.*) table ip ip "$table_4" ;; esac
  case $hit in *:*) table ipv6 ip6 "$table_6" ;; esac
  for address in $hit; do
    case $address in
      *:*) rule hit ipv6 "match ip6 $peer $address link $table_6" ;;
      *) rule hit ip "match ip $peer $address link $table_4" ;;
    esac
  done
}

# table PROTOCOL FAMILY HANDLE
table() {
  place hit "$1" "$way"
  echo "filter add dev $interface $way protocol $1 pref $place handle $3 u32 divisor 1"
  matches "$2" | while read -r match; do rule hit "$1" "ht $3 $match $redirect"; done
}

# rule spared|hit PROTOCOL WORDS
rule() {
  place "$1" "$2" "$way"
  echo "filter add dev $interface $way protocol $2 pref $place u32 $3"
}

# matches ip|ip6: what protocol and ports ask for, one alternative a line. Ports are read where they are in a packet without options that is
# no later part of a fragmented one.
matches() {
  case ${SSM_protocol-any} in
    tcp) numbers=6 ;;
    udp) numbers=17 ;;
    icmp) if [ "$1" = ip ]; then numbers=1; else numbers=58; fi ;;
    any) if [ -n "${SSM_ports-}" ]; then numbers='6 17'; else numbers=; fi ;;
  esac
  if [ -z "$numbers" ]; then echo 'match u32 0 0'; fi
  for number in $numbers; do
    if [ -z "${SSM_ports-}" ]; then
      echo "match $1 protocol $number 0xff"
      continue
    fi
    whole=
    if [ "$1" = ip ]; then whole='match u8 5 0x0f at 0 match u16 0 0x1fff at 6'; fi
    hit_ports | while read -r first last; do
      blocks "$first" "$last" | while read -r block; do
        echo "match $1 protocol $number 0xff $whole match $1 $port $block"
      done
    done
  done
}

# blocks FIRST LAST: a range as the fewest `VALUE MASK`, one a line.
blocks() {
  low=$1
  while [ "$low" -le "$2" ]; do
    size=1
    while [ "$((low % (size * 2)))" -eq 0 ] && [ "$((low + size * 2 - 1))" -le "$2" ]; do size=$((size * 2)); done
    printf '%d 0x%04x\n' "$low" "$((65536 - size))"
    low=$((low + size))
  done
}
