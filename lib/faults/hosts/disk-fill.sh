# shellcheck shell=sh
# The fault `disk-fill`: a worker that holds a large file without a name.
# shellcheck disable=SC2154,SC2034 # what the other files and the parameters define; what the other files read

facility=space
tools="$worker_tools fallocate:util-linux:util-linux dd:coreutils:coreutils stat:coreutils:coreutils"

# Sets `bytes`: what is to be taken.
size_file() {
  measure_place "$place" || return 1
  if [ "$SSM_megabytes" -gt 0 ]; then
    bytes=$((SSM_megabytes * 1048576))
  else
    bytes=$(((used + available) * $(hundredths "$SSM_percent") / 10000 - used))
  fi
}

check() {
  if ! is_percent "$SSM_percent" || ! is_count "$SSM_megabytes"; then
    refuse bad-parameter 'percent is 0 to 100, megabytes is a whole number'
  fi
  check_workers "$1"
  find_place "$1"
  size_file || refuse no-folder "nobody can tell the size of the file system of $SSM_path"
  if [ "$bytes" -lt 1048576 ]; then refuse already-full "$((used * 100 / (used + available))) % of it are in use already"; fi
  need_room "$bytes"
}

apply_to() {
  find_place "$1"
  size_file || return 1
  act start_workers "$1" 1 "process=$process" "folder=$place" "bytes=$bytes" "floor=$floor"
}
take_from() { end_workers "$1" && forget_names "$1"; }
look_at() { look_at_workers "$1" full; }

work_on() {
  if ! open_nameless "${2#*=}" "${3#*=}"; then
    failed "no file can be made in ${3#*=}, or the path leads out of the container"
  elif ! take_space "${4#*=}"; then
    failed "the space cannot be had: $(tail -n 1 "$folder/log")"
  elif ! has_floor "${5#*=}"; then
    failed 'others have filled it meanwhile'
  else
    ready
    linger
  fi
}

# has_floor BYTES: whether so much is left.
has_floor() { measure_place /proc/self/fd/3 && [ "$available" -ge "$1" ]; }

# take_space BYTES: by reserving it, which takes no time; where the file system cannot, by writing it.
take_space() {
  if said=$(fallocate -l "$1" /proc/self/fd/3 2>&1); then return 0; fi
  echo "$said" >>"$folder/log"
  case $said in *'not supported'* | *'not implemented'*) ;; *) return 1 ;; esac
  megabytes=$(($1 / 1048576))
  written=0
  while [ "$written" -lt "$megabytes" ] && ! is_over; do
    part=$((megabytes - written < 64 ? megabytes - written : 64))
    dd if=/dev/zero of=/proc/self/fd/3 bs=1M count="$part" seek="$written" conv=notrunc,fdatasync status=none 2>>"$folder/log" || return 1
    written=$((written + part))
  done
}

main_or_work "$@"
