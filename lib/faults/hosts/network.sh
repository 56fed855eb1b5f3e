# shellcheck shell=sh
# Network namespaces, and the part of the traffic that a network fault is told to hit.
# shellcheck disable=SC2034,SC2154 # what common.sh, namespaces.sh and the parameters define; what a fault's own file uses
#
# Here an ID stands for a whole network namespace: the host's, or that of one or more containers of the task, for which one of them stands.
# It is remembered in before/ID/net when the act begins, and found again by any process that lives in it: the undo needs no engine.
#
# The parameters interfaces, direction, addresses, ports, portSide, protocol and peers are those of network-parameters.ts; services come as
# serviceAddresses.
#
# For a fault's own file, which puts network_tools among its tools:
#   remember_net ID            apply_to does this first
#   in_net ID COMMAND…         runs a command of the host in the namespace; it fails with 75 when the namespace is gone
#   act_in_net ID COMMAND…     the same for a command that changes something
#   net_of ID                  the remembered namespace when it is still there; `gone`, or `unknown`
#   check_network ID           check does this first: refuses what no network fault can be done to
#   interfaces_of ID           names, one a line
#   hit_addresses ID           addresses and ranges of both families to be hit, one a line; nothing means all
#   spared_addresses ID        addresses that stay reachable whatever is hit
#   hit_ports                  `FIRST LAST`, one range a line; nothing means all

network_tools='ip:iproute:iproute2 nsenter:util-linux:util-linux unshare:util-linux:util-linux getent:glibc-common:libc-bin'

# Of each running container of the task: its namespace, 1 for ECS's pause container and 2 for others, its id, and whether it is meant. The
# pause container holds the namespace of an `awsvpc` task for as long as the task lives, so it is the one to stand for it.
task_namespaces() {
  listed=$(task_containers) || return 1
  echo "$listed" | while read -r id name; do
    if [ -z "$id" ]; then continue; fi
    namespace=$(namespace_of "$id" net) || exit 1
    case $name in
      '~internal~ecs~pause') echo "$namespace 1 $id no" ;;
      '' | '~internal~'*) echo "$namespace 2 $id no" ;;
      "$SSM_container") echo "$namespace 2 $id yes" ;;
      *) if [ "$SSM_container" = '*' ]; then echo "$namespace 2 $id yes"; else echo "$namespace 2 $id no"; fi ;;
    esac
  done
}

# One ID for each namespace that holds a container which is meant.
wanted() {
  if [ "$target" = host ]; then
    echo host
    return
  fi
  listed=$(task_namespaces) || return 1
  echo "$listed" | sort | awk '
    !($1 in stands) { stands[$1] = $3; order[++count] = $1 }
    $4 == "yes" { meant[$1] = 1 }
    END { for (i = 1; i <= count; i++) if (order[i] in meant) print stands[order[i]] }'
}

# remember_net ID
remember_net() {
  if [ "$SSM_action" = plan ]; then return; fi
  name=$(namespace_of "$1" net) && mark "$state/before/$1/net" "$name"
}

