# SPDX-License-Identifier: GPL-2.0-or-later
# Completion of taskmeter(1) for bash. Fields and options are asked of the program itself.

_taskmeter_fields() {
	taskmeter help fields 2>/dev/null | while read -r field _; do echo "$field"; done
}

_taskmeter_totals() {
	echo exits oom_kills run_ns user_ns system_ns cpu_wait_ns io_wait_ns mem_wait_ns \
		lock_wait_ns sleep_ns io_read_bytes io_write_bytes minor_faults major_faults mem_stall_ns
}

_taskmeter_groups() {
	echo name tasks uid cgroup_id threads run_ns_per_s cpu_wait_ns_per_s io_wait_ns_per_s \
		mem_wait_ns_per_s lock_wait_ns_per_s sleep_ns_per_s stop_ns_per_s mem_stall_ns_per_s \
		reclaim_ns_per_s stall_ns_per_s rss_bytes rss_anon_bytes rss_file_bytes rss_shmem_bytes \
		swap_bytes rss_growth_bytes_per_s switches_per_s
}

_taskmeter_pids() {
	local -a pids=(/proc/[0-9]*)
	printf '%s\n' "${pids[@]#/proc/}"
}

_taskmeter_options() {
	local line word
	taskmeter help "$1" 2>/dev/null | while read -r line; do
		for word in ${line%%  *}; do
			[[ $word == -* ]] && printf "%s\n" "${word%,}"
		done
	done
}

# Options end at the command, which is completed as if it stood alone.
_taskmeter_run() {
	local i=2
	while ((i < COMP_CWORD)) && [[ ${COMP_WORDS[i]} == -* ]]; do
		case ${COMP_WORDS[i]} in
		--) ((i += 1)) && break ;;
		-n | --worst | -o | --output) ((i += 2)) ;;
		*) ((i += 1)) ;;
		esac
	done
	if ((i > COMP_CWORD)); then
		[[ ${COMP_WORDS[COMP_CWORD-1]} == -n || ${COMP_WORDS[COMP_CWORD-1]} == --worst ]] ||
			mapfile -t COMPREPLY < <(compgen -f -- "$1")
	elif ((i < COMP_CWORD)) && declare -F _command_offset >/dev/null; then
		_command_offset "$i"
	elif ((i < COMP_CWORD)); then
		mapfile -t COMPREPLY < <(compgen -f -- "$1")
	elif [[ $1 == -* && ${COMP_WORDS[i-1]} != -- ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$(_taskmeter_options run)" -- "$1")
	else
		mapfile -t COMPREPLY < <(compgen -c -- "$1")
	fi
}

_taskmeter() {
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} command=${COMP_WORDS[1]}
	local prefix
	COMPREPLY=()
	if ((COMP_CWORD == 1)); then
		mapfile -t COMPREPLY < <(compgen -W 'top ps show hist groups exits events totals run info set help --help --version' -- "$word")
		return
	fi
	case $command:$before in
	ps:-p | ps:--pid)
		mapfile -t COMPREPLY < <(compgen -W "$(_taskmeter_pids)" -- "$word")
		;;
	ps:-u | ps:--user | top:-u | top:--user | exits:-u | exits:--uid) mapfile -t COMPREPLY < <(compgen -u -- "$word") ;;
	ps:-s | ps:--sort | top:-s | top:--sort)
		prefix=
		[[ $word != -* ]] || prefix=-
		mapfile -t COMPREPLY < <(compgen -P "$prefix" -W "$(_taskmeter_fields)" -- "${word#-}")
		;;
	ps:-o | ps:--fields | top:-o | top:--fields)
		prefix=
		[[ $word != *,* ]] || prefix=${word%,*},
		mapfile -t COMPREPLY < <(compgen -P "$prefix" -W "$(_taskmeter_fields)" -- "${word##*,}")
		compopt -o nospace
		;;
	ps:-n | ps:--limit | ps:-i | ps:--interval | ps:-w | ps:--width | ps:--comm) ;;
	top:-n | top:--frames | top:-i | top:--interval | top:-w | top:--width | top:-f | top:--filter) ;;
	top:--view) mapfile -t COMPREPLY < <(compgen -W 'processes threads users cgroups units containers programs slices' -- "$word") ;;
	show:--pss-budget) ;;
	hist:-i | hist:--interval | hist:-w | hist:--width) ;;
	hist:-k | hist:--kind) mapfile -t COMPREPLY < <(compgen -W 'cpu io memory reclaim compaction fault all' -- "$word") ;;
	groups:-s | groups:--sort)
		prefix=
		[[ $word != -* ]] || prefix=-
		mapfile -t COMPREPLY < <(compgen -P "$prefix" -W "$(_taskmeter_groups)" -- "${word#-}")
		;;
	groups:-o | groups:--fields)
		prefix=
		[[ $word != *,* ]] || prefix=${word%,*},
		mapfile -t COMPREPLY < <(compgen -P "$prefix" -W "$(_taskmeter_groups)" -- "${word##*,}")
		compopt -o nospace
		;;
	groups:-n | groups:--limit | groups:-i | groups:--interval | groups:-w | groups:--width) ;;
	exits:-s | exits:--since | exits:-n | exits:--limit | exits:-w | exits:--width) ;;
	events:-n | events:--limit | events:-w | events:--width) ;;
	totals:-n | totals:--limit | totals:-w | totals:--width) ;;
	events:-t | events:--type)
		prefix=
		[[ $word != *,* ]] || prefix=${word%,*},
		mapfile -t COMPREPLY < <(compgen -P "$prefix" -W 'fork exec exit oom' -- "${word##*,}")
		compopt -o nospace
		;;
	totals:-o | totals:--fields)
		prefix=
		[[ $word != *,* ]] || prefix=${word%,*},
		mapfile -t COMPREPLY < <(compgen -P "$prefix" -W "$(_taskmeter_totals)" -- "${word##*,}")
		compopt -o nospace
		;;
	totals:-s | totals:--sort)
		prefix=
		[[ $word != -* ]] || prefix=-
		mapfile -t COMPREPLY < <(compgen -P "$prefix" -W "$(_taskmeter_totals)" -- "${word#-}")
		;;
	run:*) _taskmeter_run "$word" ;;
	set:set) mapfile -t COMPREPLY < <(compgen -W 'meter waker probe-time exit-log-bytes --help' -- "$word") ;;
	set:exit-log-bytes) mapfile -t COMPREPLY < <(compgen -W '1M 4M 16M 64M 256M 1G' -- "$word") ;;
	set:meter | set:waker | set:probe-time) mapfile -t COMPREPLY < <(compgen -W 'on off' -- "$word") ;;
	help:help) mapfile -t COMPREPLY < <(compgen -W 'top ps show hist groups exits events totals run info set help fields' -- "$word") ;;
	show:* | hist:*)
		mapfile -t COMPREPLY < <(compgen -W "$(_taskmeter_options "$command") $(_taskmeter_pids)" -- "$word")
		;;
	groups:*)
		mapfile -t COMPREPLY < <(compgen -W "$(_taskmeter_options "$command") unit slice container user program cgroup" -- "$word")
		;;
	totals:*)
		mapfile -t COMPREPLY < <(compgen -W "$(_taskmeter_options "$command") cgroup user" -- "$word")
		;;
	top:* | ps:* | exits:* | events:* | info:*)
		mapfile -t COMPREPLY < <(compgen -W "$(_taskmeter_options "$command")" -- "$word")
		;;
	esac
}

complete -F _taskmeter taskmeter
