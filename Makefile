# SPDX-License-Identifier: GPL-2.0-or-later
#
# taskmeter: the human interface.
#
#   make            build library, daemon and CLI, and the module if the headers
#                   of the running kernel (or KDIR=...) are there
#   make run        boot a VM with all of it at work (DURATION=60 ends by itself)
#   make test       unit tests, then kernel and end-to-end tests in a VM
#   make deb        Debian packages, in build/deb
#   make help       the rest
#
# Each layer describes itself in a build.mk; they add to the variables below.

# What is shown, and the release's number in it.
VERSION	:= $(shell daemon/dist/version)
NUMBER	:= $(firstword $(subst +, ,$(VERSION)))

O	?= build
PREFIX	?= /usr/local
BINDIR	?= $(PREFIX)/bin
SBINDIR	?= $(PREFIX)/sbin
LIBDIR	?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
PKGCONFIGDIR ?= $(LIBDIR)/pkgconfig
SYSTEMDDIR ?= $(PREFIX)/lib/systemd/system
SYSUSERSDIR ?= $(PREFIX)/lib/sysusers.d
UDEVDIR	?= $(PREFIX)/lib/udev/rules.d
MANDIR	?= $(PREFIX)/share/man
SYSCONFDIR ?= /etc
TESTDIR	?= $(PREFIX)/lib/taskmeter/tests
# Where DKMS looks for sources.
DKMSDIR	?= /usr/src/taskmeter-$(NUMBER)
DESTDIR	?=

KVER	?= $(shell uname -r)
KDIR	?= /lib/modules/$(KVER)/build

CC	?= cc
AR	?= ar
INSTALL	?= install
PKG_CONFIG ?= pkg-config
CFLAGS	?= -O2 -g
# WERROR=1: warnings are errors (the tests and CI build this way).
# SANITIZE=1: with ASan and UBSan, into its own directory. FUZZ=1: by clang, so that libFuzzer sees
# what is covered, too.
ifeq ($(SANITIZE),1)
OBJ	:= $(O)/sanitize
SAN	:= -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
else ifeq ($(FUZZ),1)
OBJ	:= $(O)/fuzz
SAN	:= -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all \
	   -fno-omit-frame-pointer
ifeq ($(origin CC),default)
CC	:= clang
endif
else
OBJ	:= $(O)
SAN	:=
endif

TM_CPPFLAGS := -D_GNU_SOURCE -DTASKMETER_VERSION='"$(VERSION)"' \
	       -DTASKMETER_SYSCONFDIR='"$(SYSCONFDIR)"' \
	       -Iinclude -Iinclude/uapi -Idaemon
TM_CFLAGS := -std=gnu17 -fPIC -fvisibility=hidden -Wall -Wextra -Wshadow \
	     -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 \
	     $(if $(filter 1,$(WERROR)),-Werror) $(SAN)
TM_LDFLAGS := $(SAN)

# V=1 shows the commands.
ifeq ($(V),1)
Q	:=
SAY	:= @: 
else
Q	:= @
SAY	:= @echo "  "
endif

# $(call pkg,names): flags of pkg-config packages, looked up when first needed.
pkg-cflags = $(shell $(PKG_CONFIG) --cflags $(1))
pkg-libs = $(shell $(PKG_CONFIG) --libs $(1))

# Filled by the build.mk files:
#   ALL		what "make all" builds		PACKAGES	pkg-config names
#   TESTS	what "make tests-build" builds
ALL	:=
TESTS	:=
PACKAGES :=

.DEFAULT_GOAL := default
.DELETE_ON_ERROR:
.PHONY: default all module module-if-headers tests-build unit-programs install \
	install-module install-dkms install-tests uninstall deb clean help test test-unit \
	test-matrix test-debug run bench fuzz check

-include daemon/lib/build.mk
-include daemon/cli/build.mk
-include daemon/build.mk
-include tests/unit/build.mk
-include tests/kernel/build.mk
-include tests/e2e/build.mk
-include tests/bench/build.mk
-include tests/fuzz/build.mk
-include tests/build.mk

default: all module-if-headers

all: $(ALL)

tests-build: $(TESTS)

