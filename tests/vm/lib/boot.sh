# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # variables shared with vm
# One boot: the initramfs of this run, QEMU, the command's output and status, the kernel log.

# Zen 3 without ERMS and FSRM. The kernel holds it not vulnerable to Meltdown: page table isolation
# would cost a TLB flush at each entry (TCG has no PCID). And memcpy is a loop of moves: TCG makes
# `rep movsb`, which those two ask for, one instruction a byte in time and in the count.
cpu_model=EPYC-Milan,-erms,-fsrm

shell_quote() { printf "'%s'" "${1//\'/\'\\\'\'}"; }

# What the guest needs to know of this run, and its side of the machinery.
boot_config() {
	local vm=$run/top/vm word
	mkdir -p "$vm/guest"
	cp "$here/guest/init" "$run/top/init"
	cp "$here"/guest/{setup,bare,command,vm-command.service} "$vm/guest/"
	chmod 755 "$run/top/init" "$vm"/guest/{setup,bare,command}
	{
		echo "share=${share:+1}"
		echo "network=${forward:+1}"
		echo "bare=$bare"
		echo "module=$module"
		echo "in_memory=$icount"
		echo "keep=${disk:+1}"
		echo "module_params=$(shell_quote "$module_params")"
	} >"$vm/guest/vm.conf"
	{
		printf 'set --'
		for word in "${command[@]}"; do
			printf ' %s' "$(shell_quote "$word")"
		done
		echo
	} >"$vm/guest/argv"
	if [[ $share ]] && ! kernel_has_module 9p; then
		cp -a "$share" "$vm/share"
	fi
	(cd "$run/top" && find . | cpio -o -H newc --quiet -R 0:0) >"$run/conf.cpio"
}

boot_initrd() {
	cat "${initramfs[@]}" "$run/stage.cpio" "$run/conf.cpio" >"$run/initrd"
	rm -rf "$run/stage.cpio" "$run/conf.cpio" "$run/top"
}

boot_kernel_args() {
	local -a args=(console=ttyS0 rdinit=/init printk.devkmsg=on loglevel=7 panic=-1 oops=panic psi=1
		swapaccount=1 systemd.unified_cgroup_hierarchy=1
		systemd.show_status=no net.ifnames=0 tsc=reliable no_timer_check)
	# All but the freezer, whose first version a test mounts.
	local v1=cpu,cpuacct,cpuset,io,memory,devices,net_cls,perf_event,net_prio
	args+=("cgroup_no_v1=$v1,hugetlb,pids,rdma,misc")
	# An emulated processor on a busy machine may stand still longer than a real one.
	args+=(rcupdate.rcu_cpu_stall_timeout=240 watchdog_thresh=60)
	# What the mitigations cost is a matter of the processor, not of the code that is counted;
	# without them everybody's system calls are cheap.
	[[ ! $icount ]] || args+=(mitigations=off norandmaps randomize_kstack_offset=off
		random.trust_cpu=on audit=0)
	[[ ! $debug ]] || args+=(panic_on_warn=1)
	[[ ! $kernel_args ]] || args+=("$kernel_args")
	echo "${args[*]}"
}

# The disk to keep, made where it is missing.
boot_disk() {
	[[ $disk && ! -e $disk ]] || return 0
	cp --reflink=auto --sparse=always "$root/disk.ext4" "$disk.tmp"
	mv "$disk.tmp" "$disk"
}

# Set qemu to the command line.
boot_qemu() {
	local port number=1 image="file=${root//,/,,}/disk.ext4,snapshot=on"
	[[ ! $disk ]] || image="file=${disk//,/,,},cache=unsafe"
	qemu=("${emulator[@]}" -nodefaults -no-user-config -display none -monitor none -no-reboot
		-machine q35 -m "$mem" -kernel "$vmlinux" -initrd "$run/initrd"
		-append "$(boot_kernel_args)"
		-chardev "file,id=console,path=$run/console" -serial chardev:console
		-device virtio-serial-pci)
	for port in control out err share; do
		qemu+=(-chardev "file,id=$port,path=$run/$port"
			-device "virtserialport,chardev=$port,nr=$number,name=taskmeter.$port")
		number=$((number + 1))
	done
	if kvm_usable && [[ ! $icount ]]; then
		qemu+=(-accel kvm -cpu host)
	else
		qemu+=(-cpu "$cpu_model")
		[[ $icount ]] || qemu+=(-accel "tcg,thread=multi")
	fi
	if [[ $icount ]]; then
		# Nothing random and no clock from outside, so that two boots are the same.
		qemu+=(-smp 1 -icount "shift=0,sleep=off" -seed 1
			-rtc "base=2026-01-01T00:00:00,clock=vm")
	else
		qemu+=(-smp "$cpus" -drive "if=none,id=disk,format=raw,$image"
			-device "virtio-blk-pci,drive=disk")
		truncate -s 512M "$run/swap"
		mkswap -q "$run/swap" >/dev/null
		qemu+=(-drive "if=none,id=swap,file=$run/swap,format=raw,cache=unsafe"
			-device "virtio-blk-pci,drive=swap")
	fi
	[[ ! $share ]] || qemu+=(-virtfs
		"local,path=${share//,/,,},mount_tag=share,security_model=none,multidevs=remap")
	[[ ! $forward ]] || qemu+=(-device "virtio-net-pci,netdev=net,romfile="
		-netdev "user,id=net,hostfwd=tcp:127.0.0.1:${forward%%:*}-:${forward##*:}")
}

