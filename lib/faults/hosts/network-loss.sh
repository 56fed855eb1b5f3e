# shellcheck shell=sh
# The fault `network-loss`: some of what is hit never arrives.
# shellcheck disable=SC2154 # what the parameters define

check_shape() {
  case $SSM_model in random | gilbert-elliott | markov) ;; *) refuse bad-parameter 'no such model of loss' ;; esac
  need_decimals "percent=$SSM_percent" "correlationPercent=$SSM_correlationPercent" \
    "toBad=$SSM_toBad" "toGood=$SSM_toGood" "lossInBad=$SSM_lossInBad" "lossInGood=$SSM_lossInGood" \
    "p13=$SSM_p13" "p31=$SSM_p31" "p32=$SSM_p32" "p23=$SSM_p23" "p14=$SSM_p14"
}

discipline() {
  echo netem "$(queue_of 0 0)"
  case $SSM_model in
    random) share_words 'loss random' "$SSM_percent" "$SSM_correlationPercent" ;;
    gilbert-elliott) echo "loss gemodel ${SSM_toBad}% ${SSM_toGood}% ${SSM_lossInBad}% ${SSM_lossInGood}%" ;;
    markov) echo "loss state ${SSM_p13}% ${SSM_p31}% ${SSM_p32}% ${SSM_p23}% ${SSM_p14}%" ;;
  esac
}

main
