# shellcheck shell=sh
# The document that takes any fault back, or looks how it stands, and can do nothing else. It runs the very script by which the fault was
# done, which `apply` has noted before it acted; without such a note nothing was done here, and from now on nothing will be.
# shellcheck disable=SC2154 # what common.sh and the parameters define

undo_or_look() {
  case $SSM_action in
    # Before anything else, and without the lock: an act that is on its way sees it at its next step.
    undo) mkdir -p "$state" && mark "$state/tombstone" || exit 1 ;;
    status) ;;
    *)
      answer bad-parameter 'no such action'
      return
      ;;
  esac
  if script=$(cat "$state/script" 2>/dev/null); then
    if [ -r "$script" ]; then exec /bin/sh "$script"; fi
    answer script-gone "what was done here was done by $script, which is gone" ',"undone":false,"members":[]'
  elif [ "$SSM_action" = undo ]; then
    answer undone 'nothing of this experiment was done here' ',"undone":true,"members":[]'
  elif [ -e "$state/answer" ]; then
    answer known 'the act has answered' ",\"ended\":true,\"members\":[],\"apply\":$(cat "$state/answer")"
  else
    answer not-begun 'the act has not come' ',"ended":false,"members":[]'
  fi
}

begin
undo_or_look
