# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# weston and what else draws on the driver's card, for the tests and for the demonstration. Needs lib.sh.

export LIBSEAT_BACKEND=seatd SEATD_SOCK=/run/seatd.sock SEATD_VTBOUND=0
export XDG_RUNTIME_DIR=/run/user/0 WAYLAND_DISPLAY=wayland-1
WESTON_LOG=/mnt/run/weston.log
PICTURES=/mnt/run/png
WESTON_PID='' SEATD_PID=''

# weston_config RENDERER: nothing that moves by itself, so that two pictures of the desktop are equal.
weston_config()
{
	cat >/tmp/weston.ini <<-END
	[core]
	backend=drm
	renderer=$1
	shell=desktop
	require-input=false
	idle-time=0

	[shell]
	background-color=0xff2f4f6f
	panel-position=top
	clock-format=none
	animation=none
	startup-animation=none
	focus-animation=none
	locking=false

	[launcher]
	icon=/usr/share/weston/icon_terminal.png
	path=/usr/bin/weston-terminal
	END
}

# Each head has a tablet of its own, when there are viewers; compositors ask udev which is whose.
map_tablets()
{
	local n
	grep -qs . /sys/class/input/input*/uniq || return 0
	mkdir -p /run/udev/rules.d
	for n in 0 1 2 3; do
		printf 'SUBSYSTEM=="input", ATTRS{uniq}=="head%d", ENV{WL_OUTPUT}="Virtual-%d"\n' \
			"$n" "$((n + 1))"
	done >/run/udev/rules.d/70-heads.rules
	udevadm control --reload
	udevadm trigger --action=change --subsystem-match=input
	udevadm settle --timeout=60
}

seat_start()
{
	local i
	[ -z "$SEATD_PID" ] || return 0
	map_tablets
	seatd >/mnt/run/seatd.log 2>&1 &
	SEATD_PID=$!
	for ((i = 0; i < 100; i++)); do
		[ ! -S "$SEATD_SOCK" ] || return 0
		sleep 0.1
	done
	echo "seatd did not start: $(tail -n 1 /mnt/run/seatd.log)"
	return 1
}

# desktop_start [RENDERER]
desktop_start()
{
	local card i
	card=$(asahi_card) || { echo "$card"; return 1; }
	weston_config "${1:-pixman}"
	seat_start || return 1
	weston --config=/tmp/weston.ini --drm-device="$card" --socket="$WAYLAND_DISPLAY" --debug \
		--log="$WESTON_LOG" >/mnt/run/weston.out 2>&1 &
	WESTON_PID=$!
	for ((i = 0; i < 600; i++)); do
		[ ! -S "$XDG_RUNTIME_DIR/$WAYLAND_DISPLAY" ] || return 0
		kill -0 "$WESTON_PID" 2>/dev/null || break
		sleep 0.1
	done
	echo "weston did not start: $(tail -n 1 "$WESTON_LOG")"
	return 1
}

desktop_stop()
{
	local pid
	for pid in $WESTON_PID $SEATD_PID; do
		kill "$pid" 2>/dev/null
		wait "$pid" 2>/dev/null
	done
	WESTON_PID='' SEATD_PID=''
	return 0
}

latched()
{
	control stats | python3 "$(dirname "${BASH_SOURCE[0]}")/stats.py" latched
}

# desktop_settled: weston has scanned frames out, and no new one has come for three seconds
desktop_settled()
{
	local before now i still=0 first
	first=$(latched) || return 1
	before=$first
	for ((i = 0; i < 90; i++)); do
		sleep 1
		now=$(latched) || return 1
		if [ "$now" = "$before" ] && [ "$now" -gt 1 ]; then
			still=$((still + 1))
			[ "$still" -lt 3 ] || return 0
		else
			still=0
		fi
		before=$now
	done
	echo "frames latched: $first, then $now, and still changing"
	return 1
}

# heads_on: the numbers of the heads that show a picture
heads_on()
{
	local head
	for head in 0 1 2 3; do
		! control png "$head" "head-$head.png" >/dev/null || echo "$head"
	done
}

# heads_match SHOT: is this picture of all outputs what the heads show?
heads_match()
{
	local heads
	mapfile -t heads < <(heads_on | sed "s,.*,$PICTURES/head-&.png,")
	[ ${#heads[@]} -gt 0 ] || { echo "no head is on"; return 1; }
	cp "$1" "$PICTURES/"
	python3 "$(dirname "${BASH_SOURCE[0]}")/compare.py" "$1" "${heads[@]}" 2>&1
}

weston_matches()
{
	cd /tmp && rm -f wayland-screenshot*.png
	timeout 60 weston-screenshooter || { echo "no screenshot"; return 1; }
	mv wayland-screenshot*.png screenshot.png
	heads_match /tmp/screenshot.png
}

# begin NAME COMMAND...: as check, for what starts processes that have to be children of this shell; 1 if it failed
begin()
{
	local name=$1
	shift
	if "$@" >/tmp/begin.out 2>&1; then
		ok "$name"
		return 0
	fi
	not_ok "$name" "$(tail -n 1 /tmp/begin.out)"
	return 1
}
