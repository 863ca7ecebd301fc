# SPDX-License-Identifier: GPL-2.0-or-later
#
# libtaskmeter: the client library, shared and static.

LIB_SONAME := libtaskmeter.so.0
LIB_OBJS := $(patsubst %.c,$(OBJ)/%.o,$(wildcard daemon/lib/*.c))
LIB_PACKAGES := libnl-3.0 libnl-genl-3.0

ALL += $(OBJ)/libtaskmeter.a $(OBJ)/$(LIB_SONAME) $(OBJ)/libtaskmeter.so \
       $(OBJ)/libtaskmeter.pc
PACKAGES += $(LIB_PACKAGES)

$(OBJ)/libtaskmeter.a: $(LIB_OBJS)
	$(SAY)AR $@
	$(Q)rm -f $@
	$(Q)$(AR) rcs $@ $^

# A sanitizer's own symbols come with the program, not with the library.
$(OBJ)/$(LIB_SONAME): $(LIB_OBJS) daemon/lib/libtaskmeter.sym
	$(SAY)LD $@
	$(Q)$(CC) $(TM_LDFLAGS) $(LDFLAGS) -shared -Wl,-soname,$(LIB_SONAME) \
		-Wl,--version-script=daemon/lib/libtaskmeter.sym \
		$(if $(SAN),,-Wl,-z,defs) -o $@ $(LIB_OBJS) \
		$(call pkg-libs,$(LIB_PACKAGES))

$(OBJ)/libtaskmeter.so: $(OBJ)/$(LIB_SONAME)
	$(Q)ln -sf $(LIB_SONAME) $@

# Made anew each time: its content hangs on variables, not on files.
.PHONY: $(OBJ)/libtaskmeter.pc
$(OBJ)/libtaskmeter.pc: daemon/lib/libtaskmeter.pc.in
	@mkdir -p $(@D)
	@sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@LIBDIR@|$(LIBDIR)|' \
	     -e 's|@INCLUDEDIR@|$(INCLUDEDIR)|' -e 's|@VERSION@|$(NUMBER)|' \
	     daemon/lib/libtaskmeter.pc.in > $@

install:: $(OBJ)/libtaskmeter.a $(OBJ)/$(LIB_SONAME) $(OBJ)/libtaskmeter.pc
	$(INSTALL) -d $(DESTDIR)$(LIBDIR) $(DESTDIR)$(PKGCONFIGDIR) \
		$(DESTDIR)$(INCLUDEDIR)/taskmeter $(DESTDIR)$(INCLUDEDIR)/linux
	$(INSTALL) -m 755 $(OBJ)/$(LIB_SONAME) $(DESTDIR)$(LIBDIR)/$(LIB_SONAME)
	ln -sf $(LIB_SONAME) $(DESTDIR)$(LIBDIR)/libtaskmeter.so
	$(INSTALL) -m 644 $(OBJ)/libtaskmeter.a $(DESTDIR)$(LIBDIR)
	$(INSTALL) -m 644 $(OBJ)/libtaskmeter.pc $(DESTDIR)$(PKGCONFIGDIR)
	$(INSTALL) -m 644 include/taskmeter/taskmeter.h $(DESTDIR)$(INCLUDEDIR)/taskmeter
	$(INSTALL) -m 644 include/uapi/linux/taskmeter.h $(DESTDIR)$(INCLUDEDIR)/linux
	$(INSTALL) -D -m 644 daemon/dist/man/libtaskmeter.3 $(DESTDIR)$(MANDIR)/man3/libtaskmeter.3

uninstall::
	rm -f $(DESTDIR)$(LIBDIR)/$(LIB_SONAME) $(DESTDIR)$(LIBDIR)/libtaskmeter.so \
		$(DESTDIR)$(LIBDIR)/libtaskmeter.a \
		$(DESTDIR)$(PKGCONFIGDIR)/libtaskmeter.pc \
		$(DESTDIR)$(INCLUDEDIR)/taskmeter/taskmeter.h \
		$(DESTDIR)$(INCLUDEDIR)/linux/taskmeter.h \
		$(DESTDIR)$(MANDIR)/man3/libtaskmeter.3
	-rmdir $(DESTDIR)$(INCLUDEDIR)/taskmeter 2>/dev/null
