# SPDX-License-Identifier: GPL-2.0-or-later
#
# Kernel tests: each tests/kernel/test-*.c is a Check program that runs as root in
# a VM with the module loaded. The other .c files are what they share, but for the
# programs that tests execute: target.c, nothing.c, layout.c (also for 32 bits) and the
# client program of README.md (also for 32 bits).

KERNEL_TESTS := $(patsubst tests/kernel/%.c,$(OBJ)/tests/kernel/%,$(wildcard tests/kernel/test-*.c))
KERNEL_ALONE := $(patsubst %,tests/kernel/%.c,target nothing layout)
KERNEL_SHARED := $(patsubst %.c,$(OBJ)/%.o,$(filter-out tests/kernel/test-%.c $(KERNEL_ALONE),\
	$(wildcard tests/kernel/*.c)))
KERNEL_TOOLS := $(addprefix $(OBJ)/tests/kernel/,target nothing layout64 layout32 \
	$(if $(wildcard README.md),client64 client32))

TESTS += $(KERNEL_TESTS) $(KERNEL_TOOLS)
PACKAGES += check libnl-3.0 libnl-genl-3.0

$(OBJ)/tests/kernel/%.o: TM_CPPFLAGS += -Itests

$(KERNEL_TESTS): $(OBJ)/tests/kernel/%: $(OBJ)/tests/kernel/%.o $(KERNEL_SHARED) \
		$(OBJ)/tests/suite.o $(OBJ)/libtaskmeter.a
	$(SAY)LD $@
	$(Q)$(CC) $(TM_LDFLAGS) $(LDFLAGS) -o $@ $^ $(call pkg-libs,$(PACKAGES)) -pthread

KERNEL_CC = $(CC) $(TM_CPPFLAGS) $(CPPFLAGS) $(TM_CFLAGS) $(CFLAGS) $(TM_LDFLAGS) $(LDFLAGS)
# Not every machine that builds can build 32-bit programs; where the tests run, one that was left
# out is a failed test.
KERNEL_CC32 = $(Q)if echo 'int main(void) { return 0; }' | $(CC) -m32 -x c -o $@ - 2>/dev/null; then \
		$(KERNEL_CC) -m32 -o $@ $<; \
	else echo 'make: $@ is not built: $(CC) makes no 32-bit programs (gcc-multilib)' >&2; fi

# Small and static: copies of it are executed with rights and in places of their own.
$(OBJ)/tests/kernel/target: tests/kernel/target.c
	@mkdir -p $(@D)
	$(SAY)CC $@
	$(Q)$(KERNEL_CC) -static -o $@ $<

$(OBJ)/tests/kernel/nothing: tests/kernel/nothing.c
	@mkdir -p $(@D)
	$(SAY)CC $@
	$(Q)$(KERNEL_CC) -fno-stack-protector -fno-pie -nostdlib -static -o $@ $<

$(OBJ)/tests/kernel/layout64: tests/kernel/layout.c include/uapi/linux/taskmeter.h
	@mkdir -p $(@D)
	$(SAY)CC $@
	$(Q)$(KERNEL_CC) -o $@ $<

$(OBJ)/tests/kernel/layout32: tests/kernel/layout.c include/uapi/linux/taskmeter.h
	@mkdir -p $(@D)
	$(SAY)CC $@
	$(KERNEL_CC32)

# The first block of C in the README.
$(OBJ)/tests/kernel/client.c: README.md
	@mkdir -p $(@D)
	$(SAY)GEN $@
	$(Q)sed -n '/^```c$$/,/^```$$/{/^```$$/q;/^```c$$/!p}' $< >$@
	@test -s $@ || { echo 'make: README.md has no block marked c' >&2; exit 1; }

$(OBJ)/tests/kernel/client64: $(OBJ)/tests/kernel/client.c include/uapi/linux/taskmeter.h
	$(SAY)CC $@
	$(Q)$(KERNEL_CC) -o $@ $<

$(OBJ)/tests/kernel/client32: $(OBJ)/tests/kernel/client.c include/uapi/linux/taskmeter.h
	$(SAY)CC $@
	$(KERNEL_CC32)

install-tests::
	$(INSTALL) -d $(DESTDIR)$(TESTDIR)/kernel
	$(INSTALL) tests/run-programs $(DESTDIR)$(TESTDIR)/
	$(INSTALL) tests/kernel/run $(KERNEL_TESTS) $(DESTDIR)$(TESTDIR)/kernel/
	for tool in $(KERNEL_TOOLS); do \
		test ! -e $$tool || $(INSTALL) $$tool $(DESTDIR)$(TESTDIR)/kernel/ || exit; \
	done
