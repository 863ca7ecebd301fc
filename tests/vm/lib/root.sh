# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # variables shared with vm
# One root file system for each suite and kernel flavour: a tree to build in, a kernel, an ext4
# image of the tree. This file, the package list and the customize hook are the recipe: changing one
# rebuilds the roots. Layers, which a root's users add on top for themselves, lie beside its tree.

root_packages() {
	sed -n -e "s/^$suite: *//p" -e '/^[a-z]/{/:/!p}' "$here/packages"
	echo "linux-headers-$kernel_package"
}

# Print "URI options" of the source that serves the main component of this machine's own suite.
# apt itself reads both formats of its sources; other sources that it knows are passed over.
root_mirror() {
	local codename uri
	codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
	# shellcheck disable=SC2016
	uri=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT) $(ORIGIN)' \
		'Created-By: Packages' | awk -v codename="$codename" '
		$2 ~ /-/ || $3 != "main" || ($4 != "" && $4 != "Debian" && $4 !~ /^\$/) { next }
		$2 == codename { print $1; found = 1; exit }
		$2 ~ /^(stable|testing|unstable|sid)$/ { other = $1 }
		END { if (!found && other != "") print other }')
	[[ $uri ]] || die 1 "apt knows no source of Debian's main component"
	printf '%s' "${uri%/}"
	if grep -qsE '^ *deb.*\[.*trusted=yes.*\]|^Trusted: *yes' /etc/apt/sources.list \
		/etc/apt/sources.list.d/*.{list,sources}; then
		printf ' trusted=yes'
	fi
	echo
}

# The machine's proxy settings, as options for mmdebstrap's apt.
root_aptopts() {
	apt-config dump | sed -nE 's/^(Acquire::https?::.*|Acquire::Check-Valid-Until.*)$/--aptopt=\1/p'
	[[ $suite != sid ]] || echo '--aptopt=Acquire::Check-Valid-Until "false";'
}

# Set $root, the directory of the current root, made first where it is missing.
root_need() {
	local mirror options key fd use
	case $flavour in
	generic) kernel_package=amd64 ;;
	*) kernel_package=$flavour-amd64 ;;
	esac
	root_name=$suite-$flavour
	read -r mirror options < <(root_mirror)
	key=$({ cat "$here"/lib/{root.sh,customize} "$here/packages"; echo "$suite $flavour $mirror"; } |
		sha256sum | cut -c1-16)
	root=$cache/root/$root_name.$key
	# What debug.sh replaces.
	tree=$root/tree build_name=$root_name
	lock_share use "use-$root_name.$key"
	if [[ -e $root/complete ]]; then
		kernel_set
		return 0
	fi
	lock_take fd "root-$root_name"
	if [[ ! -e $root/complete ]]; then
		root_remove_stale
		root_make "$mirror" "$options"
	fi
	lock_drop "$fd"
	kernel_set
}

# The kernel to build for and to boot: its version, its build directory as seen in the root, its
# modules and its unpacked image.
kernel_set() {
	kver=$(<"$root/kver")
	kdir=/lib/modules/$kver/build
	modules=$tree/lib/modules/$kver
	vmlinux=$root/vmlinux
}

# Half-built roots and those of older recipes, unless a running machine still uses one. A root
# without its stamp is nobody's: only the holder of the lock makes one.
root_remove_stale() {
	local old use=
	for old in "$cache/root/$root_name".*; do
		[[ -e $old ]] || continue
		if [[ $old != "$root" && -e $old/complete ]]; then
			exec {use}>"$cache/lock/use-${old##*/}"
			flock -n "$use" || { lock_drop "$use"; continue; }
		fi
		say "removing stale ${old##*/}"
		rm -f "$old/complete"
		remove_tree "$old"
		[[ ! $use ]] || lock_drop "$use"
		use=
	done
}

remove_tree() {
	in_root_ids rm -rf --one-file-system -- "$1"
}

