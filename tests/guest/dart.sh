# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# For tests of the IOMMU driver: single operations, and what the virtual DARTs say reached them.
# Board "mixed": master-0 has an instance of each generation, the last one never caches that an
# entry is absent; master-3 has one for itself. Comes after lib.sh.

T8103=iommu@304000 T8110=iommu@30c000 T6000=iommu@310000 POWER=iommu@314000

no_misuse()
{
	local stats
	stats=$(control stats) || { echo "$stats"; return 1; }
	[[ $stats =~ ^\{\"violations\":\ 0, ]] || { echo "driver misuse: ${stats%%,*}"; return 1; }
}

dart_op()
{
	echo "$1" >/sys/module/dart_count_test/parameters/op
}

# counter STATS GROUP.NAME: its value
counter()
{
	[[ $1 =~ \"${2%.*}\":\ \{[^}]*\"${2##*.}\":\ ([0-9]+) ]] || { echo "no counter $2"; return 1; }
	echo "${BASH_REMATCH[1]}"
}

# counted OPERATION GROUP.NAME=N...: carry it out, and judge by how much counters grow
counted()
{
	local op=$1 before after word old new status=0
	shift
	before=$(control stats) || { echo "$before"; return 1; }
	dart_op "$op" || { echo "$op failed"; return 1; }
	after=$(control stats) || { echo "$after"; return 1; }
	for word in "$@"; do
		old=$(counter "$before" "${word%=*}") || { echo "$old"; return 1; }
		new=$(counter "$after" "${word%=*}") || { echo "$new"; return 1; }
		[ "$((new - old))" -eq "${word#*=}" ] || {
			echo "${word%=*} grew by $((new - old)), not ${word#*=}"
			status=1
		}
	done
	return "$status"
}

# invalidates OPERATION T8103 T8110 T6000: as often as the numbers say
invalidates()
{
	counted "$1" "$T8103.invalidates=$2" "$T8110.invalidates=$3" "$T6000.invalidates=$4"
}

# One command for each instance that may know better, however much is mapped or unmapped.
dart_counts()
{
	check count-load modprobe dart-count-test master=0
	check count-power-on dart_op power-on
	check count-attach invalidates attach 1 1 1
	check count-map-sgtable invalidates map-sgtable 1 1 0
	check count-unmap invalidates unmap 1 1 1
	check count-map-page invalidates map 1 1 0
	check count-unmap-page invalidates unmap 1 1 1
	check count-detach invalidates detach 1 1 1
	check count-map-detached invalidates map-sgtable 0 0 0
	check count-unmap-detached invalidates unmap 0 0 0
	check count-power-off dart_op power-off
	check count-unload rmmod dart_count_test
}

dart_power_is()
{
	local i
	for ((i = 0; i < 50; i++)); do
		! grep -q "power $1" "/sys/kernel/debug/apple-dart/instances/"*"${POWER#*@}"* || return 0
		sleep 0.1
	done
	cat "/sys/kernel/debug/apple-dart/instances/"*"${POWER#*@}"*
	return 1
}

# untouched OPERATION: no register is accessed
untouched()
{
	counted "$1" "$POWER.reads=0" "$POWER.writes=0"
}

# Without power: changes are noted, nothing is accessed; one flush when power returns.
dart_power()
{
	check power-load modprobe dart-count-test master=3
	check power-on-before dart_op power-on
	check power-attach counted attach "$POWER.invalidates=1"
	check power-off dart_op power-off
	check power-is-off dart_power_is off
	check power-off-map untouched map-sgtable
	check power-off-unmap untouched unmap
	check power-off-detach untouched detach
	check power-off-attach untouched attach
	check power-returns counted power-on "$POWER.invalidates=1"
	check power-is-on dart_power_is on
	check power-map counted map-sgtable "$POWER.invalidates=1"
	check sleep dart_op sleep
	check asleep-unmap untouched unmap
	check asleep-map untouched map-sgtable
	check wakes counted wake "$POWER.invalidates=1"
	check awake-unmap counted unmap "$POWER.invalidates=1"
	check power-off-again dart_op power-off
	check power-unload rmmod dart_count_test
}

# With a burst of none each fault silences the interrupt for a second; it must come back.
dart_fault_storm()
{
	local burst=/sys/module/apple_dart/parameters/fault_burst old
	old=$(cat "$burst")
	check fault-burst-unload rmmod dart_span_test
	echo 0 >"$burst"
	check fault-burst-load modprobe dart-span-test
	kunit_results span | grep -m 1 both_masters | sed 's,span_test_both_masters,fault-burst,'
	check fault-burst-silenced log_says 'fault storm: the interrupt was off'
	echo "$old" >"$burst"
}

# log_says TEXT: within some seconds
log_says()
{
	local i
	for ((i = 0; i < 100; i++)); do
		! dmesg | grep -qF "$1" || return 0
		sleep 0.1
	done
	echo "the log does not say: $1"
	return 1
}

TRACING=/sys/kernel/tracing

# dart_trace EVENT...: record these from now on, and no others
dart_trace()
{
	local event
	mountpoint -q "$TRACING" || mount -t tracefs tracefs "$TRACING"
	echo 0 >"$TRACING/events/apple_dart/enable"
	echo >"$TRACING/trace"
	for event in "$@"; do
		echo 1 >"$TRACING/events/apple_dart/$event/enable"
	done
}

# dart_traced EVENT...: each has happened
dart_traced()
{
	local event status=0
	for event in "$@"; do
		grep -q " $event: " "$TRACING/trace" || { echo "no event $event"; status=1; }
	done
	return "$status"
}

# dart_shows FILE... PATTERN: some file of the driver in debugfs has such a line
dart_shows()
{
	local pattern=${*: -1}
	grep -qE "$pattern" "${@:1:$#-1}" || { tail -n 5 "${@:1:$#-1}"; return 1; }
}

# What a person can look at, while a page is mapped for master-0.
dart_visible()
{
	local dir=/sys/kernel/debug/apple-dart
	dart_trace dart_attach dart_map dart_flush dart_unmap
	check visible-load modprobe dart-count-test master=0
	check visible-power-on dart_op power-on
	check visible-attach dart_op attach
	check visible-map dart_op map
	check visible-mapping dart_shows "$dir"/domains/* '^0x000040000000\.\.0x000040003fff -> 0x[0-9a-f]+ rw-$'
	check visible-table dart_shows "$dir"/domains/* '^table: DART2, 16 KiB pages, 2 levels, .* pages \([0-9]+ KiB\)'
	check visible-instance dart_shows "$dir"/domains/* '^instance: .*310000.*, streams 1$'
	check visible-stream dart_shows "$dir"/instances/*310000* '^stream 1: domain [0-9]+, control 0x80, '
	check visible-unmap dart_op unmap
	check visible-detach dart_op detach
	check visible-power-off dart_op power-off
	check visible-unload rmmod dart_count_test
	check visible-traced dart_traced dart_attach dart_map dart_flush dart_unmap
	dart_trace
}

# fails OPERATION
fails()
{
	! dart_op "$1" || { echo "$1 succeeded"; return 1; }
}

# What was unmapped is settled when the instance obeys again.
settles()
{
	local i
	for ((i = 0; i < 3000; i++)); do
		! dart_op settle 2>/dev/null || return 0
	done
	echo "still not settled"
	return 1
}

# An instance that does not obey: who maps is told, who unmaps can ask, and it ends well. Each time the
# driver gives up it has read 2000 times at most, and an operation gives up twice at most.
dart_stuck()
{
	check stuck-load modprobe dart-count-test master=0
	check stuck-power-on dart_op power-on
	check stuck-attach dart_op attach
	check stuck-settled dart_op settle
	check stuck-inject control stall dart "$T8110" 10000
	check stuck-map fails map
	check stuck-settles settles
	check stuck-map-again dart_op map
	check stuck-inject-again control stall dart "$T8110" 10000
	check stuck-unmap dart_op unmap
	check stuck-not-settled fails settle
	check stuck-settles-again settles
	check stuck-detach dart_op detach
	check stuck-power-off dart_op power-off
	check stuck-unload rmmod dart_count_test
}
