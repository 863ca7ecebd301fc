# SPDX-License-Identifier: GPL-2.0-or-later
# Completion of taskmeter(1) for fish. Fields are asked of the program itself.

function __taskmeter_fields
    taskmeter help fields 2>/dev/null | string replace -r ' {2,}' \t
end

function __taskmeter_sort
    __taskmeter_fields
    __taskmeter_fields | string replace -r '^' -
end

function __taskmeter_list
    set -l prefix (commandline -ct | string replace -r '[^,]*$' '')
    for field in (__taskmeter_fields)
        echo $prefix$field
    end
end

function __taskmeter_group_fields
    string split ' ' 'name tasks uid cgroup_id threads run_ns_per_s cpu_wait_ns_per_s io_wait_ns_per_s mem_wait_ns_per_s lock_wait_ns_per_s sleep_ns_per_s stop_ns_per_s mem_stall_ns_per_s reclaim_ns_per_s stall_ns_per_s rss_bytes rss_anon_bytes rss_file_bytes rss_shmem_bytes swap_bytes rss_growth_bytes_per_s switches_per_s'
end

function __taskmeter_group_sort
    __taskmeter_group_fields
    __taskmeter_group_fields | string replace -r '^' -
end

function __taskmeter_group_list
    set -l prefix (commandline -ct | string replace -r '[^,]*$' '')
    for field in (__taskmeter_group_fields)
        echo $prefix$field
    end
end

set -l commands top ps show hist groups exits events totals run info set help
set -l first "not __fish_seen_subcommand_from $commands"
set -l top '__fish_seen_subcommand_from top'
set -l ps '__fish_seen_subcommand_from ps'
set -l show '__fish_seen_subcommand_from show'
set -l hist '__fish_seen_subcommand_from hist'
set -l groups '__fish_seen_subcommand_from groups'
set -l exits '__fish_seen_subcommand_from exits'
set -l events '__fish_seen_subcommand_from events'
set -l totals '__fish_seen_subcommand_from totals'
set -l run '__fish_seen_subcommand_from run'
set -l lists '__fish_seen_subcommand_from ps groups exits events totals'
set -l asks '__fish_seen_subcommand_from ps show hist groups exits totals info'

