# shellcheck shell=sh
# The fault `network-latency`: what is hit waits.
# shellcheck disable=SC2154 # what the parameters define

check_shape() {
  need_decimals "delayMs=$SSM_delayMs" "jitterMs=$SSM_jitterMs" "correlationPercent=$SSM_correlationPercent"
  if ! is_zero "$SSM_jitterMs"; then need_distribution "$SSM_distribution"; fi
}

discipline() {
  echo netem "$(queue_of "$SSM_delayMs" "$SSM_jitterMs")"
  delay_words "$SSM_delayMs" "$SSM_jitterMs" "$SSM_correlationPercent" "$SSM_distribution"
  if ! is_zero "$SSM_jitterMs"; then order_words "$SSM_keepOrder"; fi
}

main
