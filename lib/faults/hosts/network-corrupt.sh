# shellcheck shell=sh
# The fault `network-corrupt`: of some of what is hit, one bit is turned over.
# shellcheck disable=SC2154 # what the parameters define

check_shape() { need_decimals "percent=$SSM_percent" "correlationPercent=$SSM_correlationPercent"; }

discipline() {
  echo netem "$(queue_of 0 0)"
  share_words corrupt "$SSM_percent" "$SSM_correlationPercent"
}

main
