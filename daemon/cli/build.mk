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
PACKAGES += json-c ncursesw

$(OBJ)/libtaskmeter-common.a: $(COMMON_OBJS)
	$(SAY)AR $@
	$(Q)rm -f $@
	$(Q)$(AR) rcs $@ $^

$(OBJ)/libtaskmeter-cli.a: $(CLI_OBJS)
	$(SAY)AR $@
	$(Q)rm -f $@
	$(Q)$(AR) rcs $@ $^

$(OBJ)/taskmeter: CLI_RPATH := -Wl,-rpath,'$$ORIGIN'
$(OBJ)/taskmeter $(OBJ)/installed/taskmeter: $(CLI_MAIN) $(CLI_ARCHIVES) \
		$(OBJ)/libtaskmeter.so $(OBJ)/$(LIB_SONAME)
	@mkdir -p $(@D)
	$(SAY)LD $@
	$(Q)$(CC) $(TM_LDFLAGS) $(LDFLAGS) $(CLI_RPATH) -o $@ $(CLI_MAIN) \
		$(CLI_ARCHIVES) -L$(OBJ) -ltaskmeter $(call pkg-libs,json-c ncursesw)

CLI_PAGES := taskmeter.1 taskmeter-top.1 taskmeter-ps.1 taskmeter-show.1 taskmeter-hist.1 \
	     taskmeter-groups.1 \
	     taskmeter-exits.1 taskmeter-events.1 taskmeter-totals.1 \
	     taskmeter-run.1 \
	     taskmeter-info.1 taskmeter-set.1

BASHCOMPDIR ?= $(PREFIX)/share/bash-completion/completions
ZSHCOMPDIR ?= $(PREFIX)/share/zsh/vendor-completions
FISHCOMPDIR ?= $(PREFIX)/share/fish/vendor_completions.d

install:: $(OBJ)/installed/taskmeter
	$(INSTALL) -D -m 755 $(OBJ)/installed/taskmeter $(DESTDIR)$(BINDIR)/taskmeter
	$(INSTALL) -d $(DESTDIR)$(MANDIR)/man1
	$(INSTALL) -m 644 $(addprefix daemon/dist/man/,$(CLI_PAGES)) $(DESTDIR)$(MANDIR)/man1
	$(INSTALL) -D -m 644 daemon/dist/completions/taskmeter.bash $(DESTDIR)$(BASHCOMPDIR)/taskmeter
	$(INSTALL) -D -m 644 daemon/dist/completions/_taskmeter $(DESTDIR)$(ZSHCOMPDIR)/_taskmeter
	$(INSTALL) -D -m 644 daemon/dist/completions/taskmeter.fish $(DESTDIR)$(FISHCOMPDIR)/taskmeter.fish

uninstall::
	rm -f $(DESTDIR)$(BINDIR)/taskmeter $(DESTDIR)$(BASHCOMPDIR)/taskmeter \
		$(DESTDIR)$(ZSHCOMPDIR)/_taskmeter $(DESTDIR)$(FISHCOMPDIR)/taskmeter.fish \
		$(addprefix $(DESTDIR)$(MANDIR)/man1/,$(CLI_PAGES))
