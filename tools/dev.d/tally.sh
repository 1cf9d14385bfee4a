# SPDX-License-Identifier: MIT
# Runs suites one after the other and adds up what they say; sourced, not run.

closing_line='^=* *([0-9]+ (passed|failed|skipped|errors?|xfailed|xpassed|deselected|warnings?)(, )?)+( in [0-9.]+s.*)?$'

total_passed=0
total_failed=0
total_skipped=0
skip_list=""
suite_process=""

run_suites() {
    export CTR_DEV_LOGS
    CTR_DEV_LOGS=$(main_build)/test-logs
    say "building"
    if ! build_for_tests; then
        echo "0 passed, 1 failed, 0 skipped"
        exit 1
    fi
    mkdir -p "$CTR_DEV_LOGS"
    local suite chosen
    chosen=$(chosen_suites "$@") || exit 2
    stage_for_test_user
    trap 'interrupted 130' INT
    trap 'interrupted 143' TERM HUP
    for suite in $chosen; do
        run_suite "$suite"
    done
    close_tally
}

chosen_suites() {
    local known suite
    known=$(all_suites)
    for suite in "$@"; do
        case " $known " in
        *" $suite "*) ;;
        *) die "there is no suite '$suite'; there are: $known" ;;
        esac
    done
    if [ $# -gt 0 ]; then echo "$*"; else known_suites; fi
}

# Each suite gets a process group of its own, which a timeout or an interrupt ends as a whole.
run_suite() {
    local suite=$1 log=$CTR_DEV_LOGS/$1.log status=0 began=$SECONDS
    printf '%-14s ' "$suite"
    timeout --kill-after=10 "$(suite_timeout "$suite")" "$source_root/tools/dev" suite "$suite" \
        >"$log" 2>&1 </dev/null &
    suite_process=$!
    wait "$suite_process" || status=$?
    suite_process=""
    count_suite "$log" "$status"
    printf '%5d passed %3d failed %3d skipped %5d s\n' "$passed" "$failed" "$skipped" "$((SECONDS - began))"
    if [ "$failed" -gt 0 ]; then
        last_words "$log" | sed 's/^/    /'
        echo "    $suite: ${verdict:-failed} (all of it: $log)"
    fi
    skip_list+=$(skip_reasons "$log" | sed "s/^/  $suite: /")${skipped:+$'\n'}
    total_passed=$((total_passed + passed))
    total_failed=$((total_failed + failed))
    total_skipped=$((total_skipped + skipped))
}

interrupted() {
    if [ -n "$suite_process" ]; then
        kill "$suite_process" 2>/dev/null || true # it has ended by itself
        wait "$suite_process" || true             # its status no longer matters
    fi
    exit "$1"
}

# count_suite LOG STATUS: sets passed, failed and skipped from the log's closing line. A suite that ends
# without one, or badly without naming a failure, has failed.
count_suite() {
    local line status=$2
    line=$(tail -n 5 "$1" | grep -E "$closing_line" | tail -n 1) || true
    passed=$(number_of "$line" passed xpassed)
    failed=$(number_of "$line" failed error errors)
    skipped=$(number_of "$line" skipped xfailed)
    verdict=""
    if [ "$status" -eq 124 ] || [ "$status" -eq 137 ]; then
        verdict="took too long"
    elif [ -z "$line" ]; then
        verdict="died without a count, status $status"
    elif [ "$status" -ne 0 ] && [ "$failed" -eq 0 ]; then
        verdict="ended with status $status"
    elif [ "$((passed + failed + skipped))" -eq 0 ]; then
        verdict="ran nothing"
    fi
    if [ -n "$verdict" ]; then failed=$((failed + 1)); fi
}

# number_of LINE WORD...: the sum of the numbers that stand before these words.
number_of() {
    local word number sum=0
    for word in "${@:2}"; do
        number=$(grep -Eo "[0-9]+ $word\b" <<<"$1" | cut -d' ' -f1) || true
        sum=$((sum + ${number:-0}))
    done
    echo "$sum"
}

# What was skipped and why: as pytest, the scripts and meson_tests.py say it.
skip_reasons() {
    sed -nE 's/^(SKIPPED|XFAIL|SKIP) //p; s/^ok [0-9]+ - (.*) # SKIP (.*)/\1: \2/p' "$1"
}

close_tally() {
    local reasons
    reasons=$(grep -v '^ *$' <<<"$skip_list") || true
    if [ -n "$reasons" ]; then printf 'skipped:\n%s\n' "$reasons"; fi
    echo "$total_passed passed, $total_failed failed, $total_skipped skipped"
    [ "$total_failed" -eq 0 ]
}
