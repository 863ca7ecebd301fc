# SPDX-License-Identifier: GPL-2.0-or-later
#
# Unit tests: each tests/unit/test-*.c is a Check program of its own, linked
# with every layer as archives. They need no module.

UNIT_PROGRAMS := $(patsubst tests/unit/%.c,$(OBJ)/tests/unit/%,$(wildcard tests/unit/test-*.c))
UNIT_LIBS := $(OBJ)/libtaskmeterd.a $(OBJ)/libtaskmeter-cli.a \
	     $(OBJ)/libtaskmeter-common.a $(OBJ)/libtaskmeter.a

TESTS += $(UNIT_PROGRAMS)
PACKAGES += check

$(UNIT_PROGRAMS): $(OBJ)/tests/unit/%: $(OBJ)/tests/unit/%.o $(OBJ)/tests/suite.o $(UNIT_LIBS)
	$(CC) $(TM_LDFLAGS) $(LDFLAGS) -o $@ $^ $(call pkg-libs,$(PACKAGES)) -pthread

# What only some of them take.
$(addprefix $(OBJ)/tests/unit/test-,exits-api group-history past-api process-history): \
	$(OBJ)/tests/unit/answer.o

$(OBJ)/tests/unit/%.o $(OBJ)/tests/suite.o: TM_CPPFLAGS += -Itests

unit-programs: $(UNIT_PROGRAMS)

install-tests::
	$(INSTALL) -d $(DESTDIR)$(TESTDIR)/unit
	$(if $(UNIT_PROGRAMS),$(INSTALL) $(UNIT_PROGRAMS) $(DESTDIR)$(TESTDIR)/unit)
