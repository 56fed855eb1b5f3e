#!/bin/sh
# What the SSM agent is to one command: runs the script in the folder $1 for at most $2 seconds, with its output through pipes that
# break when the agent dies. Everything of the agent's is in this process's group, and the script leads a group of its own: so each can be
# killed without the other. (That the agent starts scripts in groups of their own, reads them through pipes and kills the group at the
# time-out is from memory.)
cd "$1" || exit 125
mkfifo out err
cat out >stdout &
cat err >stderr &
setsid /bin/sh ./_script.sh </dev/null >out 2>err &
script=$!
echo "$script" >pid
(
  nap=
  trap 'kill "$nap"; exit' TERM
  sleep "$2" &
  nap=$!
  wait "$nap"
  echo timeout >ended
  kill -9 "-$script"
) >/dev/null 2>&1 &
limit=$!
wait "$script"
code=$?
kill "$limit" 2>/dev/null
# What the script has left behind holds the pipes no more than the agent would wait for it.
sleep 0.1
cat stdout
cat stderr >&2
exit "$code"
