#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# test_main.sh VSOC BOARD: options, start and end of the process, seen from outside. Prints TAP.
set -uo pipefail

VSOC=$1 BOARD=$2
DIR=$(mktemp -d /tmp/vsoc-test-XXXXXX)
trap 'rm -rf "$DIR"' EXIT
N=0

check() # NAME COMMAND...: ok if the command succeeds
{
	local name=$1
	shift
	N=$((N + 1))
	if "$@"; then
		echo "ok $N - $name"
	else
		echo "not ok $N - $name"
		sed 's/^/# /' "$DIR/err"
	fi
}

status_is() # STATUS ARGUMENT...: the process ends by itself with that status and has said why
{
	local expected=$1
	shift
	timeout 100 "$VSOC" "$@" >"$DIR/out" 2>"$DIR/err"
	[ $? -eq "$expected" ] && [ -s "$DIR/err" ]
}

start() # ARGUMENT...: runs it in the background until it is ready
{
	"$VSOC" --board "$BOARD" --socket "$DIR/socket" "$@" >"$DIR/out" 2>"$DIR/err" &
	PID=$!
	for _ in $(seq 2000); do
		grep -qx ready "$DIR/out" && return 0
		sleep 0.05
	done
	return 1
}

ends_with() # SIGNAL STATUS
{
	kill -"$1" "$PID"
	wait "$PID"
	[ $? -eq "$2" ] && [ ! -e "$DIR/socket" ]
}

help()
{
	"$VSOC" --help >"$DIR/out"
}

counters_appear()
{
	kill -USR1 "$PID"
	for _ in $(seq 2000); do
		[ -s "$DIR/stats" ] && grep -q '^{"violations": 0, .*}$' "$DIR/stats" && return 0
		sleep 0.05
	done
	return 1
}

echo "TAP version 13"
echo "1..17"
: >"$DIR/err"
echo "no board at all" >"$DIR/bad"

check "help" help
check "help names every option" grep -q -- --stale-grace-ms "$DIR/out"
check "no options" status_is 1
check "unknown option" status_is 1 --nonsense
check "bad number" status_is 1 --board "$BOARD" --socket "$DIR/s" --stale-grace-ms 1x
check "superfluous argument" status_is 1 --board "$BOARD" --socket "$DIR/s" more
check "input without viewers" status_is 1 --board "$BOARD" --socket "$DIR/s" --input "$DIR/q"
check "missing board" status_is 2 --board "$DIR/none" --socket "$DIR/s"
check "bad board" status_is 2 --board "$DIR/bad" --socket "$DIR/s"
check "no place for the socket" status_is 1 --board "$BOARD" --socket "$DIR/none/s"
check "no place for control" status_is 1 --board "$BOARD" --socket "$DIR/s" \
	--control "$DIR/none/c"

check "starts" start --control "$DIR/control" --stats "$DIR/stats" --strict --png-dir "$DIR"
check "counters on SIGUSR1" counters_appear
check "the socket is taken" status_is 1 --board "$BOARD" --socket "$DIR/socket"
check "SIGTERM ends it" ends_with TERM 0
check "starts again" start
check "SIGINT ends it" ends_with INT 0