complete -c taskmeter -f
complete -c taskmeter -n $first -a top -d 'watch who is held up and by what'
complete -c taskmeter -n $first -a ps -d 'list processes, those that are held up most first'
complete -c taskmeter -n $first -a show -d 'show all that is known of one process'
complete -c taskmeter -n $first -a hist -d 'draw how long the waits of one process lasted'
complete -c taskmeter -n $first -a groups -d 'sum up living processes by unit, container, user or the like'
complete -c taskmeter -n $first -a exits -d 'list processes that ended, however short they lived'
complete -c taskmeter -n $first -a events -d 'tell of each fork, exec, exit and OOM kill as it happens'
complete -c taskmeter -n $first -a totals -d 'sum up what exited processes did, by cgroup or by user'
complete -c taskmeter -n $first -a run -d 'run a command, and tell what it and its descendants did and waited for'
complete -c taskmeter -n $first -a info -d 'show what the kernel module is and can tell'
complete -c taskmeter -n $first -a set -d 'switch parts of the module on and off, or size its exit log'
complete -c taskmeter -n $first -a help -d 'tell of a command, or list the fields of a record'
complete -c taskmeter -n $first -s V -l version -d 'print the version'
complete -c taskmeter -s h -l help -d 'print help'
complete -c taskmeter -n $asks -l json -d 'print JSON'
complete -c taskmeter -n $lists -l no-header -d 'no line of headings or names first'
complete -c taskmeter -n $asks -l csv -d 'print comma-separated values'
complete -c taskmeter -n '__fish_seen_subcommand_from help' -a 'top ps show hist groups exits events totals run info set help fields'
complete -c taskmeter -n $top -s i -l interval -x -d 'from one look to the next'
complete -c taskmeter -n $top -s s -l sort -x -a '(__taskmeter_sort)' -d 'sort by a field'
complete -c taskmeter -n $top -s f -l filter -x -d 'only what has this in its name, number or user'
complete -c taskmeter -n $top -s u -l user -x -a '(__fish_complete_users)' -d 'only processes of this user'
complete -c taskmeter -n $top -s T -l threads -d 'threads instead of processes'
complete -c taskmeter -n $top -l view -x -a 'processes threads users cgroups units containers programs slices' -d 'what a row is'
complete -c taskmeter -n $top -s o -l fields -x -a '(__taskmeter_list)' -d 'fields to show'
complete -c taskmeter -n $top -s n -l frames -x -d 'end after so many intervals'
complete -c taskmeter -n $top -s b -l batch -d 'print plain text'
complete -c taskmeter -n $top -s a -l all -d 'with --batch, idle ones too'
complete -c taskmeter -n $top -s w -l width -x -d 'with --batch, cut lines to this width'
complete -c taskmeter -n $ps -s p -l pid -x -a '(__fish_complete_pids)' -d 'only this process'
complete -c taskmeter -n $ps -s u -l user -x -a '(__fish_complete_users)' -d 'only tasks of this user'
complete -c taskmeter -n $ps -l comm -x -d 'only tasks of this name'
complete -c taskmeter -n $ps -s a -l all -d 'idle ones too'
complete -c taskmeter -n $ps -s i -l interval -x -d 'take rates over this time'
complete -c taskmeter -n $ps -s T -l threads -d 'threads instead of processes'
complete -c taskmeter -n $ps -s s -l sort -x -a '(__taskmeter_sort)' -d 'sort by a field'
complete -c taskmeter -n $ps -s n -l limit -x -d 'no more lines than this'
complete -c taskmeter -n $ps -s o -l fields -x -a '(__taskmeter_list)' -d 'fields to print'
complete -c taskmeter -n $ps -s w -l width -x -d 'cut lines to this width'
complete -c taskmeter -n $ps -l exact-rss -d 'exact resident memory'
complete -c taskmeter -n $show -s T -l thread -d 'the number is a thread id'
complete -c taskmeter -n $show -l exact-rss -d 'exact resident memory'
complete -c taskmeter -n $show -l pss -d 'proportional set size too'
complete -c taskmeter -n $show -l pss-budget -x -d 'unless that takes longer'
complete -c taskmeter -n $show -x -a '(__fish_complete_pids)'
complete -c taskmeter -n $hist -s T -l thread -d 'the number is a thread id'
complete -c taskmeter -n $hist -s k -l kind -x -a 'cpu io memory reclaim compaction fault all' -d 'only waits for this'
complete -c taskmeter -n $hist -s i -l interval -x -d 'only the next seconds'
complete -c taskmeter -n $hist -s b -l buckets -d 'draw every bucket'
complete -c taskmeter -n $hist -s w -l width -x -d 'make lines as long as this'
complete -c taskmeter -n $hist -x -a '(__fish_complete_pids)'
complete -c taskmeter -n $groups -s a -l all -d 'idle ones too'
complete -c taskmeter -n $groups -s i -l interval -x -d 'take rates over this time'
complete -c taskmeter -n $groups -s s -l sort -x -a '(__taskmeter_group_sort)' -d 'sort by a field'
complete -c taskmeter -n $groups -s n -l limit -x -d 'no more lines than this'
complete -c taskmeter -n $groups -s o -l fields -x -a '(__taskmeter_group_list)' -d 'fields to print'
complete -c taskmeter -n $groups -s w -l width -x -d 'cut lines to this width'
set -l kinds unit slice container user program cgroup
complete -c taskmeter -n "$groups; and not __fish_seen_subcommand_from $kinds" -a "$kinds"
complete -c taskmeter -n $exits -s f -l follow -d 'go on with processes as they end'
complete -c taskmeter -n $exits -s s -l since -x -d 'from this record number or time on'
complete -c taskmeter -n $exits -l failed -d 'only those that failed or were killed'
complete -c taskmeter -n $exits -l oom -d 'only those killed because memory ran out'
complete -c taskmeter -n $exits -s u -l uid -x -a '(__fish_complete_users)' -d 'only processes of this user'
complete -c taskmeter -n $exits -s n -l limit -x -d 'no more than this'
complete -c taskmeter -n $exits -s w -l width -x -d 'cut lines to this width'
complete -c taskmeter -n $exits -l histograms -d 'with --json, how long single waits were'
complete -c taskmeter -n $events -s t -l type -x -a 'fork exec exit oom' -d 'only these'
complete -c taskmeter -n $events -s n -l limit -x -d 'end after so many'
complete -c taskmeter -n $events -s w -l width -x -d 'cut lines to this width'
complete -c taskmeter -n $events -l json -d 'print a line of JSON for each'
complete -c taskmeter -n $totals -s s -l sort -x -a '-run_ns -exits -oom_kills -cpu_wait_ns -io_wait_ns -mem_wait_ns -io_read_bytes -io_write_bytes' -d 'sort by a field'
complete -c taskmeter -n $totals -s o -l fields -x -d 'numbers to print'
complete -c taskmeter -n $totals -s n -l limit -x -d 'no more lines than this'
complete -c taskmeter -n $totals -s w -l width -x -d 'cut lines to this width'
complete -c taskmeter -n "$totals; and not __fish_seen_subcommand_from cgroup user" -a 'cgroup user'
complete -c taskmeter -n $run -s n -l worst -x -d 'list so many of those held up most'
complete -c taskmeter -n $run -s o -l output -r -F -d 'write the report there'
complete -c taskmeter -n $run -l json -d 'print JSON'
complete -c taskmeter -n $run -x -a '(__fish_complete_subcommand --fcs-skip=2)'
set -l settings meter waker probe-time
complete -c taskmeter -n "__fish_seen_subcommand_from set; and not __fish_seen_subcommand_from $settings exit-log-bytes" -a "$settings exit-log-bytes"
complete -c taskmeter -n "__fish_seen_subcommand_from set; and __fish_seen_subcommand_from $settings" -a 'on off'
complete -c taskmeter -n '__fish_seen_subcommand_from set; and __fish_seen_subcommand_from exit-log-bytes' -a '1M 4M 16M 64M 256M 1G'