root_make() {
	local mirror=$1 options=$2 mode=root log="$cache/root-$root_name.log" start=$SECONDS
	local tmp=$root.tmp
	[[ $(id -u) == 0 ]] || mode=unshare
	say "making the root file system of $suite ($flavour); log: $log"
	mkdir -p "$tmp"
	# In the background: errexit would be off in a condition.
	root_steps "$mode" "$mirror" "$options" "$tmp" </dev/null >"$log" 2>&1 &
	if ! wait $!; then
		tail -n 20 "$log" >&2
		die 125 "could not make the root file system of $suite ($flavour); log: $log"
	fi
	mv "$tmp" "$root"
	touch "$root/complete"
	say "made ${root##*/} in $((SECONDS - start)) s"
}

root_steps() {
	local mode=$1 mirror=$2 options=$3 dir=$4 size kernel
	local -a aptopts packages merge=(--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr)
	# bullseye has no package to say that /usr is merged, which that hook needs.
	# shellcheck disable=SC2016
	[[ $suite != bullseye ]] || merge=('--setup-hook=for dir in bin sbin lib lib32 lib64 libx32; do
		mkdir -p "$1/usr/$dir" && ln -s "usr/$dir" "$1/$dir"; done')
	mapfile -t aptopts < <(root_aptopts)
	mapfile -t packages < <(root_packages)
	# shellcheck disable=SC2016
	KERNEL_PACKAGE=$kernel_package CUSTOMIZE=$here/lib/customize mmdebstrap --mode="$mode" --variant=apt --format=directory --skip=output/dev \
		--include="$(IFS=,; echo "${packages[*]}")" \
		"${merge[@]}" \
		--dpkgopt=force-unsafe-io \
		--dpkgopt='path-exclude=/usr/share/doc/*' \
		--dpkgopt='path-exclude=/usr/share/man/*' \
		--dpkgopt='path-exclude=/usr/share/info/*' \
		--dpkgopt='path-exclude=/usr/share/locale/*' \
		--dpkgopt='path-exclude=/usr/share/i18n/*' \
		--dpkgopt='path-exclude=/usr/share/lintian/*' \
		--aptopt='APT::Install-Recommends "false"' "${aptopts[@]}" \
		--customize-hook='"$CUSTOMIZE" "$1"' \
		"$suite" "$dir/tree" "deb ${options:+[$options] }$mirror $suite main"
	cp "$dir/tree/kver" "$dir/kver"
	kernel=$dir/tree/boot/kernel
	kernel_unpack "$kernel" >"$dir/vmlinux"
	in_root_ids rm "$kernel" "$dir/tree/kver"
	size=$(in_root_ids du -sm "$dir/tree" | cut -f1)
	# Room for what the tests write. No journal: the machine never outlives a crash.
	truncate -s $((size * 5 / 4 + 2048))M "$dir/disk.ext4"
	in_root_ids mke2fs -q -t ext4 -O ^has_journal -E lazy_itable_init=1,nodiscard -m 0 \
		-d "$dir/tree" "$dir/disk.ext4"
}

# The ELF kernel inside a bzImage, which boots by PVH: an emulated processor takes seconds to unpack
# it. The header tells where the compressed payload is (Documentation/arch/x86/boot.rst); its last
# four bytes are the unpacked size.
kernel_unpack() {
	local image=$1 setup offset length
	number() { od -An -v -t "u$2" -j "$1" -N "$2" "$image" | tr -d ' '; }
	setup=$(number $((0x1f1)) 1)
	offset=$(($(number $((0x248)) 4) + (setup + 1) * 512))
	length=$(($(number $((0x24c)) 4) - 4))
	payload() {
		dd if="$image" bs=64k iflag=skip_bytes,count_bytes skip=$offset count=$length status=none
	}
	case $(number $offset 4) in
	1484404733) payload | xz -dc --single-stream ;;
	4247762216) payload | zstd -qdc ;;
	407642370) payload | lz4 -dc ;;
	*) cat "$image" ;; # It can unpack itself.
	esac
}
