# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # variables shared with vm
# Shared by all parts of the test machine: messages, the cache directory, locks, host packages.

say() { printf 'vm: %s\n' "$*" >&2; }

die() {
	local status=$1
	shift
	say "$@"
	exit "$status"
}

# Set HOME and $cache. CI may run without HOME.
cache_init() {
	if [[ -z ${HOME:-} ]]; then
		HOME=$(getent passwd "$(id -u)" | cut -d: -f6)
		export HOME=${HOME:-/root}
	fi
	cache=${TASKMETER_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/taskmeter}
	mkdir -p "$cache"/{lock,root,build,run}
	cache=$(realpath "$cache")
}

# lock_take FD_VARIABLE NAME: wait for the lock NAME, keep it until lock_drop or exit.
# The descriptor is inherited by children on purpose where a child works under the lock; programs
# that outlive the work (QEMU) close it.
lock_take() {
	local -n ret_fd=$1
	exec {ret_fd}>"$cache/lock/$2"
	if ! flock -n "$ret_fd"; then
		say "waiting for another run to finish preparing $2"
		flock "$ret_fd"
	fi
}

# lock_share FD_VARIABLE NAME: mark NAME as in use; removers take it exclusively and do not wait.
lock_share() {
	local -n ret_fd=$1
	exec {ret_fd}>"$cache/lock/$2"
	flock -s "$ret_fd"
}

lock_drop() {
	local fd=$1
	exec {fd}>&-
}

# Run a program in a private mount and pid namespace: as root simply so, as an ordinary user mapped
# to root with all subordinate ids, which is what mmdebstrap's unshare mode uses for the same files.
in_namespace() {
	local -a map=()
	[[ $(id -u) == 0 ]] || map=(--user --map-root-user --map-auto)
	unshare "${map[@]}" --mount --pid --fork --kill-child "$@"
}

# Run a program that sees the roots' files with the owners that they have in the guest.
in_root_ids() {
	if [[ $(id -u) == 0 ]]; then
		"$@"
	else
		unshare --user --map-root-user --map-auto "$@"
	fi
}

host_packages=(qemu-system-x86 mmdebstrap cpio busybox-static e2fsprogs xz-utils zstd lz4
	util-linux kmod	debian-archive-keyring ca-certificates)

# Install what this machine needs, or say how.
host_prepare() {
	local package
	local -a missing=()
	for package in "${host_packages[@]}"; do
		[[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) == installed ]] ||
			missing+=("$package")
	done
	[[ $(id -u) == 0 ]] || command -v newuidmap >/dev/null || missing+=(uidmap)
	((${#missing[@]})) || return 0
	if [[ $(id -u) != 0 ]]; then
		say "missing on this machine; as root run:"
		die 1 "  apt-get update && apt-get install --no-install-recommends ${missing[*]}"
	fi
	say "installing ${missing[*]}"
	local fd log="$cache/host-packages.log"
	lock_take fd host-packages
	if ! { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y \
		--no-install-recommends "${missing[@]}"; } </dev/null >"$log" 2>&1; then
		tail -n 20 "$log" >&2
		die 1 "could not install the host packages; log: $log"
	fi
	lock_drop "$fd"
}
