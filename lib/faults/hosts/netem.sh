# shellcheck shell=sh
# The words of the kernel's network emulator (tc-netem(8)).
# shellcheck disable=SC2154 # what the parameters define

# need_decimals NAME=VALUE…: each a number like 12 or 0.5.
need_decimals() {
  for pair in "$@"; do
    case ${pair#*=} in
      '' | *[!0-9.]* | .* | *. | *.*.*) refuse bad-parameter "${pair%%=*} is no number" ;;
    esac
  done
}

is_zero() { case $1 in *[1-9]*) return 1 ;; esac; }

# queue_of DELAY JITTER [KBIT]: how many packets may wait. netem's own limit of 1000 would lose what is delayed above some rate: here it is
# 100 packets for each millisecond that one may wait, at most 50000, which is as much memory as a fault may take. With a rate, packets wait
# for that too, for 400 ms at most.
queue_of() {
  wait_ms=$((${1%%.*} + 4 * ${2%%.*} + 1))
  packets=$((1000 + 100 * wait_ms))
  if ! is_zero "${3-0}"; then
    slow=$(($3 * (wait_ms + 400) / 8 / 1514 + 10))
    if [ "$slow" -lt "$packets" ]; then packets=$slow; fi
  fi
  if [ "$packets" -gt 50000 ]; then packets=50000; fi
  echo "limit $packets"
}

# delay_words DELAY JITTER CORRELATION DISTRIBUTION
delay_words() {
  if is_zero "$1" && is_zero "$2"; then return; fi
  echo "delay ${1}ms"
  if is_zero "$2"; then return; fi
  echo "${2}ms ${3}%"
  # Evenly is how the kernel spreads it without a table.
  case $4 in normal | pareto | paretonormal) echo "distribution $4" ;; esac
}

# share_words WORD PERCENT CORRELATION
share_words() {
  if is_zero "$2"; then return; fi
  echo "$1 ${2}%"
  if ! is_zero "$3"; then echo "${3}%"; fi
}

# A rate far above any link's keeps packets in their order: with one, netem lets none leave before the one that came before it.
order_words() {
  if [ "$1" = yes ]; then echo 'rate 32gbit'; fi
}

# need_distribution NAME: the table that iproute2 brings for it.
need_distribution() {
  case $1 in none | uniform) return ;; normal | pareto | paretonormal) ;; *) refuse bad-parameter 'no such distribution' ;; esac
  for folder in "${TC_LIB_DIR-}" /usr/lib/tc /usr/lib64/tc /usr/share/tc /lib/tc /usr/lib/*/tc; do
    if [ -e "$folder/$1.dist" ]; then return; fi
  done
  need_package "iproute2's table $1.dist" iproute-tc iproute2
}