# process_in ID: a process that lives in the namespace.
process_in() {
  if [ "$1" = host ]; then
    echo 1
    return
  fi
  # Before the act has remembered one, the engine says.
  if [ ! -e "$state/before/$1/net" ]; then
    if [ "${checked_id-}" = "$1" ]; then echo "$checked_process"; else process_of "$1"; fi
    return
  fi
  read -r known <"$state/before/$1/net"
  case $known in net:\[*[0-9]\]) ;; *) return 1 ;; esac
  known=${known#net:\[}
  # Processes end while we look.
  one=$(find /proc/[0-9]*/ns/net -maxdepth 0 -lname "net:\\[${known%\]}\\]" -print -quit 2>/dev/null)
  one=${one#/proc/}
  is_number "${one%%/*}" && echo "${one%%/*}"
}

net_of() {
  if [ "$1" = host ]; then
    readlink /proc/1/ns/net || echo unknown
  elif process_in "$1" >/dev/null; then
    cat "$state/before/$1/net" 2>/dev/null || echo unknown
  else
    echo gone
  fi
}

in_net() {
  space=$1
  shift
  if [ "$space" = host ]; then
    "$@"
    return
  fi
  process=$(process_in "$space") || return 75
  expected=
  if [ -e "$state/before/$space/net" ]; then read -r expected <"$state/before/$space/net"; fi
  # shellcheck disable=SC2016 # the inner shell's words
  nsenter --target "$process" --net -- /bin/sh -c '
    if [ -n "$1" ] && [ "$(readlink /proc/self/ns/net)" != "$1" ]; then exit 75; fi
    shift
    exec "$@"
  ' in_net "$expected" "$@"
}

act_in_net() {
  case $SSM_action in
    plan) shift && echo "$*" ;;
    *) in_net "$@" ;;
  esac
}

# Each word of a list must be made of these letters, and not begin with a hyphen.
need_words() {
  for word in $3; do
    # Unquoted, for in quotes a range of letters would be its first letter, a hyphen, and its last.
    # shellcheck disable=SC2254
    case $word in -* | *[!$2]*) refuse bad-parameter "$1: not the words that Capuchin sends" ;; esac
  done
}

# The patterns of the document have let these through already; nothing here depends on that.
check_filters() {
  case "${SSM_interfaces-}${SSM_addresses-}${SSM_serviceAddresses-}${SSM_ports-}${SSM_peers-}" in
    *[!A-Za-z0-9_.:/\ -]*) refuse bad-parameter 'a filter has letters that no filter has' ;;
  esac
  need_words interfaces 'A-Za-z0-9_.-' "${SSM_interfaces-}"
  need_words addresses '0-9A-Fa-f.:/' "${SSM_addresses-} ${SSM_serviceAddresses-}"
  need_words peers 'A-Za-z0-9_.-' "${SSM_peers-}"
  need_words ports '0-9-' "${SSM_ports-}"
  hit_ports | while read -r first last; do
    is_number "$first" && is_number "$last" && [ "$first" -le "$last" ] && [ "$last" -le 65535 ] || exit 1
  done || refuse bad-parameter 'ports are numbers or ranges up to 65535'
  case "${SSM_direction-both}:${SSM_protocol-any}:${SSM_portSide-remote}" in
    *:*:*:*) refuse bad-parameter 'direction, protocol or portSide' ;;
    egress:*:* | ingress:*:* | both:*:*) ;;
    *) refuse bad-parameter 'no such direction' ;;
  esac
  case "${SSM_protocol-any}" in any | tcp | udp | icmp) ;; *) refuse bad-parameter 'no such protocol' ;; esac
  case "${SSM_portSide-remote}" in remote | local) ;; *) refuse bad-parameter 'no such side of a port' ;; esac
}

check_network() {
  check_filters
  if [ "$1" != host ]; then
    # Asked once: each look through a namespace before the act would ask the engine again.
    checked_process=$(process_of "$1") || refuse engine-silent "nobody can tell the first process of $1"
    checked_id=$1
    mine=$(readlink "/proc/$checked_process/ns/net") || refuse engine-silent "nobody can tell which network $1 is in"
    if [ "$mine" = "$(readlink /proc/1/ns/net)" ]; then
      refuse host-network 'the container is in the network namespace of its host, which is not its own'
    fi
  fi
  chosen=$(interfaces_of "$1")
  [ -n "$chosen" ] || refuse no-interface 'the target has no default route; name the interfaces'
  for interface in $chosen; do
    in_net "$1" ip link show dev "$interface" >/dev/null 2>&1 || refuse no-interface "there is no $interface"
  done
  hit_addresses "$1" >/dev/null || refuse no-address 'a peer has no address by the resolver of the target'
  spared_addresses "$1" >/dev/null || refuse ssm-unknown 'nobody can tell by which addresses this host reaches Systems Manager'
}

