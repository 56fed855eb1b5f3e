#!/bin/sh
# Prints everything that is set in the network namespace that this runs in, under headings. Counters and warnings left out.
heading() { printf '\n== %s\n' "$1"; }
interfaces=$(ip -o link show | while IFS=': ' read -r _ name _; do echo "${name%%@*}"; done)
heading interfaces
ip -d -o link show
heading addresses
ip -o address show
heading routes
ip -4 -batch - 2>&1 <<END
rule show
route show table all
neigh show nud permanent
END
ip -6 -batch - 2>&1 <<END
rule show
route show table all
neigh show nud permanent
END
heading queues
{
  echo 'qdisc show'
  for interface in $interfaces; do
    echo "class show dev $interface"
    for side in root ingress egress; do echo "filter show dev $interface $side"; done
  done
} | tc -d -force -batch - 2>/dev/null
for table in iptables ip6tables; do
  heading "$table"
  "$table-save" 2>/dev/null
done
heading nftables
nft -s list ruleset 2>/dev/null
