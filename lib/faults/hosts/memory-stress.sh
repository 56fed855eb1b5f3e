# shellcheck shell=sh
# The fault `memory-stress`: workers that hold memory.
# shellcheck disable=SC2154,SC2034 # what the other files and the parameters define; what the other files read

facility=memory
tools="$worker_tools dd:coreutils:coreutils"

# Sets `bytes`: what is to be held, all workers together.
size_memory() {
  process=$(process_of "$1") || return 1
  # What is outside of the container's cgroup is not held by its limits.
  if [ "$SSM_cgroup" = host ]; then process=1; fi
  sizes=$(memory_of "$process") || return 1
  limit=${sizes% *}
  free=${sizes#* }
  spare=$(memory_to_spare)
  if [ "$spare" -lt "$free" ]; then free=$spare; fi
  [ "$free" -gt 0 ] || free=0
  case $SSM_of in
    limit) bytes=$((limit * $(hundredths "$SSM_percent") / 10000)) ;;
    free) bytes=$((free * $(hundredths "$SSM_percent") / 10000)) ;;
  esac
  if [ "$SSM_megabytes" -gt 0 ]; then bytes=$((SSM_megabytes * 1048576)); fi
}

check() {
  if ! is_percent "$SSM_percent" || ! is_count "$SSM_megabytes" || ! is_count "$SSM_workers" ||
    [ "$SSM_workers" -lt 1 ] || [ "$SSM_workers" -gt 64 ]; then
    refuse bad-parameter 'percent is 0 to 100, megabytes is a whole number, workers is 1 to 64'
  fi
  case $SSM_of:$SSM_killFirst in limit:workers | limit:largest | free:workers | free:largest) ;; *)
    refuse bad-parameter 'of is limit or free, and killFirst is workers or largest'
    ;;
  esac
  check_workers "$1"
  size_memory "$1" || refuse no-cgroup "nobody can tell the memory of $1"
  if [ "$bytes" -lt 1048576 ]; then refuse nothing-to-do 'that is less than a megabyte'; fi
  if [ "$bytes" -gt "$spare" ]; then
    refuse below-floor "$((bytes / 1048576)) MiB are more than the $((spare / 1048576)) MiB that the host can spare"
  fi
}

apply_to() {
  size_memory "$1" || return 1
  # On the host itself the workers go first, before the agents by which it can be reached.
  score=1000
  if [ "$1" != host ] && [ "$SSM_killFirst" = largest ]; then
    score=$(cat "/proc/$(process_of "$1")/oom_score_adj") || return 1
  fi
  act start_workers "$1" "$SSM_workers" "bytes=$((bytes / SSM_workers))" "oom=$score"
}
take_from() { end_workers "$1"; }
look_at() { look_at_workers "$1" stressed; }

# dd fills a buffer of this size, and then waits for a reader of its one block, who reads a byte of it and no more. What the kernel has
# killed for want of memory is begun anew.
work_on() {
  set_oom_score "${3#*=}" || {
    failed 'the order of killing cannot be set'
    return
  }
  hold "${2#*=}" | {
    if [ "$(head -c 1 | wc -c)" -eq 1 ]; then
      ready
      linger
    elif ! is_over; then
      failed "dd could not hold it: $(tail -n 1 "$folder/log")"
    fi
  }
}

hold() {
  until is_over; do
    dd if=/dev/zero bs="$1" count=1 iflag=fullblock status=none 2>>"$folder/log"
    killed=$?
    if is_over; then return; fi
    [ "$killed" -eq 137 ] || return
    ready
    rest 100
  done
}

main_or_work "$@"
