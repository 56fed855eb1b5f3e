# shellcheck shell=sh
# The fault `network-blackhole`: packets of some ports, protocols or peers vanish, in one direction or both.
# shellcheck disable=SC2154 # what the other files and the parameters define

rules() {
  to=$(address_words "$1") && echo "drop $SSM_protocol $(port_words) $to any"
}

check_rules() {
  filtered=no
  if names_addresses || [ -n "${SSM_ports-}" ] || [ "$SSM_protocol" != any ]; then filtered=yes; fi
  if [ "$filtered" = "${SSM_everything-no}" ]; then refuse bad-parameter 'either a filter or everything'; fi
}

main_or_tend
