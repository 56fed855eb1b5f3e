# shellcheck shell=sh
# The fault `io-stress`: workers that write and read files without a name, past the cache.
# shellcheck disable=SC2154,SC2034 # what the other files and the parameters define; what the other files read

facility=io
tools="$worker_tools dd:coreutils:coreutils stat:coreutils:coreutils"

check() {
  for one in "$SSM_workers" "$SSM_fileMegabytes" "$SSM_mostMegabytes" "$SSM_megabytesPerSecond"; do
    is_count "$one" || refuse bad-parameter 'workers and megabytes are whole numbers'
  done
  if [ "$SSM_workers" -lt 1 ] || [ "$SSM_workers" -gt 64 ] || [ "$SSM_fileMegabytes" -lt 1 ] || [ "$SSM_mostMegabytes" -lt 1 ]; then
    refuse bad-parameter 'workers is 1 to 64, fileMegabytes and mostMegabytes are 1 at least'
  fi
  case $SSM_method in write | sync | read | mixed) ;; *) refuse bad-parameter 'method is write, sync, read or mixed' ;; esac
  check_workers "$1"
  find_place "$1"
  measure_place "$place" || refuse no-folder "nobody can tell the size of the file system of $SSM_path"
  need_room "$((SSM_workers * SSM_fileMegabytes * 1048576))"
}

apply_to() {
  find_place "$1"
  act start_workers "$1" "$SSM_workers" "process=$process" "folder=$place" "method=$SSM_method" \
    "fileMiB=$SSM_fileMegabytes" "mostKiB=$((SSM_mostMegabytes * 1024 / SSM_workers))" \
    "KiBperSecond=$((SSM_megabytesPerSecond * 1024 / SSM_workers))"
}
take_from() { end_workers "$1" && forget_names "$1"; }
look_at() { look_at_workers "$1" stressed; }

work_on() {
  if ! open_nameless "${2#*=}" "${3#*=}"; then
    failed "no file can be made in ${3#*=}, or the path leads out of the container"
    return
  fi
  method=${4#*=} file=$((${5#*=} * 1024)) most=${6#*=} rate=${7#*=}
  position=0 written=0 moved=0
  straight=direct
  # A file system in memory knows no way past the cache.
  if ! move write 4; then straight=; fi
  first='write'
  if [ "$method" = sync ]; then first='sync'; fi
  if ! move "$first" 4; then
    failed "it cannot be written to: $(tail -n 1 "$folder/log")"
    return
  fi
  position=0
  if [ "$method" = read ] || [ "$method" = mixed ]; then
    lay_out || {
      failed "its file cannot be written: $(tail -n 1 "$folder/log")"
      return
    }
  fi
  ready
  moved=0
  start=$up
  use_disk
  linger
}

# Fills the file once: what was never written is not read from the disk.
lay_out() {
  until is_over || [ "$position" -ge "$file" ] || [ "$written" -ge "$most" ]; do move write 1024 || return 1; done
  file=$position
  position=0
}

# Moves until the end, or until all is written that may be; no faster than at the rate, where there is one.
use_disk() {
  # Some programs a second at most, and some blocks a second at least.
  block=1024
  if [ "$rate" -eq 0 ] || [ "$rate" -ge 65536 ]; then block=16384; fi
  if [ "$method" = sync ] || { [ "$rate" -gt 0 ] && [ "$rate" -lt 4096 ]; }; then block=256; fi
  if [ "$block" -gt "$file" ]; then block=1024; fi
  turn='write'
  until is_over; do
    case $method:$turn in
      mixed:write) turn='read' ;;
      mixed:read) turn='write' ;;
      *) turn=$method ;;
    esac
    # Past the cache, disks take whole blocks of 4 KiB.
    size=$(((most - written) / 4 * 4))
    if [ "$turn" = read ] || [ "$size" -gt "$block" ]; then size=$block; fi
    if [ "$size" -lt 4 ]; then return; fi
    keep_pace
    move "$turn" "$size" || rest 100
  done
}

# Waits until more is due. What others have kept it from for more than a second it does not make up for.
keep_pace() {
  if [ "$rate" -eq 0 ]; then return; fi
  due=$((moved * 100 / rate - (up - start)))
  if [ "$due" -lt -100 ]; then start=$((start - due - 100)); fi
  if [ "$due" -gt 0 ]; then rest "$due"; fi
}

# move HOW KIB: so much of the file, from where the last left off; nothing when the end has come.
move() {
  if is_over; then return 0; fi
  if [ "$((position + $2))" -gt "$file" ]; then position=0; fi
  case $1 in
    read) set -- "$1" "$2" 1024 if=/proc/self/fd/3 of=/dev/null skip "${straight:+iflag=$straight}" ;;
    sync) set -- "$1" "$2" 4 if=/dev/zero of=/proc/self/fd/3 seek "oflag=dsync${straight:+,$straight}" ;;
    write) set -- "$1" "$2" 1024 if=/dev/zero of=/proc/self/fd/3 seek "${straight:+oflag=$straight}" ;;
  esac
  if [ "$2" -lt "$3" ]; then set -- "$1" "$2" "$2" "$4" "$5" "$6" "$7"; fi
  # Without the way past the cache, a write is on the disk when dd ends.
  dd "$4" "$5" bs="${3}k" count="$(($2 / $3))" "$6=$((position / $3))" conv=notrunc"$([ -n "$straight" ] || echo ,fdatasync)" \
    status=none ${7:+"$7"} 2>>"$folder/log" || return 1
  position=$((position + $2))
  moved=$((moved + $2))
  if [ "$1" != read ]; then written=$((written + $2)); fi
}

main_or_work "$@"
