# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # variables shared with vm
# Packages on top of a root for those who need them only: an overlay's upper directory, installed
# with the root's own apt.

layer_packages() { sed -n -e "s/^$suite: *//p" -e '/^[a-z]/{/:/!p}' "$1"; }

layer_key() { { layer_packages "$1"; declare -f layer_install; } | sha256sum | cut -c1-12; }

# layer_need NAME LIST: set layer to the directory of the layer, made first where it is missing.
layer_need() {
	local name=$1 list=$2 fd old
	layer=$root/layer-$name.$(layer_key "$list")
	[[ ! -e $layer/complete ]] || return 0
	lock_take fd "layer-$name-$root_name"
	if [[ ! -e $layer/complete ]]; then
		say "installing the packages of layer $name on $suite ($flavour)"
		for old in "$root/layer-$name".*; do
			remove_tree "$old"
		done
		mkdir -p "$layer"/{upper,work} "$root/merge"
		layer_install "$list" >"$layer/log" 2>&1 </dev/null &
		if ! wait $!; then
			tail -n 20 "$layer/log" >&2
			die 125 "could not install layer $name; log: $layer/log"
		fi
		touch "$layer/complete"
	fi
	lock_drop "$fd"
}

layer_install() {
	local -a packages
	mapfile -t packages < <(layer_packages "$1")
	((${#packages[@]})) || return 0
	# shellcheck disable=SC2016
	in_tree "$tree" "$layer" '
		export DEBIAN_FRONTEND=noninteractive
		printf "#!/bin/sh\nexit 101\n" >/usr/sbin/policy-rc.d
		chmod 755 /usr/sbin/policy-rc.d
		apt-get update
		apt-get install -y --no-install-recommends -o APT::Sandbox::User=root \
			-o DPkg::Options::=--force-unsafe-io "$@"
		apt-get clean
		rm -rf /var/lib/apt/lists/* /usr/sbin/policy-rc.d
	' "${packages[@]}"
}

# in_tree TREE LAYER SCRIPT ARGUMENT...: run a shell script in the tree, with the layer on top unless
# it is empty; with /proc, which objtool wants for its limits, and the machine's name service. What
# the environment names work is seen at /build, kernel_dir at /srv.
in_tree() {
	# shellcheck disable=SC2016
	in_namespace bash -c '
		set -e
		tree=$1 layer=$2 script=$3
		shift 3
		mount --make-rprivate /
		if [[ $layer ]]; then
			top=${layer%/*}/merge
			mount -t tmpfs merge "$top"
			mkdir "$top/tree"
			mount -t overlay -o "lowerdir=$tree,upperdir=$layer/upper,workdir=$layer/work" \
				overlay "$top/tree"
			tree=$top/tree
		fi
		mount -t proc proc "$tree/proc"
		mount -t tmpfs -o mode=755 dev "$tree/dev"
		for node in null zero full random urandom tty; do
			touch "$tree/dev/$node"
			mount --bind "/dev/$node" "$tree/dev/$node"
		done
		ln -s /proc/self/fd "$tree/dev/fd"
		mount -t tmpfs -o mode=1777 tmp "$tree/tmp"
		[[ ! $work ]] || mount --bind "$work" "$tree/build"
		[[ ! $kernel_dir ]] || mount --bind "$kernel_dir" "$tree/srv"
		for file in /etc/resolv.conf /etc/hosts; do
			[[ ! -e $tree$file || ! -e $file ]] || mount --bind "$file" "$tree$file"
		done
		exec chroot "$tree" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/tmp \
			LC_ALL=C.UTF-8 /bin/sh -ec "$script" sh "$@"
	' in_tree "$@"
}
