# SPDX-License-Identifier: GPL-2.0-or-later
#
# Benches: each bench-NAME is NAME.c with what all share. They run in a VM whose
# clock counts instructions, see README.md here.

BENCH_SHARED := $(addprefix tests/bench/,measure.c crowd.c dump.c setting.c listener.c work.c)
BENCH_NAMES := $(patsubst tests/bench/%.c,%,$(filter-out $(BENCH_SHARED),$(wildcard tests/bench/*.c)))
BENCH_PROGRAMS := $(addprefix $(OBJ)/tests/bench/bench-,$(BENCH_NAMES))

TESTS += $(BENCH_PROGRAMS)

$(BENCH_PROGRAMS): $(OBJ)/tests/bench/bench-%: $(OBJ)/tests/bench/%.o \
		$(BENCH_SHARED:%.c=$(OBJ)/%.o) $(OBJ)/libtaskmeterd.a $(OBJ)/libtaskmeter.a
	$(CC) $(TM_LDFLAGS) $(LDFLAGS) -pthread -o $@ $^ $(call pkg-libs,$(LIB_PACKAGES) zlib)

install-tests::
	$(INSTALL) -d $(DESTDIR)$(TESTDIR)/bench
	$(INSTALL) $(BENCH_PROGRAMS) $(DESTDIR)$(TESTDIR)/bench

# The machine installs below /usr. A kernel needs some 150 KB for each process.
bench-run = tests/vm/vm run --suite $(SUITE) --icount --mem 6144 --timeout 3600 -- \
	/usr/lib/taskmeter/tests/bench/$(1)
bench: SUITE ?= bookworm
bench: PROCESSES ?= 10000
bench:
	@$(call bench-run,bench-snapshot $(PROCESSES))
	@$(call bench-run,bench-memory $(PROCESSES))
	@$(call bench-run,bench-switch)
	@$(call bench-run,bench-life)
	@$(call bench-run,bench-sampled)
	@$(call bench-run,bench-history $(PROCESSES))
