# shellcheck shell=sh
# The fault `network-rate`: what is hit has a narrow link. A token bucket keeps to its rate over any time, lets a burst through as it is told,
# and counts its queue in time; netem's rate does neither.
# shellcheck disable=SC2154 # what the parameters define

check_shape() {
  for number in "$SSM_rateKbit" "$SSM_burstBytes" "$SSM_queueMs"; do
    is_number "$number" || refuse bad-parameter 'rateKbit, burstBytes and queueMs are whole numbers'
  done
}

discipline() {
  burst=$SSM_burstBytes
  if is_zero "$burst"; then
    # What comes in 4 ms, and at least a largest packet of a cloud's network.
    burst=$((SSM_rateKbit / 2))
    if [ "$burst" -lt 16384 ]; then burst=16384; fi
  fi
  echo "tbf rate ${SSM_rateKbit}kbit burst $burst latency ${SSM_queueMs}ms"
}

main