kvm_usable() {
	grep -qwE 'vmx|svm' /proc/cpuinfo && [[ -c /dev/kvm ]] && { : <>/dev/kvm; } 2>/dev/null
}

boot_cleanup() {
	[[ ! ${qemu_pid:-} ]] || kill -KILL "$qemu_pid" 2>/dev/null || true
	[[ ! ${run:-} ]] || rm -rf "$run"
}

# Run the machine. Returns the command's status, 124 after a timeout, 125 when the machine or the
# kernel failed.
boot() {
	local port out err back status='' line deadline started=
	boot_config
	boot_initrd
	boot_disk
	boot_qemu
	for port in control out err share; do
		mkfifo -m 600 "$run/$port"
	done
	exec {control_fd}<>"$run/control"
	cat "$run/out" &
	out=$!
	cat "$run/err" >&2 &
	err=$!
	# The shared directory of a kernel without 9p comes back by this way.
	if [[ $share ]]; then
		tar -x -f "$run/share" -C "$share" --no-same-owner 2>/dev/null &
	else
		cat "$run/share" >/dev/null &
	fi
	back=$!
	TMPDIR=$cache/run setpriv --pdeathsig KILL "${qemu[@]}" </dev/null >"$run/qemu" 2>&1 \
		{control_fd}<&- &
	qemu_pid=$!
	disown "$qemu_pid"
	deadline=$((SECONDS + timeout))
	while [[ ! $status ]]; do
		if IFS= read -r -t 1 -u "$control_fd" line; then
			case $line in
			run) started=1 ;;
			exit\ *) status=${line#exit } ;;
			fail\ *)
				say "the guest failed: ${line#fail }"
				status=125
				;;
			esac
		elif ! kill -0 "$qemu_pid" 2>/dev/null; then
			say "the machine ended before the command did"
			status=125
		elif ((SECONDS >= deadline)); then
			say "timed out after $timeout s${started:+, with the command running}"
			status=124
		fi
	done
	boot_end "$status" "$out" "$err" "$back"
}

boot_end() {
	local status=$1 tries=0 port fd patience=100
	shift
	# One that keeps its disk ends its services first.
	[[ ! $disk ]] || patience=1200
	while kill -0 "$qemu_pid" 2>/dev/null; do
		if [[ $status == 124 ]] || ((tries++ > patience)); then
			kill -KILL "$qemu_pid" 2>/dev/null || true
		fi
		sleep 0.1
	done
	qemu_pid=
	# Where QEMU never opened them, the readers still wait for a writer.
	for port in out err share; do
		exec {fd}<>"$run/$port"
		exec {fd}>&-
	done
	wait "$@" || true
	tr -d '\r' <"$run/console" >"$log" 2>/dev/null || true
	grep -v "TCG doesn't support requested feature" "$run/qemu" >>"$log" || true
	if ! kernel_log_clean "$log"; then
		status=125
	elif [[ $status == 12[45] ]]; then
		say "end of the console log:"
		tail -n 40 "$log" >&2
	fi
	[[ $status != 12[45] ]] || say "console log: $log"
	return "$status"
}

# Print what no good kernel says. An OOM kill prints a call trace too and is none of it, nor is
# memory that a test has refused: who asked for it is told in one call trace.
kernel_log_clean() {
	local found
	found=$(awk '
		/invoked oom-killer/ { oom = 1 }
		/Call Trace:/ && oom { next }
		/oom-kill:|Out of memory|Memory cgroup out of memory|Mem-Info/ { oom = 0 }
		/kmem_cache_create[^ ]*\(.*\) failed with error -12$/ ||
		/vmalloc error: size|percpu: allocation failed, size=/ { refused = 1 }
		/Call Trace:/ && refused { refused = 0; next }
		/^(\[[^]]*\] *)*(WARNING|BUG|Oops)[: ]/ ||
		/------------\[ cut here \]------------|Kernel panic - not syncing|kernel BUG at/ ||
		/KASAN:|UBSAN:|KCSAN:|KFENCE:|BUG: |Oops: |general protection fault|Call Trace:/ ||
		/WARNING: (CPU:|possible|inconsistent|suspicious|bad|lock|held|.* at .*\/)/ ||
		/rcu:? .*(detected stall|self-detected|kthread starved)|rcu_.* detected stalls/ ||
		/INFO: task .* blocked for more than|soft lockup|hard LOCKUP|workqueue lockup/ ||
		/scheduling while atomic|sleeping function called from|DEBUG_LOCKS_WARN_ON/ ||
		/refcount_t:|list_(add|del) corruption|ODEBUG:|kmemleak: [0-9]+ new/ ||
		/double fault|stack overflow|page allocation failure|Bad page state/ ||
		/Unloaded tainted modules|Objects remaining in|unable to handle/ {
			print; if (++n == 40) exit }' "$1")
	[[ $found ]] || return 0
	say "the kernel log has:"
	printf '%s\n' "$found" >&2
	return 1
}
