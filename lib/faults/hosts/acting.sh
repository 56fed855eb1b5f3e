# shellcheck shell=sh
# The actions `apply` and `status`, and which action runs.
# shellcheck disable=SC2154 # what common.sh, healing.sh and the parameters define

# Refuses unless every tool is there, with the package that brings it on Amazon Linux and Ubuntu.
need_tools() {
  for pair in docker:docker flock:util-linux timeout:coreutils; do
    if ! command -v "${pair%%:*}" >/dev/null; then
      refuse missing-tool "${pair%%:*} is missing on this host; install the package ${pair#*:}"
    fi
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

apply() {
  if ! is_number "$SSM_notAfter" || ! is_number "$SSM_until"; then
    refuse bad-parameter 'notAfter and until are whole seconds'
  fi
  [ "$SSM_container" = '*' ] || is_word "$SSM_container" || refuse bad-parameter 'container is a name, or * for all'
  need_tools
  # Neither of these two answers is kept: another call has answered for this experiment, or is about to.
  if ! lock 5; then
    answer busy 'another script of Capuchin is at work on this task'
    return
  fi
  if [ -e "$state/answer" ] || [ -e "$state/armed" ]; then
    answer came-twice 'this act has come before'
    return
  fi
  [ ! -e "$state/tombstone" ] || refuse undone-before 'the undo came before the act'
  if is_too_late; then refuse too-late 'the act came after its time'; fi
  forget_the_old
  mkdir -p "$state/acted" "$state/healed" || refuse no-state "cannot write to $state"
  ids=$(wanted_containers) || refuse engine-silent 'the container engine does not say which containers the task has'
  [ -n "$ids" ] || refuse no-container 'no such container of the task runs on this host'
  for id in $ids; do
    seen=$(look_at "$id")
    case $seen in
      not-*) ;;
      gone | unknown) refuse engine-silent "nobody can tell how container $id is" ;;
      *) refuse "already-$seen" "container $id is $seen already, by another hand" ;;
    esac
  done
  arm || refuse no-timer 'the host could not arm its own undo'
  trap 'give_up interrupted "the command was stopped"; exit 1' HUP INT TERM
  act_on_all
  flock -u 9
}

# Acts on each container, looks, and answers.
act_on_all() {
  members=
  for id in $ids; do
    if [ -e "$state/tombstone" ]; then break; fi
    if is_too_late; then
      give_up too-late 'the act came after its time'
      return
    fi
    why='its record could not be written'
    mark "$state/acted/$id" "$(now)" && why=$(apply_to "$id" 2>&1)
    failure=$?
    # Not when `timeout` has cut the call off (124, 137): then nobody knows what the engine still does.
    if [ "$failure" -lt 100 ]; then mark "$state/acted/$id" settled; fi
    seen=$(look_at "$id")
    # Somebody else was quicker: what is there is not ours to take away.
    if [ "$failure" -eq 9 ]; then rm "$state/acted/$id"; fi
    case $failure:$seen in
      9:* | *:not-* | *:gone | *:unknown)
        give_up failed "container $id is $seen: $why"
        return
        ;;
    esac
    members="$members,{\"id\":\"$id\",\"state\":\"$seen\"}"
  done
  # After the last act, so that an undo that came in between has either seen every record or is seen here.
  if [ -e "$state/tombstone" ]; then
    give_up undone-before 'the undo came in the middle of the act'
  else
    answer_apply applied 'looked: every container is under the fault' ",\"containers\":[${members#,}]"
  fi
}

# How every container is now that this experiment has acted on, and what `apply` answered.
status() {
  members=
  for record in "$state"/acted/* "$state"/healed/*; do
    [ -e "$record" ] || continue
    members="$members,{\"id\":\"${record##*/}\",\"state\":\"$(look_at "${record##*/}")\"}"
  done
  ended=false
  if [ -e "$state/tombstone" ]; then ended=true; fi
  members=",\"ended\":$ended,\"containers\":[${members#,}]"
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
  find "$root" -mindepth 2 -maxdepth 2 -path "$root/e-*" -type d -mtime +1 2>/dev/null | while read -r old; do
    if [ -z "$(ls "$old/acted" 2>/dev/null)" ]; then
      rm -rf "$old"
      rmdir "${old%/*}" 2>/dev/null
    fi
  done
  find "$root/.locks" -type f -mtime +1 -exec rm -f {} + 2>/dev/null
  return 0
}

# An agent below 3.3.2746.0 hands on no environment variables. Nothing was ever done here then, unless records say so.
refuse_old_agent() {
  SSM_action=${SSM_action-none}
  clean=true
  for record in "$root"/e-*/*/acted/*; do
    if [ -e "$record" ]; then clean=false; fi
  done
  answer agent-too-old 'the parameters did not arrive; update the SSM Agent to 3.3.2746.0 or later' ",\"clean\":$clean"
  exit 0
}

main() {
  if [ -z "${SSM_action+x}" ] || [ -z "${SSM_experiment+x}" ] || [ -z "${SSM_taskArn+x}" ]; then refuse_old_agent; fi
  task=${SSM_taskArn##*/}
  if ! is_word "$SSM_experiment" || ! is_arn "$SSM_taskArn" || ! is_word "$task"; then
    answer bad-parameter 'experiment or taskArn is not what Capuchin sends'
    exit 0
  fi
  # With a letter before it, no experiment's name is a way to another folder.
  state="$root/e-$SSM_experiment/$task"
  case $SSM_action in
    apply) apply ;;
    undo) undo ;;
    status) status ;;
    heal) heal ;;
    wait) wait_and_heal ;;
    *) answer bad-parameter 'no such action' ;;
  esac
}
