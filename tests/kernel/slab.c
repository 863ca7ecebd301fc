// SPDX-License-Identifier: GPL-2.0-or-later
/* See slab.h. */
#include "slab.h"

#include <stdio.h>
#include <string.h>

#include "support.h"

/* The next line of the file; false at its end. */
static bool next(FILE *file, char name[64], struct slab *slab)
{
	char line[512];

	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "%63s %lu %*u %lu", name, &slab->objects,
			   &slab->object_size) == 3)
			return true;
	return false;
}

bool slab_find(const char *name, struct slab *ret_slab)
{
	FILE *file = fopen("/proc/slabinfo", "re");
	bool found = false;
	char seen[64];

	must(file);
	while (!found && next(file, seen, ret_slab))
		found = !strcmp(seen, name);
	fclose(file);
	return found;
}

/* What processes leave behind stays when the meter is switched off. */
static bool stays(const char *name)
{
	return !strcmp(name, "taskmeter_total") || !strcmp(name, "taskmeter_guard") ||
	       !strcmp(name, "taskmeter_image");
}

static void check_none(const char *what, bool off)
{
	FILE *file = fopen("/proc/slabinfo", "re");
	struct slab slab;
	char name[64];

	must(file);
	while (next(file, name, &slab))
		if (!strncmp(name, "taskmeter", strlen("taskmeter")) && !(off && stays(name)))
			test_fail("%s: cache %s is there, with %lu objects", what, name,
				  slab.objects);
	fclose(file);
}

void slab_check_none(const char *what)
{
	check_none(what, false);
}

void slab_check_off(const char *what)
{
	check_none(what, true);
}
