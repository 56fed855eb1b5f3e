# shellcheck shell=sh
# The namespaces of what a fault acts on: of the host itself, or of one container.
# shellcheck disable=SC2154 # what common.sh defines

# process_of ID: the process id, as the host counts, of the container's first process; 1 for the host. Fails when there is none.
process_of() {
  if [ "$1" = host ]; then
    echo 1
    return
  fi
  pid=$(engine_look "${open}.State.Pid$close" "$1")
  is_number "$pid" && [ "$pid" -gt 0 ] && echo "$pid"
}

# namespace_of ID KIND: the kernel's name for the namespace, like net:[4026531992].
namespace_of() {
  process=$(process_of "$1") && readlink "/proc/$process/ns/$2"
}

# within ID KIND COMMAND…: runs a command of the host in the ID's namespace of that kind (net, pid, …). It fails with 75 when the namespace
# is another than the act has written to before/ID/KIND: a container that was started anew is not the one that was hurt.
within() {
  id=$1
  kind=$2
  shift 2
  if [ "$id" = host ]; then
    "$@"
    return
  fi
  process=$(process_of "$id") || return 75
  expected=$(cat "$state/before/$id/$kind" 2>/dev/null)
  # shellcheck disable=SC2016 # the inner shell's words
  nsenter --target "$process" "--$kind" -- /bin/sh -c '
    if [ -n "$1" ] && [ "$(readlink "/proc/self/ns/$2")" != "$1" ]; then exit 75; fi
    shift 2
    exec "$@"
  ' within "$expected" "$kind" "$@"
}
