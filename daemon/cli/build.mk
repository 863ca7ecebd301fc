# SPDX-License-Identifier: GPL-2.0-or-later
#
# The taskmeter command, and the small code that it shares with the daemon.

COMMON_OBJS := $(patsubst %.c,$(OBJ)/%.o,$(wildcard daemon/common/*.c))

PACKAGES += json-c

$(OBJ)/libtaskmeter-common.a: $(COMMON_OBJS)
	rm -f $@
	$(AR) rcs $@ $^
