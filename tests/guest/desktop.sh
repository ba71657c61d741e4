# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# weston on the driver's card, for the tests and for the demonstration. Needs lib.sh.

export LIBSEAT_BACKEND=seatd SEATD_SOCK=/run/seatd.sock SEATD_VTBOUND=0
export XDG_RUNTIME_DIR=/run/user/0 WAYLAND_DISPLAY=wayland-1
WESTON_LOG=/mnt/run/weston.log
WESTON_PID='' SEATD_PID=''

# Nothing that moves by itself, so that two pictures of the desktop are equal.
weston_config()
{
	cat >/tmp/weston.ini <<-'END'
	[core]
	backend=drm
	renderer=pixman
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

desktop_start()
{
	local card i
	card=$(asahi_card) || { echo "$card"; return 1; }
	weston_config
	seatd >/mnt/run/seatd.log 2>&1 &
	SEATD_PID=$!
	for ((i = 0; i < 100; i++)); do
		[ ! -S "$SEATD_SOCK" ] || break
		sleep 0.1
	done
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
