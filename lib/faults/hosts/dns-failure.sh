# shellcheck shell=sh
# The fault `dns-failure`: the target's questions to resolvers vanish, by UDP and TCP, IPv4 and IPv6; all, or those for some names. What it
# answers as a resolver to others is left alone.
# shellcheck disable=SC2154 # what the other files and the parameters define

# On lo are the stub of systemd-resolved (127.0.0.53) and Docker's resolver (127.0.0.11).
hooks() {
  echo 'lo egress'
  for interface in $(interfaces_of "$1"); do
    if [ "$interface" != lo ]; then echo "$interface egress"; fi
  done
}

rules() {
  names=$(printf '%s' "${SSM_names-}" | tr ' ' ,)
  echo "drop any remote:53 any ${names:-any}"
  # Docker's resolver is translated to another port before it comes to lo, and nothing else is at that address.
  if [ "$2" = lo ]; then echo "drop any any 127.0.0.11 ${names:-any}"; fi
}

check_rules() {
  for name in ${SSM_names-}; do
    case $name in .* | *. | *..* | -* | *[!A-Za-z0-9_.-]*) refuse bad-parameter 'names are host names' ;; esac
  done
}

main_or_tend
