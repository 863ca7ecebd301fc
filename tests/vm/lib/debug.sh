# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # variables shared with vm
# The kernel of --debug: built from the suite's own linux-source in its root, with all checkers on.
# Its build tree, pruned to what modules need, is seen at /srv in the root.

debug_need() {
	local key
	key=$({ declare -f debug_build debug_prune; cat "$here/debug.config" "$here/packages.debug"; } |
		sha256sum | cut -c1-12)
	kernel_dir=$root/debug.$key
	if [[ ! -e $kernel_dir/complete ]]; then
		debug_make
	fi
	kver=$(<"$kernel_dir/kver")
	kdir=/srv/linux
	vmlinux=$kernel_dir/bzImage
	modules=$kernel_dir/lib/modules/$kver
	build_name=$root_name-debug
}

debug_make() {
	local fd start=$SECONDS dir=$kernel_dir
	layer_need debug "$here/packages.debug"
	lock_take fd "debug-$root_name"
	if [[ ! -e $dir/complete ]]; then
		say "building the debug kernel of $suite (about ten minutes); log: $root/debug.log"
		remove_tree "$dir"
		mkdir -p "$dir"
		debug_steps >"$root/debug.log" 2>&1 </dev/null &
		if ! wait $!; then
			tail -n 20 "$root/debug.log" >&2
			die 125 "could not build the debug kernel; log: $root/debug.log"
		fi
		touch "$dir/complete"
		say "built the debug kernel in $((SECONDS - start)) s"
	fi
	lock_drop "$fd"
}

debug_steps() {
	export work=$kernel_dir kernel_dir=''
	cp "$here/debug.config" "$work/"
	in_tree "$tree" "$layer" "$(declare -f debug_build debug_prune); debug_build; debug_prune"
	[[ -s $work/bzImage && -s $work/kver ]]
}

# In the root. A bzImage: PVH would start in C code before KASAN has its shadow.
debug_build() {
	mkdir /build/linux
	cd /build/linux || return
	tar -x --strip-components=1 -f /usr/src/linux-source-*.tar.xz
	make KCONFIG_ALLCONFIG=/build/debug.config allnoconfig
	# A name that this kernel does not know, or whose conditions are not met, shows here.
	grep -vxFf .config /build/debug.config | grep ^CONFIG_ || true
	make -j"$(nproc)" bzImage modules_prepare modules
	make -s kernelrelease >/build/kver
	cp arch/x86/boot/bzImage /build/
}

# What modules are built against is kept.
debug_prune() {
	local kver
	kver=$(cat /build/kver)
	mkdir -p "/build/lib/modules/$kver/updates"
	cp modules.order modules.builtin modules.builtin.modinfo "/build/lib/modules/$kver/"
	find . -name "*.o" ! -path "./scripts/*" ! -path "./tools/*" -delete
	rm -rf vmlinux* .tmp_vmlinux* Documentation sound samples
	find drivers fs net arch crypto lib kernel mm tools -name "*.[ch]" ! -path "arch/x86/*" \
		! -path "tools/objtool/*" ! -path "tools/include/*" ! -path "tools/lib/*" -delete
}
