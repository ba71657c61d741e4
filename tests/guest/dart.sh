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
