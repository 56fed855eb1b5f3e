# shellcheck shell=sh
# The actions `apply`, `plan` and `status`, and which action runs.
# shellcheck disable=SC2154 # what common.sh, healing.sh, the fault and the parameters define

# How to install a package on this host.
install_command() {
  if command -v dnf >/dev/null; then
    echo 'dnf install -y'
  elif command -v yum >/dev/null; then
    echo 'yum install -y'
  else
    echo 'apt-get install -y'
  fi
}

# need_package WHAT AMAZON UBUNTU: refuses with the command that installs it, or runs that where Capuchin may.
need_package() {
  package=$2
  case $(install_command) in apt-get*) package=$3 ;; esac
  how="$(install_command) $package"
  if [ "$SSM_action:${SSM_install-no}" = plan:yes ]; then
    would="${would-},\"$how\""
    return
  fi
  # The words of the command are ours.
  # shellcheck disable=SC2086
  if [ "${SSM_install-no}" = yes ] && timeout -k 2 40 $how </dev/null >/dev/null 2>&1; then return 0; fi
  refuse missing-tool "$1 is missing on this host; install it: $how"
}

# Refuses unless every tool is there.
need_tools() {
  common='flock:util-linux:util-linux timeout:coreutils:coreutils'
  if [ "$target" != host ]; then common="docker:docker:docker.io $common"; fi
  for tool in $common $tools; do
    packages=${tool#*:}
    if ! command -v "${tool%%:*}" >/dev/null; then need_package "${tool%%:*}" "${packages%%:*}" "${packages#*:}"; fi
  done
}

# has_module NAME [OPTION]: whether the kernel has a module: built in, loaded already, or loaded now, with an option of it.
has_module() {
  if [ -d "/sys/module/$1" ] || modprobe -n -q "$1" 2>/dev/null; then
    [ "$SSM_action" = plan ] || [ -d "/sys/module/$1" ] || modprobe -q "$@" 2>/dev/null
  else
    false
  fi
}

need_modules() {
  for one in $modules; do
    module=${one%%:*}
    option=${one#"$module"}
    if has_module "$module" ${option:+"${option#:}"}; then continue; fi
    release=$(uname -r)
    need_package "the kernel module $module" "kernel-modules-extra-$release" "linux-modules-extra-$release"
    has_module "$module" ${option:+"${option#:}"} || refuse missing-module "the kernel module $module is missing on this host"
  done
}

# One fault at a time on a target and a facility: two would not know whose is whose.
need_facility() {
  for other in "$root"/e-*/"$target"/facility; do
    folder=${other%/facility}
    if [ "$(cat "$other" 2>/dev/null)" != "$facility" ] || [ "$folder" = "$state" ] || [ -z "$(ls "$folder/acted" 2>/dev/null)" ]; then
      continue
    fi
    running=${folder%/*}
    refuse fault-running "${running##*/e-} has its hands on the $facility of this target"
  done
}

# The act must not begin after this, however late its command arrives.
is_too_late() { [ "$(now)" -gt "$SSM_notAfter" ] || [ "$(now)" -ge "$SSM_until" ]; }

# Gives up an act that has begun: everything back, and no other try.
give_up() {
  mark "$state/tombstone"
  heal_all
  answer_apply "$1" "$2" "$members"
}

# Everything that must be so before an act. Sets `ids`.
look_before() {
  if ! is_number "$SSM_notAfter" || ! is_number "$SSM_until"; then
    refuse bad-parameter 'notAfter and until are whole seconds'
  fi
  [ "${SSM_container-*}" = '*' ] || is_word "$SSM_container" || refuse bad-parameter 'container is a name, or * for all'
  need_tools
  need_modules
  need_facility
  ids=$(wanted) || refuse engine-silent 'the container engine does not say which containers the task has'
  [ -n "$ids" ] || refuse no-container 'no such container of the task runs on this host'
  for id in $ids; do
    seen=$(look_at "$id")
    case $seen in
      not-*) ;;
      gone | unknown) refuse engine-silent "nobody can tell how $id is" ;;
      *) refuse "already-$seen" "$id is $seen already, by another hand" ;;
    esac
    check "$id"
  done
}

