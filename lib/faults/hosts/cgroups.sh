# shellcheck shell=sh
# Control groups, of version 1 and 2: where a process stands, and what it may use there.
# shellcheck disable=SC2154 # what the other files define

# cgroup_mount CONTROLLER: where its hierarchy of version 1 is mounted; that of version 2 without one.
cgroup_mount() {
  while read -r _ _ _ top mount rest; do
    [ "$top" = / ] || continue
    rest=${rest##* - }
    case $1:$rest in
      :'cgroup2 '*) echo "$mount" && return ;;
      :*) continue ;;
      *:'cgroup '*) ;;
      *) continue ;;
    esac
    case ,${rest##* }, in *",$1,"*) echo "$mount" && return ;; esac
  done </proc/self/mountinfo
  false
}

# each_cgroup PROCESS: its place in each hierarchy that is mounted: its first controller (`-` in version 2), mount and path.
each_cgroup() {
  while IFS=: read -r _ controllers path; do
    # A path that leads out is that of another cgroup namespace.
    case $path in *..*) return 1 ;; esac
    mount=$(cgroup_mount "${controllers%%,*}") && echo "${controllers:--}" "$mount" "${path%/}"
  done <"/proc/$1/cgroup"
}

# cgroups_of PROCESS: the folders of its cgroups, one a line.
cgroups_of() {
  placed=$(each_cgroup "$1") && [ -n "$placed" ] && echo "$placed" | while read -r _ mount path; do echo "$mount$path"; done
}

# The folders of the outermost cgroups.
root_cgroups() { each_cgroup 1 | while read -r _ mount _; do echo "$mount"; done; }

# Brings this very process into the cgroups whose folders it reads, one a line.
join_cgroups() {
  joined=true
  # 0 means whoever writes, in every process namespace.
  while read -r folder_of_cgroup; do mark "$folder_of_cgroup/cgroup.procs" 0 2>/dev/null || joined=false; done
  [ "$joined" = true ]
}

# levels_of PROCESS CONTROLLER: the folders of its cgroup with that controller and of each above it but the outermost, innermost first,
# each with its version before it.
levels_of() {
  each_cgroup "$1" | while read -r controllers mount path; do
    case ,$controllers, in
      ,-,) version=2 ;;
      *",$2,"*) version=1 ;;
      *) continue ;;
    esac
    while [ -n "$path" ]; do
      echo "$version $mount$path"
      path=${path%/*}
    done
  done
}

# number_in FILE: the number it holds; fails when it holds none.
number_in() {
  { read -r found _ <"$1"; } 2>/dev/null && is_number "$found" && echo "$found"
}

# cpu_allowance PROCESS: how many thousandths of a processor it may use, by its processors and its cgroups' quotas.
cpu_allowance() {
  allowance=$(($(status_of "$1" Cpus_allowed_list | count_list) * 1000))
  levels_of "$1" cpu | {
    while read -r version level; do
      quota=
      case $version in
        2) { read -r quota period <"$level/cpu.max"; } 2>/dev/null ;;
        1) quota=$(number_in "$level/cpu.cfs_quota_us") && period=$(number_in "$level/cpu.cfs_period_us") ;;
      esac
      if is_number "$quota" && [ "$((quota * 1000 / period))" -lt "$allowance" ]; then allowance=$((quota * 1000 / period)); fi
    done
    echo "$allowance"
  }
}

# How many numbers a list like 0-3,8 names.
count_list() {
  read -r list
  total=0
  while [ -n "$list" ]; do
    part=${list%%,*}
    total=$((total + ${part#*-} - ${part%-*} + 1))
    case $list in *,*) list=${list#*,} ;; *) list= ;; esac
  done
  echo "$total"
}

# memory_of PROCESS: two numbers of bytes: the least limit of its cgroups, and the least that is free below any; of the host's memory where
# that is less. What the kernel can drop at once counts as free.
memory_of() {
  limit=$(($(meminfo MemTotal) * 1024))
  free=$(($(meminfo MemAvailable) * 1024))
  levels_of "$1" memory | {
    while read -r version level; do
      case $version in
        2) most=$(number_in "$level/memory.max") && used=$(number_in "$level/memory.current") && droppable=inactive_file ;;
        1) most=$(number_in "$level/memory.limit_in_bytes") && used=$(number_in "$level/memory.usage_in_bytes") && droppable=total_inactive_file ;;
      esac || continue
      used=$((used - $(word_in "$level/memory.stat" "$droppable")))
      if [ "$most" -lt "$limit" ]; then limit=$most; fi
      if [ "$((most - used))" -lt "$free" ]; then free=$((most - used)); fi
    done
    echo "$limit $free"
  }
}

# word_in FILE WORD: the number behind a word at the beginning of a line; 0 where there is none.
word_in() {
  while read -r word value _; do
    if [ "$word" = "$2" ]; then echo "$value" && return; fi
  done <"$1"
  echo 0
}

# meminfo WORD: in KiB.
meminfo() { word_in /proc/meminfo "$1:"; }

# How many bytes of memory the host can spare and still go on, and undo: all that is free but a twentieth of the whole, or 128 MiB if that is
# more.
memory_to_spare() {
  kept=$(($(meminfo MemTotal) / 20))
  echo "$((($(meminfo MemAvailable) - (kept > 131072 ? kept : 131072)) * 1024))"
}
