# SPDX-License-Identifier: GPL-2.0-only
#
# Feature probes: each probe-NAME.c beside this file compiles only against a
# kernel that has the feature; then TASKMETER_HAVE_NAME is defined. Versions say
# little: distributions carry features back to older kernels.

taskmeter-probe-dir := $(src)/kmod/compat
taskmeter-probes := GENL_INFO_DUMP RSS_PERCPU EXEC_STATE SWITCH_STATE \
		    TASK_STATE_UNDERSCORES SCHED_DELAYED RECLAIM_MEMCG \
		    COMPACT_CONTROL MARK_VICTIM_TASK

taskmeter-probe = $(shell $(CC) $(NOSTDINC_FLAGS) $(LINUXINCLUDE) $(KBUILD_CPPFLAGS) \
	$(KBUILD_CFLAGS) $(KBUILD_CFLAGS_KERNEL) -DMODULE -DKBUILD_MODNAME='"probe"' \
	-DKBUILD_BASENAME='"probe"' -Wno-error -Werror=implicit-function-declaration \
	-Werror=incompatible-pointer-types -fsyntax-only \
	$(taskmeter-probe-dir)/probe-$(1).c >/dev/null 2>&1 && echo -DTASKMETER_HAVE_$(1))

taskmeter-features := $(foreach probe,$(taskmeter-probes),$(call taskmeter-probe,$(probe)))
