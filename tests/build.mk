# SPDX-License-Identifier: GPL-2.0-or-later
#
# What a person runs; tests/run tells of each set of tests.
#
#   make test-unit  unit tests alone, plain and with ASan and UBSan
#   make test-kernel, test-e2e
#                   kernel and end-to-end tests in a VM (SUITE=bookworm)
#   make test-matrix
#                   kernel tests on all Debian suites (SUITES="bullseye sid" ...)
#   make test-debug kernel tests on a kernel with KASAN and lockdep, also without memory
#   make test-machine
#                   tests of the test machine itself
#   make test-package
#                   Debian packages: built twice, lintian; installed, upgraded, purged in a VM
#   make bench      instructions of a snapshot, a switch, a life beside peers (SUITE=, PROCESSES=)
#   make fuzz       hostile input for what reads input, ASan and UBSan watch it; 20 s a target, as in
#                   CI (DURATION=480: minutes, these and the module, in turn)
#   make check      linters and a build with clang

.PHONY: unit-program-list test-kernel test-e2e test-machine test-package

test test-unit test-matrix test-debug test-machine test-package:
	@tests/run $(patsubst test-%,%,$@)

test-kernel test-e2e:
	@$(if $(SUITE),SUITES=$(SUITE)) tests/run $(patsubst test-%,%,$@)

unit-program-list:
	@$(if $(UNIT_PROGRAMS),printf '%s\n' $(UNIT_PROGRAMS),:)

run:
	@tests/demo/run

check:
	@tests/check
