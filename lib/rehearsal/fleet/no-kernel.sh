# shellcheck shell=sh
# On a container host of a rehearsal, what stands in the place of the own script of a fault that cannot be done there. It refuses before
# anything else is looked at; `works` names the faults that can be done.
# shellcheck disable=SC2154 # what is put before this file
need_tools() {
  refuse no-kernel "the processes of a rehearsal have no kernel of their own; of the faults on hosts, these work here: $works"
}

main