apply() {
  # Neither of these two answers is kept: another call has answered for this experiment, or is about to.
  need_lock
  if [ -e "$state/answer" ] || [ -e "$state/armed" ]; then
    answer came-twice 'this act has come before'
    return
  fi
  [ ! -e "$state/tombstone" ] || refuse undone-before 'the undo came before the act'
  look_before
  if is_too_late; then refuse too-late 'the act came after its time'; fi
  forget_the_old
  if ! mkdir -p "$state/acted" "$state/healed" "$state/before" || ! mark "$state/facility" "$facility" || ! mark "$state/script" "$0"; then
    refuse no-state "cannot write to $state"
  fi
  if [ "$lasts" = yes ]; then arm || refuse no-timer 'the host could not arm its own undo'; fi
  trap 'give_up interrupted "the command was stopped"; exit 1' HUP INT TERM
  act_on_all
  flock -u 9
}

need_lock() {
  if ! command -v flock >/dev/null; then need_tools; fi
  if lock 5; then return; fi
  answer busy 'another script of Capuchin is at work on this target'
  exit 0
}

# Acts on each, looks, and answers.
act_on_all() {
  members=
  for id in $ids; do
    if [ -e "$state/tombstone" ]; then break; fi
    if is_too_late; then
      give_up too-late 'the act came after its time'
      return
    fi
    why='its record could not be written'
    mkdir -p "$state/before/$id" && mark "$state/acted/$id" "$(now)" && why=$(apply_to "$id" 2>&1)
    failure=$?
    # Not when `timeout` has cut the call off (124, 137): then nobody knows what the engine still does.
    if [ "$failure" -lt 100 ]; then mark "$state/acted/$id" settled; fi
    seen=$(look_at "$id")
    # Somebody else was quicker: what is there is not ours to take away.
    if [ "$failure" -eq 9 ]; then rm "$state/acted/$id"; fi
    case $failure:$seen in
      9:* | *:not-* | *:unknown)
        give_up failed "$id is $seen: $why"
        return
        ;;
      # What is over as soon as it is done may have ended what it was done to.
      *:gone)
        if [ "$lasts" = yes ]; then
          give_up failed "$id is gone: $why"
          return
        fi
        ;;
    esac
    members="$members,{\"id\":\"$id\",\"state\":\"$seen\"}"
  done
  # After the last act, so that an undo that came in between has either seen every record or is seen here.
  if [ -e "$state/tombstone" ] && [ "$lasts" = yes ]; then
    give_up undone-before 'the undo came in the middle of the act'
    return
  fi
  # Nothing is left to undo of what is over.
  if [ "$lasts" = no ]; then mv "$state"/acted/* "$state/healed/"; fi
  answer_apply applied 'looked: everything that was meant is under the fault' ",\"members\":[${members#,}]"
}

# Says what `apply` would run, and changes nothing.
plan() {
  would=
  look_before
  for id in $ids; do
    lines=$(apply_to "$id" 2>&1)
    while read -r line; do
      if [ -n "$line" ]; then would="$would,\"$(plain "$id: $line")\""; fi
    done <<LINES
$lines
LINES
  done
  answer planned 'looked: nothing stands in the way; nothing was changed' ",\"would\":[${would#,}]"
}

# How everything is now that this experiment has acted on, and what `apply` answered.
status() {
  members=
  for record in "$state"/acted/* "$state"/healed/*; do
    [ -e "$record" ] || continue
    members="$members,{\"id\":\"${record##*/}\",\"state\":\"$(look_at "${record##*/}")\"}"
  done
  ended=false
  if [ -e "$state/tombstone" ]; then ended=true; fi
  members=",\"ended\":$ended,\"members\":[${members#,}]"
  if [ -e "$state/answer" ]; then
    answer known 'the act has answered' "$members,\"apply\":$(cat "$state/answer")"
  elif [ -d "$state/acted" ]; then
    answer beginning 'the act has not answered yet' "$members"
  else
    answer not-begun 'the act has not come' "$members"
  fi
}

# Folders and locks that nobody has touched for two days and that hold nothing to undo.
forget_the_old() {
  # By a clock that is off, everything may look old.
  if [ -e "$root/.clock" ]; then return 0; fi
  find "$root" -mindepth 2 -maxdepth 2 -path "$root/e-*" -type d -mtime +1 2>/dev/null | while read -r old; do
    if [ -z "$(ls "$old/acted" 2>/dev/null)" ]; then
      rm -rf "$old"
      rmdir "${old%/*}" 2>/dev/null
    fi
  done
  find "$root/.locks" -type f -mtime +1 -exec rm -f {} + 2>/dev/null
  return 0
}

main() {
  begin
  case $SSM_action in
    apply) apply ;;
    plan) plan ;;
    undo) undo ;;
    status) status ;;
    heal) heal ;;
    wait) wait_and_heal ;;
    rounds) rounds ;;
    *) answer bad-parameter 'no such action' ;;
  esac
}
