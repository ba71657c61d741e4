# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# For tests of the IOMMU driver: single operations, and what the virtual DARTs say reached them.
# Board "mixed": master-0 has an instance of each generation, the last one never caches that an
# entry is absent; master-3 has one for itself. Comes after lib.sh.

STATS_PY=$(dirname "${BASH_SOURCE[0]}")/stats.py
T8103=iommu@304000 T8110=iommu@30c000 T6000=iommu@310000 POWER=iommu@314000

no_misuse()
{
	control stats | python3 -c '
import json, sys
n = json.load(sys.stdin)["violations"]
print(f"{n} reports of driver misuse")
sys.exit(n != 0)'
}

dart_op()
{
	echo "$1" >/sys/module/dart_count_test/parameters/op
}

# counted OPERATION GROUP.COUNTER=N...: carry it out, and judge by how much counters grow
counted()
{
	local before=/tmp/count-before.json op=$1 after
	shift
	control stats >"$before" || return 1
	dart_op "$op" || { echo "$op failed"; return 1; }
	after=$(control stats) || return 1
	python3 "$STATS_PY" grew "$before" "$@" <<<"$after"
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
	check power-off-again dart_op power-off
	check power-unload rmmod dart_count_test
}
