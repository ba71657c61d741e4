# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# For the stages: result lines on stdout, everything else in logs.

. "$(dirname "${BASH_SOURCE[0]}")/../tools/lib.sh"

TEST_LOGS=$LOGS/test
mkdir -p "$TEST_LOGS"

ok()
{
	echo "ok $1"
}

not_ok()
{
	echo "not ok $1${2:+ # $2}"
}

skip()
{
	echo "skip $1 # $2"
}

# check NAME COMMAND...: one test that is one command; its output goes to a log
check()
{
	local name=$1 log=$TEST_LOGS/${1//[^A-Za-z0-9.-]/-}.log
	shift
	if "$@" >"$log" 2>&1 </dev/null; then
		ok "$name"
	else
		not_ok "$name" "$(reason_in "$log"); see $log"
	fi
}

# The line of a log that most likely says why.
reason_in()
{
	{ grep -m 1 -E '(ERROR|WARNING|CHECK|error|warning|FAIL|BUG):' "$1" || tail -n 1 "$1"; } |
		cut -c1-160 | tr -d '\r'
}

# relay PREFIX LOG COMMAND...: a command that prints result lines itself; its end counts too
relay()
{
	local prefix=$1 log=$TEST_LOGS/$2.log status=0
	shift 2
	"$@" >"$log" 2>&1 </dev/null || status=$?
	sed -n -E "s,^(ok|not ok|skip) ,\1 $prefix,p" "$log"
	if [ "$status" -ne 0 ]; then
		not_ok "${prefix}end" "status $status: $(tail -n 1 "$log" | cut -c1-160); see $log"
	elif ! grep -qE '^(ok|not ok|skip) ' "$log"; then
		not_ok "${prefix}end" "no results; see $log"
	fi
}

# for_guest RUN NAME PID COMMAND...: do the host's part of a test when the guest in RUN asks for it.
# PID is tools/vm; when that ends first nothing is left to do.
for_guest()
{
	local run=$1 name=$2 vm=$3
	shift 3
	while [ ! -e "$run/$name.wanted" ]; do
		kill -0 "$vm" 2>/dev/null || return 0
		sleep 1
	done
	"$@"
	touch "$run/$name.done"
}
