# SPDX-License-Identifier: GPL-2.0-or-later
#
# The taskmeter command, and the small code that it shares with the daemon.

COMMON_OBJS := $(patsubst %.c,$(OBJ)/%.o,$(wildcard daemon/common/*.c))
CLI_MAIN := $(OBJ)/daemon/cli/main.o
CLI_OBJS := $(filter-out $(CLI_MAIN),$(patsubst %.c,$(OBJ)/%.o,$(wildcard daemon/cli/*.c)))
CLI_ARCHIVES := $(OBJ)/libtaskmeter-cli.a $(OBJ)/libtaskmeter-common.a

# The one in the build directory finds the library beside it; the one that is
# installed carries no path and finds it where the system looks.
ALL += $(OBJ)/taskmeter $(OBJ)/installed/taskmeter
PACKAGES += json-c

$(OBJ)/libtaskmeter-common.a: $(COMMON_OBJS)
	rm -f $@
	$(AR) rcs $@ $^

$(OBJ)/libtaskmeter-cli.a: $(CLI_OBJS)
	rm -f $@
	$(AR) rcs $@ $^

$(OBJ)/taskmeter: CLI_RPATH := -Wl,-rpath,'$$ORIGIN'
$(OBJ)/taskmeter $(OBJ)/installed/taskmeter: $(CLI_MAIN) $(CLI_ARCHIVES) \
		$(OBJ)/libtaskmeter.so $(OBJ)/$(LIB_SONAME)
	@mkdir -p $(@D)
	$(CC) $(TM_LDFLAGS) $(LDFLAGS) $(CLI_RPATH) -o $@ $(CLI_MAIN) \
		$(CLI_ARCHIVES) -L$(OBJ) -ltaskmeter $(call pkg-libs,json-c)

install:: $(OBJ)/installed/taskmeter
	$(INSTALL) -D -m 755 $(OBJ)/installed/taskmeter $(DESTDIR)$(BINDIR)/taskmeter

uninstall::
	rm -f $(DESTDIR)$(BINDIR)/taskmeter