$(OBJ)/%.o: %.c
	@mkdir -p $(@D)
	$(SAY)CC $<
	$(Q)$(CC) $(TM_CPPFLAGS) $(CPPFLAGS) $(PKG_CFLAGS) $(TM_CFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

# Who tells the version is compiled anew when that is another one.
.PHONY: $(OBJ)/version-now
$(OBJ)/version: $(OBJ)/version-now
	@mkdir -p $(@D)
	@echo '$(VERSION)' | cmp -s - $@ || echo '$(VERSION)' > $@

$(patsubst %.c,$(OBJ)/%.o,$(shell grep -rlw TASKMETER_VERSION --include='*.c' daemon tests)): $(OBJ)/version

PKG_CFLAGS = $(call pkg-cflags,$(PACKAGES))

# Not those of the trees in which packages are built.
-include $(shell find $(O) \( -path $(O)/deb -o -path $(O)/package \) -prune -o \
	-type f -name '*.d' -print 2>/dev/null)

# The module is built by the kernel's own build system, see Kbuild.
module:
	@kmod/needs $(KDIR) || { echo "make: KDIR=... names another kernel's headers; 'make run' needs none" >&2; exit 1; }
	$(MAKE) -C $(KDIR) M=$(CURDIR) $(if $(filter 1,$(WERROR)),KCFLAGS=-Werror) modules

module-if-headers:
	@if test -e $(KDIR)/Makefile; then $(MAKE) module; else \
		echo "make: the module is not built: no headers of kernel $(KVER) at $(KDIR); use 'make module KDIR=...' or 'make run'"; fi

install::

install-module: module
	$(INSTALL) -D -m 644 taskmeter.ko $(DESTDIR)/lib/modules/$(KVER)/updates/taskmeter.ko

# The source of the module, as DKMS wants it. Not staged, it is built and installed by DKMS as well.
MODULE_SOURCES := $(wildcard kmod/*.[ch] kmod/compat/*.[ch]) kmod/compat/probes.mk \
		  include/uapi/linux/taskmeter.h
DKMS	:= dkms
dkms-remove = ! test -d /var/lib/dkms/taskmeter/$(NUMBER) || \
	      $(DKMS) remove taskmeter/$(NUMBER) --all

install-dkms:
	$(if $(DESTDIR),,$(dkms-remove))
	rm -rf $(DESTDIR)$(DKMSDIR)
	for file in $(MODULE_SOURCES); do \
		$(INSTALL) -D -m 644 $$file $(DESTDIR)$(DKMSDIR)/$$file || exit; \
	done
	$(INSTALL) -m 755 kmod/needs $(DESTDIR)$(DKMSDIR)/kmod/needs
	sed 's/^version := .*/version := $(VERSION)/' Kbuild > $(DESTDIR)$(DKMSDIR)/Kbuild
	sed 's/@VERSION@/$(NUMBER)/' kmod/dkms.conf > $(DESTDIR)$(DKMSDIR)/dkms.conf
	$(if $(DESTDIR),,$(DKMS) install taskmeter/$(NUMBER) -k $(KVER))

install-tests:: tests-build

# What the layers above leave, directories last; those of the system stay.
uninstall::
	$(if $(DESTDIR),,$(dkms-remove))
	rm -rf $(DESTDIR)$(DKMSDIR) $(addprefix $(DESTDIR)$(TESTDIR)/,unit kernel e2e bench)
	rm -f $(DESTDIR)$(TESTDIR)/run-programs $(DESTDIR)/lib/modules/$(KVER)/updates/taskmeter.ko
	-rmdir $(DESTDIR)$(TESTDIR) $(DESTDIR)$(PREFIX)/lib/taskmeter 2>/dev/null

deb:
	@daemon/dist/build-deb $(O)/deb

help:
	@sed -n -e '/^# Each layer/q' -e 's/^#   //p' Makefile
	@sed -n 's/^#   //p' tests/build.mk

clean::
	rm -rf $(O)
	rm -f Module.symvers modules.order taskmeter.ko taskmeter.o taskmeter.mod taskmeter.mod.[co] .*.cmd .Module.symvers.cmd .modules.order.cmd
	rm -f kmod/*.o kmod/.*.cmd kmod/.*.d
