# shellcheck shell=sh
# The fault `network-duplicate`: some of what is hit arrives twice.
# shellcheck disable=SC2154 # what the parameters define

check_shape() { need_decimals "percent=$SSM_percent" "correlationPercent=$SSM_correlationPercent"; }

discipline() {
  echo netem "$(queue_of 0 0)"
  share_words duplicate "$SSM_percent" "$SSM_correlationPercent"
}

main
