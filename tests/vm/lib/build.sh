# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # variables shared with vm
# Builds the tree inside a suite's root, incrementally, and packs the staged install for the guest.

# Print the paths of the sources below $source_dir, zero-terminated: what git tracks or would track.
source_list() {
	if git -C "$source_dir" rev-parse --is-inside-work-tree >/dev/null 2>&1; then
		git -C "$source_dir" ls-files -coz --exclude-standard --deduplicate
	else
		(cd "$source_dir" && find . \( -type f -o -type l \) ! -path './build/*' \
			-printf '%P\0')
	fi | grep -zv '^tests/vm/' | (cd "$source_dir" && while IFS= read -rd '' file; do
		[[ ! -e $file && ! -L $file ]] || printf '%s\0' "$file"
	done)
}

# Print "mode hash path" of each source.
source_manifest() {
	local list=$1
	(
		cd "$source_dir" || exit
		paste -d ' ' <(xargs -0r stat -c %a -- <"$list") <(xargs -0r sha256sum -- <"$list")
	)
}

# Bring the copy up to date; a file with the same content keeps its time, so make leaves it alone.
source_copy() {
	local work=$1 file
	source_list | sort -z >"$work/list"
	source_manifest "$work/list" >"$work/manifest.new"
	! cmp -s "$work/manifest" "$work/manifest.new" || return 0
	touch "$work/manifest"
	mkdir -p "$work/src"
	comm -13 <(cut -c -4096 "$work/manifest" | sort) <(sort "$work/manifest.new") |
		sed -E 's/^[0-7]+ [0-9a-f]+ [ *]//' | while IFS= read -r file; do
		mkdir -p "$work/src/$(dirname "$file")"
		cp -P --preserve=mode --remove-destination "$source_dir/$file" "$work/src/$file"
	done
	comm -23 <(sed -E 's/^[0-7]+ [0-9a-f]+ [ *]//' "$work/manifest" | sort) \
		<(sed -E 's/^[0-7]+ [0-9a-f]+ [ *]//' "$work/manifest.new" | sort) |
		while IFS= read -r file; do
			rm -f "$work/src/$file"
		done
	mv "$work/manifest.new" "$work/manifest"
}

# Builds of trees that are gone.
build_remove_stale() {
	local old
	for old in "$cache"/build/*; do
		[[ ! -e $old/source || -d $(<"$old/source") ]] || remove_tree "$old"
	done
}

# Leave the packed stage of the current sources at $1/stage.cpio, $1 being made here.
build_need() {
	local copy=$1 fd work hash start=$SECONDS
	work=$cache/build/$build_name-$(sha256sum <<<"$source_dir" | cut -c1-8)
	mkdir -p "$work"
	build_remove_stale
	lock_take fd "build-${work##*/}"
	if [[ $(cat "$work/root" 2>/dev/null) != "$root $vmlinux" ]]; then
		remove_tree "$work"
		mkdir -p "$work"
		echo "$root $vmlinux" >"$work/root"
		echo "$source_dir" >"$work/source"
	fi
	source_copy "$work"
	hash=$(cat "$work/manifest" "$here"/lib/{build,layer}.sh | sha256sum)
	if [[ $(cat "$work/built" 2>/dev/null) != "$hash" ]]; then
		rm -f "$work/built"
		say "building for $suite ($flavour, $kver)"
		build_stage "$work"
		build_pack "$work"
		echo "$hash" >"$work/built"
		say "built in $((SECONDS - start)) s"
	fi
	cp --reflink=auto "$work/stage.cpio" "$copy/stage.cpio"
	lock_drop "$fd"
}

build_stage() {
	local work=$1 log=$1/build.log owner=0:0
	[[ $(id -u) == 0 ]] || owner=65536:65536
	# shellcheck disable=SC2016
	if ! work=$work kernel_dir=${kernel_dir:-} in_tree "$tree" '' '
		rm -rf /build/stage
		cd /build/src
		make -j2 all module tests-build KDIR="$2" KVER="$1"
		make install install-module install-tests DESTDIR=/build/stage PREFIX=/usr \
			KVER="$1" KDIR="$2"
		chown -R "$3" /build/stage
		' "$kver" "$kdir" "$owner" </dev/null >"$log" 2>&1; then
		tail -n 40 "$log" >&2
		die 125 "the build failed; log: $log"
	fi
}

# The root has /usr merged; and modules.* must know the module, or modprobe does not. The copy of the
# root's modules to run depmod on is kept.
build_pack() {
	local work=$1 stage=$1/stage dir known=$1/modules/lib/modules
	for dir in bin sbin lib; do
		[[ -d $stage/$dir && ! -L $stage/$dir ]] || continue
		mkdir -p "$stage/usr/$dir"
		cp -a "$stage/$dir/." "$stage/usr/$dir/"
		rm -rf "${stage:?}/$dir"
	done
	if [[ -d $stage/usr/lib/modules/$kver ]]; then
		if [[ ! -d $known/$kver ]]; then
			mkdir -p "$known"
			cp -a "$modules" "$known/"
		fi
		rm -rf "$known/$kver/updates"
		cp -a "$stage/usr/lib/modules/$kver/updates" "$known/$kver/"
		depmod -b "$work/modules" "$kver"
		cp "$known/$kver"/modules.{dep,symbols,alias}* "$known/$kver"/modules.{devname,softdep} \
			"$stage/usr/lib/modules/$kver/"
	fi
	rm -rf "$work/top"
	mkdir -p "$work/top/vm"
	mv "$stage" "$work/top/vm/stage"
	(cd "$work/top" && find . | cpio -o -H newc --quiet -R 0:0) >"$work/stage.cpio.tmp"
	mv "$work/top/vm/stage" "$stage"
	mv "$work/stage.cpio.tmp" "$work/stage.cpio"
}
