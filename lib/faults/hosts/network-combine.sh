# shellcheck shell=sh
# The fault `network-combine`: several faults of one link at once, in one netem.
# shellcheck disable=SC2154 # what the parameters define

check_shape() {
  need_decimals "delayMs=$SSM_delayMs" "jitterMs=$SSM_jitterMs" "delayCorrelationPercent=$SSM_delayCorrelationPercent" \
    "lossPercent=$SSM_lossPercent" "duplicatePercent=$SSM_duplicatePercent" "corruptPercent=$SSM_corruptPercent" \
    "reorderPercent=$SSM_reorderPercent"
  is_number "$SSM_rateKbit" || refuse bad-parameter 'rateKbit is no whole number'
  if ! is_zero "$SSM_jitterMs"; then need_distribution "$SSM_distribution"; fi
}

discipline() {
  echo netem "$(queue_of "$SSM_delayMs" "$SSM_jitterMs" "$SSM_rateKbit")"
  delay_words "$SSM_delayMs" "$SSM_jitterMs" "$SSM_delayCorrelationPercent" "$SSM_distribution"
  share_words 'loss random' "$SSM_lossPercent" 0
  share_words duplicate "$SSM_duplicatePercent" 0
  share_words corrupt "$SSM_corruptPercent" 0
  share_words reorder "$SSM_reorderPercent" 0
  if ! is_zero "$SSM_rateKbit"; then
    echo "rate ${SSM_rateKbit}kbit"
  elif ! is_zero "$SSM_jitterMs"; then
    order_words "$SSM_keepOrder"
  fi
}

main
