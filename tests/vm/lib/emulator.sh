# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # variables shared with vm
# The emulator: one for all machines, from a release that is known to be good, so that instructions
# count the same everywhere. QEMU before 8.1 with more than one processor does not survive it long that
# the kernel patches its hottest code: it may go on to run the breakpoint that text_poke has removed.
# Its packages are unpacked, not installed, and it is started by the loader that comes with it.

emulator_suite=trixie

# Set emulator to the command, and the environment that it needs; unpacked first where it is missing.
emulator_need() {
	local mirror options key fd top lib
	read -r mirror options < <(root_mirror)
	key=$({ declare -f emulator_steps; echo "$emulator_suite $mirror"; } | sha256sum | cut -c1-16)
	top=$cache/root/emulator.$key
	if [[ ! -e $top/complete ]]; then
		lock_take fd emulator
		[[ -e $top/complete ]] || emulator_make "$mirror" "$options" "$top"
		lock_drop "$fd"
	fi
	lib=$top/tree/usr/lib/x86_64-linux-gnu
	emulator=("$top/tree/usr/lib64/ld-linux-x86-64.so.2" --library-path "$lib"
		"$top/tree/usr/bin/qemu-system-x86_64"
		-L "$top/tree/usr/share/qemu" -L "$top/tree/usr/share/seabios")
}

emulator_make() {
	local mirror=$1 options=$2 top=$3 old start=$SECONDS mode=root log=$cache/emulator.log
	[[ $(id -u) == 0 ]] || mode=unshare
	say "unpacking QEMU of $emulator_suite; log: $log"
	# Older ones too: a running QEMU keeps the files that it has mapped.
	for old in "$cache"/root/emulator.*; do
		[[ ! -e $old ]] || remove_tree "$old"
	done
	mkdir -p "$top.tmp"
	emulator_steps "$mode" "$mirror" "$options" "$top.tmp" </dev/null >"$log" 2>&1 &
	if ! wait $!; then
		tail -n 20 "$log" >&2
		die 125 "could not unpack QEMU of $emulator_suite; log: $log"
	fi
	mv "$top.tmp" "$top"
	touch "$top/complete"
	say "unpacked ${top##*/} in $((SECONDS - start)) s"
}

emulator_steps() {
	local mode=$1 mirror=$2 options=$3 dir=$4
	local -a aptopts
	mapfile -t aptopts < <(root_aptopts)
	mmdebstrap --mode="$mode" --variant=extract --format=directory --skip=output/dev \
		--include=qemu-system-x86 --aptopt='APT::Install-Recommends "false"' "${aptopts[@]}" \
		"$emulator_suite" "$dir/tree" "deb ${options:+[$options] }$mirror $emulator_suite main"
	"$dir/tree/usr/lib64/ld-linux-x86-64.so.2" \
		--library-path "$dir/tree/usr/lib/x86_64-linux-gnu" \
		"$dir/tree/usr/bin/qemu-system-x86_64" --version
}
