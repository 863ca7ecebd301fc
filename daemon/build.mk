# SPDX-License-Identifier: GPL-2.0-or-later
#
# taskmeterd, its units and its manual.

DAEMON_MAIN := $(OBJ)/daemon/main.o
DAEMON_OBJS := $(patsubst %.c,$(OBJ)/%.o,$(wildcard daemon/command-line.c daemon/config*.c daemon/core/*.c daemon/store/*.c daemon/api/*.c))
DAEMON_OBJS += $(OBJ)/daemon/api/openapi-text.o
DAEMON_ARCHIVES := $(OBJ)/libtaskmeterd.a $(OBJ)/libtaskmeter-common.a
DAEMON_PACKAGES := libsystemd libmicrohttpd json-c sqlite3 zlib

MODULESLOADDIR ?= $(PREFIX)/lib/modules-load.d
CATALOGDIR ?= $(PREFIX)/lib/systemd/catalog
DAEMON_CONFIG := $(DESTDIR)$(SYSCONFDIR)/taskmeter/taskmeterd.conf

# As with the command: one that runs in the build directory, one to install.
ALL += $(OBJ)/taskmeterd $(OBJ)/installed/taskmeterd
PACKAGES += $(DAEMON_PACKAGES)

# The description of the API: a string literal for each line of its source, without the blanks at
# its begin.
$(OBJ)/daemon/api/openapi-text.c: daemon/api/openapi.json
	@mkdir -p $(@D)
	$(SAY)GEN $@
	$(Q)( echo '#include "api/openapi-text.h"'; echo 'const char openapi_text[] ='; \
		sed -e 's/^ *//' -e 's/[\\"]/\\&/g' -e 's/.*/"&"/' $<; echo ';' ) > $@

$(OBJ)/daemon/api/openapi-text.o: $(OBJ)/daemon/api/openapi-text.c
	$(SAY)CC $<
	$(Q)$(CC) $(TM_CPPFLAGS) $(CPPFLAGS) $(TM_CFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(OBJ)/libtaskmeterd.a: $(DAEMON_OBJS)
	rm -f $@
	$(AR) rcs $@ $^

$(OBJ)/taskmeterd: DAEMON_RPATH := -Wl,-rpath,'$$ORIGIN'
$(OBJ)/taskmeterd $(OBJ)/installed/taskmeterd: $(DAEMON_MAIN) $(DAEMON_ARCHIVES) \
		$(OBJ)/libtaskmeter.so $(OBJ)/$(LIB_SONAME)
	@mkdir -p $(@D)
	$(CC) $(TM_LDFLAGS) $(LDFLAGS) $(DAEMON_RPATH) -o $@ $(DAEMON_MAIN) \
		$(DAEMON_ARCHIVES) -L$(OBJ) -ltaskmeter $(call pkg-libs,$(DAEMON_PACKAGES)) -lm -pthread

# An existing configuration is the administrator's.
install:: $(OBJ)/installed/taskmeterd
	$(INSTALL) -D -m 755 $(OBJ)/installed/taskmeterd $(DESTDIR)$(SBINDIR)/taskmeterd
	$(INSTALL) -d $(DESTDIR)$(SYSTEMDDIR)
	sed 's|@SBINDIR@|$(SBINDIR)|' daemon/dist/taskmeterd.service \
		> $(DESTDIR)$(SYSTEMDDIR)/taskmeterd.service
	chmod 644 $(DESTDIR)$(SYSTEMDDIR)/taskmeterd.service
	$(INSTALL) -m 644 daemon/dist/taskmeterd.socket $(DESTDIR)$(SYSTEMDDIR)
	$(INSTALL) -D -m 644 daemon/dist/sysusers.conf $(DESTDIR)$(SYSUSERSDIR)/taskmeter.conf
	$(INSTALL) -D -m 644 daemon/dist/modules-load.conf $(DESTDIR)$(MODULESLOADDIR)/taskmeter.conf
	$(INSTALL) -D -m 644 daemon/dist/taskmeter.catalog $(DESTDIR)$(CATALOGDIR)/taskmeter.catalog
	$(INSTALL) -D -m 644 daemon/dist/60-taskmeter.rules $(DESTDIR)$(UDEVDIR)/60-taskmeter.rules
	$(INSTALL) -d $(DAEMON_CONFIG).d
	test -e $(DAEMON_CONFIG) || \
		$(INSTALL) -D -m 644 daemon/dist/taskmeterd.conf $(DAEMON_CONFIG)
	$(INSTALL) -D -m 644 daemon/dist/taskmeterd.8 $(DESTDIR)$(MANDIR)/man8/taskmeterd.8
	$(INSTALL) -D -m 644 daemon/dist/taskmeterd.conf.5 $(DESTDIR)$(MANDIR)/man5/taskmeterd.conf.5
	$(INSTALL) -D -m 644 daemon/dist/taskmeter-api.7 $(DESTDIR)$(MANDIR)/man7/taskmeter-api.7

uninstall::
	rm -f $(DESTDIR)$(SBINDIR)/taskmeterd $(DESTDIR)$(SYSTEMDDIR)/taskmeterd.service \
		$(DESTDIR)$(SYSTEMDDIR)/taskmeterd.socket $(DESTDIR)$(SYSUSERSDIR)/taskmeter.conf \
		$(DESTDIR)$(MODULESLOADDIR)/taskmeter.conf $(DESTDIR)$(CATALOGDIR)/taskmeter.catalog \
		$(DESTDIR)$(UDEVDIR)/60-taskmeter.rules \
		$(DESTDIR)$(MANDIR)/man8/taskmeterd.8 $(DESTDIR)$(MANDIR)/man5/taskmeterd.conf.5 \
		$(DESTDIR)$(MANDIR)/man7/taskmeter-api.7
	! cmp -s daemon/dist/taskmeterd.conf $(DAEMON_CONFIG) || rm $(DAEMON_CONFIG)
	-rmdir $(DAEMON_CONFIG).d $(dir $(DAEMON_CONFIG)) 2>/dev/null
