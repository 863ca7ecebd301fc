# SPDX-License-Identifier: GPL-2.0-or-later
#
# Fuzzing: each tests/fuzz/fuzz-*.c is a libFuzzer target of its own, linked with every layer as
# archives, all of it built by clang with FUZZ=1. See README.md.

FUZZ_PROGRAMS := $(patsubst tests/fuzz/%.c,$(OBJ)/tests/fuzz/%,$(wildcard tests/fuzz/fuzz-*.c))
FUZZ_SEEDS := $(OBJ)/tests/fuzz/seeds
FUZZ_LIBS := $(OBJ)/libtaskmeterd.a $(OBJ)/libtaskmeter-cli.a $(OBJ)/libtaskmeter-common.a \
	     $(OBJ)/libtaskmeter.a

.PHONY: fuzz-programs fuzz-program-list fuzz-seeds

# DURATION= minutes in all, the module too; without it 20 s for each target, as in CI.
fuzz:
	@DURATION=$(DURATION) tests/run fuzz

ifeq ($(FUZZ),1)
$(FUZZ_PROGRAMS) $(FUZZ_SEEDS): $(OBJ)/tests/fuzz/%: $(OBJ)/tests/fuzz/%.o $(FUZZ_LIBS)
	$(SAY)LD $@
	$(Q)$(CC) $(if $(filter fuzz-%,$*),-fsanitize=fuzzer) -fsanitize=address,undefined \
		$(LDFLAGS) -o $@ $^ $(call pkg-libs,$(filter-out check,$(PACKAGES))) \
		-ldl -lm -pthread

$(OBJ)/tests/fuzz/%.o: TM_CPPFLAGS += -Itests/fuzz/check -Itests/fuzz -Itests

fuzz-programs: $(FUZZ_PROGRAMS)

fuzz-program-list:
	@printf '%s\n' $(FUZZ_PROGRAMS)

# The seeds that are no text, made anew: only needed where what they speak has changed.
fuzz-seeds: $(FUZZ_SEEDS)
	$(FUZZ_SEEDS) tests/fuzz/corpus
else
fuzz-programs fuzz-program-list fuzz-seeds:
	@$(MAKE) FUZZ=1 $@
endif
