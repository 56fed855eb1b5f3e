# shellcheck shell=sh
# The fault `cpu-stress`: workers that compute, each for a share of the time.
# shellcheck disable=SC2154,SC2034 # what the other files and the parameters define; what the other files read

facility=cpu
tools=$worker_tools

# Sets `count`, and `load` in thousandths of a processor for each worker.
size_load() {
  is_count "$SSM_loadPercent" && [ "$SSM_loadPercent" -ge 1 ] && [ "$SSM_loadPercent" -le 100 ] &&
    is_count "$SSM_workers" && [ "$SSM_workers" -le 256 ] || return 1
  count=$SSM_workers
  load=$((SSM_loadPercent * 10))
  if [ "$count" -eq 0 ]; then
    process=$(process_of "$1") && allowance=$(allowance_of "$1" "$process") && [ "$allowance" -gt 0 ] || return 1
    count=$(((allowance + 999) / 1000))
    load=$((load * allowance / count / 1000))
    [ "$load" -gt 0 ] || load=1
  fi
}

# What is outside of the container's cgroup is not held by its quotas.
allowance_of() {
  if [ "$SSM_cgroup" = host ]; then cpu_allowance 1; else cpu_allowance "$2"; fi
}

check() {
  check_workers "$1"
  size_load "$1" || refuse bad-parameter 'loadPercent is 1 to 100, workers is 0 to 256, and the target may use some processor'
}

apply_to() { size_load "$1" && act start_workers "$1" "$count" "load=$load"; }
take_from() { end_workers "$1"; }
look_at() { look_at_workers "$1" stressed; }

# Computes until it has used its share of the time that has passed, counting what its sleeping costs, and sleeps until more is due. What
# others have kept it from for more than a second it does not make up for.
work_on() {
  load=${2#*=}
  start=$up
  ready
  until is_over; do
    ticks_used
    debt=$(((up - start) * load - ticks * 1000))
    if [ "$debt" -gt 100000 ]; then start=$((start + (debt - 100000) / load)); fi
    if [ "$debt" -gt 0 ] || [ "$load" -ge 1000 ]; then
      i=0
      while [ "$i" -lt 500 ]; do i=$((i + 1)); done
    else
      nap=$((-debt / load + 2))
      rest "$((nap < 100 ? nap : 100))"
    fi
  done
}

# Sets `ticks`, in hundredths of a second: what this process and its children have used of processors.
ticks_used() {
  read -r stat </proc/self/stat
  # shellcheck disable=SC2086
  set -- ${stat##*) }
  ticks=$((${12} + ${13} + ${14} + ${15}))
}

main_or_work "$@"
