# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Shared by the scripts in tools/ and tests/: places, progress lines, namespaces.

set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
CACHE=${ASAHI_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/asahi}
BUILD=$TOP/build
LOGS=$BUILD/logs
JOBS=${JOBS:-$(nproc)}
SUITE=forky
MIRROR=${MIRROR:-http://deb.debian.org/debian}
APT_OPT=${APT_OPT:-}
export ASAHI_CACHE=$CACHE
mkdir -p "$CACHE" "$LOGS"

die()
{
	echo "error: $*" >&2
	exit 1
}

# say TEXT: a progress line, on stderr so that stdout stays the result
say()
{
	echo "$*" >&2
}

# key_of FILE...: the name under which a result built from these inputs is kept
key_of()
{
	cat -- "$@" | sha256sum | cut -c1-12
}

# step NAME COMMAND...: run a long step with its output in a log; one line when it ends
step()
{
	local name=$1 log start status
	shift
	log=$LOGS/${name//[^A-Za-z0-9.-]/-}.log
	start=$SECONDS
	say "  .. $name (log: $log)"
	# Not "|| status": that would switch errexit off inside a function that is run as a step.
	set +e
	(
		set -e
		"$@"
	) >"$log" 2>&1 </dev/null
	status=$?
	set -e
	if [ "$status" -ne 0 ]; then
		tail -n 5 "$log" >&2
		die "$name failed after $((SECONDS - start)) s; the whole log is $log"
	fi
	say "  ok $name, $((SECONDS - start)) s"
}

# locked NAME COMMAND...: one build of a kind at a time, other users of the cache wait
locked()
{
	local lock=$CACHE/.lock-$1
	shift
	(
		flock 9
		"$@" 9>&-
	) 9>"$lock"
}

# need_space DIR GIB: fail early when a long step cannot fit
need_space()
{
	local free
	free=$(df -Pk "$1" | awk 'NR == 2 { print int($4 / 1048576) }')
	[ "$free" -ge "$2" ] || die "$1 has $free GiB free, this step needs $2"
}

# Prefix of a command that needs a private mount table and the rights of root over the root directory
AS_ROOT=(unshare --mount --propagation private --)
[ "$(id -u)" -eq 0 ] || AS_ROOT=(unshare --map-root-user --map-auto "${AS_ROOT[@]:1}")

root_dir()
{
	echo "$CACHE/root-$(root_key)"
}

root_image()
{
	echo "$CACHE/root-$(root_key)-$(key_of "$TOP/tools/guest-stub").img"
}

# Only what decides the content; a changed comment does not rebuild the root.
root_key()
{
	{ echo "$SUITE"; package_names; } | key_of -
}

package_names()
{
	sed -e 's/#.*//' -e 's/[[:space:]]*$//' -e '/^$/d' "$TOP/tools/packages.list"
}

kernel_source()
{
	find "$CACHE" -maxdepth 1 -name 'linux-6.12.*' ! -name '*.new*' | sort -V | tail -n 1
}

# kernel_fragments fast|debug
kernel_fragments()
{
	echo "$TOP/tools/kernel.config"
	[ "$1" = fast ] || echo "$TOP/tools/kernel-debug.config"
}

# kernel_dir fast|debug: usable as KDIR
kernel_dir()
{
	local fragments
	mapfile -t fragments < <(kernel_fragments "$1")
	echo "$CACHE/kernel-$1-$(key_of "${fragments[@]}")"
}
