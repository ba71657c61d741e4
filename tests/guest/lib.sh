# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# For the tests that run in a guest: result lines, the kernel log, the virtual SoC's control port.

MODULES_UP=(apple-dart asahi vsoc-pci)
MODULES_DOWN=(vsoc_pci asahi apple_dart)
FAILURES=0

ok()
{
	echo "ok $1"
}

not_ok()
{
	FAILURES=$((FAILURES + 1))
	echo "not ok $1${2:+ # $2}"
}

# check NAME COMMAND...: a failed command's last line is the reason
check()
{
	local name=$1 out
	shift
	if out=$("$@" 2>&1); then
		ok "$name"
	else
		not_ok "$name" "$(tail -n 1 <<<"$out")"
		printf '%s\n' "$out" | sed 's/^/    /'
	fi
}

# control REQUEST: ask the virtual SoC, print its answer without "ok "; 1 when it refuses
control()
{
	local answer
	exec 5<>/dev/virtio-ports/control || return 1
	echo "$*" >&5
	if ! read -r -t 20 answer <&5; then
		exec 5>&-
		echo "no answer to: $*"
		return 1
	fi
	exec 5>&-
	echo "${answer#ok }"
	[ "${answer%% *}" = ok ]
}

# The card of the driver, e.g. card0
asahi_card()
{
	local card
	for card in /sys/class/drm/card*; do
		[[ $card =~ card[0-9]+$ ]] || continue
		[ ! "$card/device/driver" -ef /sys/bus/platform/drivers/asahi ] || {
			echo "${card##*/}"
			return 0
		}
	done
	echo "no DRM device is bound to the driver asahi"
	return 1
}

# In this order; one process, since each takes its time in an emulated machine.
load()
{
	modprobe -a "${MODULES_UP[@]}" && udevadm settle --timeout=120
}

# soc_reset: a function level reset, so that nothing is left of what drove the device before
soc_reset()
{
	local dev
	dev=$(dirname "$(grep -lx 0xa5a4 /sys/bus/pci/devices/*/device)")
	echo 1 >"$dev/reset"
}

# The console is a user of the driver like any other.
unload()
{
	udevadm settle --timeout=120 && rmmod "${MODULES_DOWN[@]}"
}

# The first connected connector's number and its first mode
connector()
{
	modetest -M asahi -c 2>/dev/null |
		awk '$3 == "connected" { id = $1 } id && $1 == "#0" { print id, $2; exit }'
}

# mode_set [MODETEST OPTION...]: a picture on the first connector, taken down when modetest ends
mode_set()
{
	local id mode
	read -r id mode < <(connector)
	[ -n "$mode" ] || { echo "no connected connector"; return 1; }
	timeout 60 modetest -M asahi -s "$id:$mode" "$@" </dev/null 2>&1 | tee /tmp/modetest.out
	[ "${PIPESTATUS[0]}" -eq 0 ] && ! grep -iE 'fail|error|invalid' /tmp/modetest.out
}

# Results are KTAP: a suite's cases are indented by four, parameters of a case by eight.
# kunit_results [WORD]: of all suites that are loaded, or those with the word in their name
kunit_results()
{
	awk '
	FNR == 1 { n = split(FILENAME, path, "/"); suite = path[n - 1]; more = 0 }
	/^    (not )?ok [0-9]/ {
		verdict = $1 == "ok" ? "ok" : "not ok"
		name = $1 == "ok" ? $3 : $4
		reason = ""
		if (i = index($0, "# SKIP")) {
			verdict = "skip"
			reason = substr($0, i + 6)
			sub(/^ */, " # ", reason)
		}
		print verdict, suite "/" name reason
	}
	/^ *# .*(EXPECTATION|ASSERTION)/ { more = 5 }
	more-- > 0 { print "    " $0 }' /sys/kernel/debug/kunit/*"${1:-}"*/results
}

# Frames are fetched through page tables: the counters of the virtual SoC say so.
# frames_were_fetched [BEFORE.json]
frames_were_fetched()
{
	local stats
	stats=$(control stats) || { echo "$stats"; return 1; }
	python3 "$(dirname "$0")/stats.py" fetched "$@" <<<"$stats"
}

# What the kernel's own checkers and every driver print when something is wrong
REPORTS='BUG:|KASAN|WARNING:|INFO: (task|possible|rcu|trying)|DMA-API:.*(err|not|leak|conflict|freed|mismatch)'
REPORTS+='|kmemleak: [1-9]|UBSAN|Oops|general protection|refcount_t|scheduling while atomic'
REPORTS+='|possible circular locking|suspicious RCU|unable to handle|Call Trace'

# kernel_log_clean: no report of any checker of the kernel
kernel_log_clean()
{
	! dmesg | grep -E "$REPORTS"
}

# Faults that a test makes on purpose may be printed after it: what comes before this is not judged.
errors_count_from_here()
{
	echo '<3>guest: errors count from here' >/dev/kmsg
}

no_error_lines()
{
	! dmesg --level=emerg,alert,crit,err |
		awk '/errors count from here/ { n = 0; next } { line[n++] = $0 }
		     END { for (i = 0; i < n; i++) print line[i] }' |
		grep -iE 'asahi|dart|vsoc|drm|iommu'
}

# Young objects are not judged, so wait; the second scan is the one that counts. It takes as long as
# there are objects, most of them of the file system.
no_leaks()
{
	local file=/sys/kernel/debug/kmemleak
	[ -e "$file" ] || return 0
	echo 3 >/proc/sys/vm/drop_caches
	sleep 6
	echo scan >"$file"
	sleep 1
	echo scan >"$file"
	! grep . "$file"
}

# on_host NAME: wait until the stage on the host has done its part of the test
on_host()
{
	local i
	touch "/mnt/run/$1.wanted"
	for ((i = 0; i < 120; i++)); do
		[ ! -e "/mnt/run/$1.done" ] || return 0
		sleep 1
	done
	echo "the host has not done: $1"
	return 1
}

# The log stays beside the console's, for whoever reads a failure.
finish()
{
	dmesg >/mnt/run/dmesg.txt
	exit 0
}
