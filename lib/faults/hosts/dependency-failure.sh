# shellcheck shell=sh
# The fault `dependency-failure`: what the target sends to an AWS service, or to some hosts, vanishes. Names are resolved as the target
# resolves them, and again every few seconds while it lasts; every address that was seen stays blocked.
# shellcheck disable=SC2154,SC2034 # what the other files and the parameters define; what blocking.sh reads

renews=yes

hooks() { for interface in $(interfaces_of "$1"); do echo "$interface egress"; done; }

# Names under which the service may be reached; not every service has each.
endpoint_names() {
  if [ -z "${SSM_endpoints-}" ]; then return; fi
  region=$(region_of_host) || return 1
  for endpoint in $SSM_endpoints; do
    case $endpoint in
      *.) echo "${endpoint%.}" ;;
      *) case $region in
        cn-*) echo "$endpoint.$region.amazonaws.com.cn" ;;
        *) printf '%s\n' "$endpoint.$region.amazonaws.com" "$endpoint.$region.api.aws" ;;
      esac ;;
    esac
  done
}

# Every host that is named must have an address, and of a service's names any.
dependency_addresses() {
  for host in ${SSM_hosts-}; do look_up "$1" "$host" || return 1; done
  for range in ${SSM_ranges-}; do echo "$range"; done
  endpoints=$(endpoint_names) || return 1
  if [ -n "$endpoints" ]; then
    found=$(for name in $endpoints; do look_up "$1" "$name"; done)
    # While it lasts, a name without an answer changes nothing.
    if [ -z "$found" ] && [ "$SSM_action" != tend ]; then return 1; fi
    echo "$found"
  fi
}

check_rules() {
  need_words hosts 'A-Za-z0-9_.-' "${SSM_hosts-}"
  need_words endpoints 'a-z0-9.-' "${SSM_endpoints-}"
  need_words ranges '0-9A-Fa-f.:/' "${SSM_ranges-}"
  case ${SSM_traffic-} in web | all) ;; *) refuse bad-parameter 'traffic is web or all' ;; esac
  [ -n "${SSM_hosts-}${SSM_endpoints-}" ] || refuse bad-parameter 'neither a service nor a host'
  if [ "$1" = host ]; then
    case " ${SSM_endpoints-} " in *' ssm '*) refuse own-way 'Systems Manager is how Capuchin reaches this host' ;; esac
  fi
  blocked=$(dependency_addresses "$1") ||
    refuse no-address 'what is to be blocked has no address by the resolver of the target'
  # A range is more than an address of Systems Manager's.
  if ! spared_addresses "$1" | { spared=$(cat) && echo "$blocked" | grep -qvxF "$spared"; }; then
    refuse own-way 'what is to be blocked has no address but those by which Systems Manager is reached'
  fi
}

rules() {
  blocked=$(gather "$1" blocked dependency_addresses "$1") || return 1
  blocked=$(echo "$blocked" | commas)
  if [ "$SSM_traffic" = web ]; then echo "drop any remote:80,443 $blocked any"; else echo "drop any any $blocked any"; fi
}

main_or_tend
