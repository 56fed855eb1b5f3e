# shellcheck shell=sh
# Folders in a container or on the host, their file systems, and files without a name in them.
# shellcheck disable=SC2154,SC2034 # what the other files and the parameters define; what the fault's own file reads

# find_place ID: refuses a folder that cannot be used. Sets `process`, and `place`, the folder of SSM_path as the host reaches it.
find_place() {
  process=$(process_of "$1") || refuse engine-silent "nobody can tell the first process of $1"
  case $1:$SSM_path in
    host:auto) place=/var/tmp ;;
    host:engine)
      place=$(engine info --format "${open}.DockerRootDir$close" 2>/dev/null | tail -n 1)
      case $place in /*) ;; *) refuse engine-silent 'the container engine does not say where it keeps its data' ;; esac
      ;;
    *:auto) place=/proc/$process/root/ ;;
    *:engine) refuse bad-parameter 'the path engine is one of the host, not of a container' ;;
    *)
      case $SSM_path in
        /*[!A-Za-z0-9_./-]* | */../* | */.. | [!/]* | '') refuse bad-parameter 'path is absolute, of letters, digits and _ . / -' ;;
      esac
      if [ "$1" = host ]; then place=$SSM_path; else place=/proc/$process/root$SSM_path; fi
      ;;
  esac
  # A link would be followed from the host's root, out of the container.
  if [ "$1" != host ] && has_links "/proc/$process/root" "${place#"/proc/$process/root"}"; then
    refuse linked-path "$SSM_path holds a symbolic link; name the folder to which it leads"
  fi
  [ -d "$place" ] || refuse no-folder "there is no folder $SSM_path"
  [ -w "$place" ] || refuse read-only "$SSM_path cannot be written to"
  if [ "$(device_of "$place")" = "$(device_of "$root")" ]; then
    refuse holds-state "$SSM_path is on the file system that holds what the undo needs"
  fi
}

# has_links FOLDER PATH: whether a part of the path below the folder is a symbolic link.
has_links() {
  walked=$1
  left=${2#/}
  while [ -n "$left" ]; do
    walked=$walked/${left%%/*}
    if [ -L "$walked" ]; then return 0; fi
    case $left in */*) left=${left#*/} ;; *) left= ;; esac
  done
  return 1
}

# The device of a folder, or of the nearest above it that there is.
device_of() {
  nearest=$1
  while [ ! -e "$nearest" ] && [ -n "${nearest%/*}" ]; do nearest=${nearest%/*}; done
  stat -c %d "$nearest"
}

# measure_place FOLDER: sets bytes `used`, `available` and `floor`: what has to stay available, 200 MiB or a twentieth of the file system,
# whichever is more.
measure_place() {
  # shellcheck disable=SC2046
  set -- $(stat -f -L -c '%S %b %f %a %T' "$1") && [ $# -ge 5 ] || return 1
  used=$(($1 * ($2 - $3)))
  available=$(($1 * $4))
  floor=$(($1 * $2 / 20))
  if [ "$floor" -lt 209715200 ]; then floor=209715200; fi
  # Where a file system is in memory, what the host can spare of that is all there is.
  case $5 in
    tmpfs | ramfs)
      spare=$(memory_to_spare)
      if [ "$((available - spare))" -gt "$floor" ]; then floor=$((available - spare)); fi
      ;;
  esac
}

# need_room BYTES: refuses what would leave less than the floor.
need_room() {
  room=$((available - floor))
  if [ "$1" -gt "$room" ]; then
    refuse below-floor "$(($1 / 1048576)) MiB would leave less than $((floor / 1048576)) MiB; at most $((room > 0 ? room / 1048576 : 0)) MiB may be taken"
  fi
}

# In the worker.

# open_nameless PROCESS FOLDER: opens a new file there as 3, which has lost its name by then: its space is free again when its last holder
# ends, or at a reboot. The name it has for a moment is written down before.
open_nameless() {
  read -r random </proc/sys/kernel/random/uuid
  name=${2%/}/.capuchin-$random
  mark "$folder/name-$number" "$name" && command exec 3<>"$name" && rm -f "$name" || return 1
  # A link that somebody has put in the way meanwhile would have led to a file system that is not the container's.
  [ "${folder##*/}" = host ] || grep -q "^$(word_in /proc/self/fdinfo/3 mnt_id:) " "/proc/$1/mountinfo"
}

# After the workers: takes away the name of a file whose worker was killed in that moment.
forget_names() {
  for one in "$state/before/$1"/name-*; do
    if [ -e "$one" ]; then rm -f "$(cat "$one")"; fi
  done
}
