# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # variables shared with vm
# The initramfs but for what differs from run to run: busybox and the kernel's modules to reach disk,
# ports and share; for a machine that lives in memory also the root file system, pruned.

initramfs_modules=(virtio_pci virtio_blk ext4 virtio_console 9pnet_virtio 9p virtio_net)
initramfs_applets=(cp cut grep insmod mkdir mount rm sh switch_root)

# make_once FILE FUNCTION: FUNCTION makes the file at the path that it is given; made once for all
# runs, never seen half made, made anew when this file changes.
make_once() {
	local file=$1 function=$2 fd
	[[ ! -e $file ]] || return 0
	lock_take fd "make-${file##*/}-$root_name"
	if [[ ! -e $file ]]; then
		say "making ${file##*/} of $suite ($flavour)"
		"$function" "$file.tmp" </dev/null >"$file.log" 2>&1 &
		if ! wait $!; then
			tail -n 20 "$file.log" >&2
			die 125 "could not make ${file##*/}; log: $file.log"
		fi
		rm -f "${file%.*.cpio}".*.cpio
		mv "$file.tmp" "$file"
	fi
	lock_drop "$fd"
}

# Set initramfs to the archives, in order.
initramfs_need() {
	local key
	key=$({ cat "$here/lib/initramfs.sh" "$here/packages.bench"; echo "$kver"; } | sha256sum |
		cut -c1-12)
	initramfs=("$root/initramfs-$kver.$key.cpio")
	make_once "${initramfs[0]}" initramfs_make
	[[ $icount ]] || return 0
	layer_need bench "$here/packages.bench"
	initramfs=("$root/memory.$key.cpio" "${initramfs[@]}")
	make_once "${initramfs[0]}" memory_make
}

# Modules are unpacked, as busybox reads no xz, and listed in the order of their dependencies; all
# below /vm, as the rest may be the whole root file system.
initramfs_make() {
	local top=$1.dir module file name applet
	rm -rf "$top"
	mkdir -p "$top"/vm/{bin,modules} "$top"/{dev,proc,sys,root}
	cp /bin/busybox "$top/vm/bin/"
	for applet in "${initramfs_applets[@]}"; do
		ln -s busybox "$top/vm/bin/$applet"
	done
	for module in "${initramfs_modules[@]}"; do
		kernel_has_module "$module" || continue
		kernel_module_files "$module" | while read -r file; do
			name=${file##*/}
			name=${name%%.ko*}
			echo "$name"
			case $file in
			*.xz) xz -dc "$file" ;;
			*.zst) zstd -qdc "$file" ;;
			*) cat "$file" ;;
			esac >"$top/vm/modules/$name.ko"
		done >"$top/vm/modules/$module.list"
	done
	(cd "$top" && find . | cpio -o -H newc --quiet -R 0:0) >"$1"
	rm -rf "$top"
}

# Loadable or built in.
kernel_has_module() {
	modprobe -d "${modules%/lib/modules/*}" -S "$kver" --show-depends "$1" >/dev/null 2>&1
}

# A module's files in the order to load them; none if it is built in.
kernel_module_files() {
	modprobe -d "${modules%/lib/modules/*}" -S "$kver" --show-depends "$1" |
		awk '$1 == "insmod" { print $2 }'
}

# The root file system and its bench layer without what is needed to build and without the kernel's
# modules, as an archive: some 150 MB that the kernel unpacks into memory.
memory_make() {
	local out=$1
	# shellcheck disable=SC2016
	in_namespace bash -c '
		set -e -o pipefail
		mount --make-rprivate /
		mount -t tmpfs tmp "$1/merge"
		mkdir "$1"/merge/{tree,empty}
		mount -t overlay -o "lowerdir=$3:$2" overlay "$1/merge/tree"
		cd "$1/merge/tree"
		find . \( -path ./usr/src -o -path ./usr/include -o -path ./usr/lib/gcc \
			-o -path ./usr/libexec/gcc -o -path ./usr/lib32 -o -path ./usr/libx32 \
			-o -path ./usr/lib/modules -o -path ./usr/share/perl \
			-o -path ./usr/lib/x86_64-linux-gnu/perl-base -o -path ./var/lib/dpkg \
			-o -path ./var/lib/apt -o -path ./var/cache -o -path "./dev/*" \
			-o -path "./usr/bin/x86_64-linux-gnu-*" -o -path ./usr/share/zoneinfo \
			-o -path "./usr/lib/linux-kbuild*" -o -path "./usr/lib/python3*/test" \
			-o -path ./usr/share/gcc -o -path ./usr/lib/udev/hwdb.bin \
			-o -path ./usr/lib/systemd/boot -o -path ./usr/lib/bfd-plugins \
			-o -path ./usr/bin/prometheus -o -path ./usr/bin/promtool \) -prune -o \
			! -name "*.a" ! -name "*.o" ! -name "*.pyc" -print |
			cpio -o -H newc --quiet >"$4"
	' memory "$root" "$tree" "$root/layer-bench.$(layer_key "$here/packages.bench")/upper" "$out"
}