interfaces_of() {
  if [ -n "${SSM_interfaces-}" ]; then
    # The words of a list.
    # shellcheck disable=SC2086
    printf '%s\n' $SSM_interfaces
    return
  fi
  for family in -4 -6; do in_net "$1" ip "$family" -o route show default 2>/dev/null; done |
    awk '{ for (i = 1; i < NF; i++) if ($i == "dev" && $(i + 1) != "lo") print $(i + 1) }' | sort -u
}

# look_up ID NAME: the addresses of a name by the target's own resolver. The container's resolv.conf and hosts are laid over the host's in a
# mount namespace that ends with the question, so that the image needs no tools.
look_up() {
  if [ "$1" = host ]; then
    timeout -k 1 8 getent ahosts "$2"
  else
    process=$(process_in "$1") || return 1
    # shellcheck disable=SC2016 # the inner shell's words
    timeout -k 1 8 unshare --mount /bin/sh -c '
      # Copies: no mount can be taken from another mount namespace, and mount(8) would even take the file of ours that has its name.
      mount -t tmpfs none /mnt || exit 1
      for file in resolv.conf hosts; do
        if [ -e "/proc/$1/root/etc/$file" ]; then
          cat "/proc/$1/root/etc/$file" >"/mnt/$file" && mount --bind "/mnt/$file" "/etc/$file" || exit 1
        fi
      done
      exec nsenter --target "$1" --net -- getent -s "hosts:files dns" ahosts "$2"
    ' look_up "$process" "$2"
  fi | awk '{ print $1 }' | sort -u | grep .
}

hit_addresses() {
  # The words of lists.
  # shellcheck disable=SC2086
  for address in ${SSM_addresses-} ${SSM_serviceAddresses-}; do echo "$address"; done
  for peer in ${SSM_peers-}; do look_up "$1" "$peer" || return 1; done
}

hit_ports() {
  for range in ${SSM_ports-}; do echo "${range%%-*} ${range##*-}"; done
}

# The region in which the SSM agent of this host works, which the agent tells every command.
region_of_host() {
  region=${AWS_SSM_REGION_NAME-}
  if [ -z "$region" ] && command -v curl >/dev/null; then
    metadata=http://169.254.169.254/latest
    token=$(curl -s -f -m 2 -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' "$metadata/api/token")
    region=$(curl -s -f -m 2 -H "X-aws-ec2-metadata-token: $token" "$metadata/meta-data/placement/region")
  fi
  case $region in '' | *[!a-z0-9-]*) return 1 ;; esac
  echo "$region"
}

# The metadata service and the agent's endpoint for tasks' credentials; in the host's namespace, Systems Manager too. ec2messages is
# missing in newer regions; the other two are everywhere.
spared_addresses() {
  printf '%s\n' 169.254.169.254 169.254.170.2 fd00:ec2::254
  if [ "$1" != host ]; then return; fi
  region=$(region_of_host) || return 1
  domain=amazonaws.com
  case $region in cn-*) domain=amazonaws.com.cn ;; esac
  look_up host "ssm.$region.$domain" && look_up host "ssmmessages.$region.$domain" || return 1
  look_up host "ec2messages.$region.$domain" || true
}

# note_queue ID INTERFACE: notes an interface without a queue, as containers' are. With its first discipline, clsact too, the kernel gives it
# one of a thousand packets, and leaves it when the discipline is gone.
note_queue() {
  link=$(in_net "$1" ip -o link show dev "$2") || return 1
  case $link in *' qlen '*) ;; *) mark "$state/before/$1/queueless-$2" ;; esac
}

# Before the disciplines go, so that an undo that is cut off does it again.
restore_queues() {
  for note in "$state/before/$1"/queueless-*; do
    if [ -e "$note" ]; then in_net "$1" ip link set dev "${note##*/queueless-}" txqueuelen 0; fi
  done
}
