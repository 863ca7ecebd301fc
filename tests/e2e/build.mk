# SPDX-License-Identifier: GPL-2.0-or-later
#
# End-to-end tests: Python, run as root in the booted test machine.

install-tests::
	$(INSTALL) -d $(DESTDIR)$(TESTDIR)/e2e
	$(INSTALL) -m 644 tests/e2e/*.py $(DESTDIR)$(TESTDIR)/e2e
	$(INSTALL) -m 755 tests/e2e/run $(DESTDIR)$(TESTDIR)/e2e
