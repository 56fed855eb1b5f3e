# shellcheck shell=sh
# The fault `network-reorder`: all of what is hit waits but for some, which overtakes it.
# shellcheck disable=SC2154 # what the parameters define

check_shape() {
  need_decimals "delayMs=$SSM_delayMs" "percent=$SSM_percent" "correlationPercent=$SSM_correlationPercent"
  is_number "$SSM_gap" || refuse bad-parameter 'gap is no number'
}

discipline() {
  echo netem "$(queue_of "$SSM_delayMs" 0)"
  delay_words "$SSM_delayMs" 0 0 none
  share_words reorder "$SSM_percent" "$SSM_correlationPercent"
  if ! is_zero "$SSM_gap"; then echo "gap $SSM_gap"; fi
}

main
