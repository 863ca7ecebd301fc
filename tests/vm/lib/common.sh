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

# Run a program with the ids that the files of the roots have in the guest: as root simply so; for an
# ordinary user, as in mmdebstrap's unshare mode, the first subordinate id is root, and the user's own
# id is 65536, so that this root may write what the user owns.
in_root_ids() {
	local dir pid status=0 user
	if [[ $(id -u) == 0 ]]; then
		"$@"
		return
	fi
	user=$(id -un)
	dir=$(mktemp -d)
	mkfifo "$dir/go"
	# shellcheck disable=SC2016
	unshare --user --keep-caps bash -c '
		read -r _ <"$1"
		shift
		exec setpriv --reuid 0 --regid 0 --clear-groups --inh-caps=-all -- "$@"
		' in_root_ids "$dir/go" "$@" &
	pid=$!
	while [[ $(readlink "/proc/$pid/ns/user") == "$(readlink /proc/self/ns/user)" ]]; do
		sleep 0.02
	done
	if ! newuidmap "$pid" 0 "$(subordinate_id uid "$user")" 65536 65536 "$(id -u)" 1 ||
		! newgidmap "$pid" 0 "$(subordinate_id gid "$user")" 65536 65536 "$(id -g)" 1; then
		kill "$pid"
	else
		echo go >"$dir/go"
	fi
	wait "$pid" || status=$?
	rm -rf "$dir"
	return "$status"
}

subordinate_id() {
	awk -F: -v user="$2" '$1 == user && $3 >= 65536 { print $2; exit }' "/etc/sub$1"
}

# The same in private mount and pid namespaces.
in_namespace() {
	in_root_ids unshare --mount --pid --fork --kill-child "$@"
}

host_packages=(mmdebstrap cpio busybox-static e2fsprogs xz-utils zstd lz4
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
