// SPDX-License-Identifier: LGPL-2.1-or-later
/* The public interface to the exit log and the totals: as meter.c. */
#include "lib/meter.h"

#include <errno.h>

#define EXIT_FLAGS	(TASKMETER_SNAPSHOT_HISTOGRAMS | TASKMETER_SNAPSHOT_STALLS)

/* Whether the module knows the exit log and all that came with it. */
static int check_has_log(struct tm_meter *meter, const char *what)
{
	if (meter->info_size < TASKMETER_INFO_SIZE_VER3)
		return tm_fail(meter, -EOPNOTSUPP,
			       "the loaded module is too old for %s", what);
	return 0;
}

TM_PUBLIC int tm_exits_new(struct tm_meter *meter, uint64_t cursor, uint32_t flags,
			   struct tm_exits **ret_exits)
{
	int r;

	meter->error[0] = '\0';
	if (flags & ~EXIT_FLAGS)
		return tm_fail(meter, -EINVAL, "a flag is not known for the exit log");
	r = check_has_log(meter, "the exit log");
	if (!r)
		r = tm_check_flags(meter, flags);
	return r ? r : meter->ops->exits_new(meter, cursor, flags, ret_exits);
}

TM_PUBLIC int tm_exits_next(struct tm_exits *exits, const struct tm_exit **ret_exit)
{
	exits->meter->error[0] = '\0';
	return exits->meter->ops->exits_next(exits, ret_exit);
}

TM_PUBLIC uint64_t tm_exits_cursor(const struct tm_exits *exits)
{
	return exits->cursor;
}

TM_PUBLIC uint64_t tm_exits_lost(const struct tm_exits *exits)
{
	return exits->lost;
}

TM_PUBLIC void tm_exits_free(struct tm_exits *exits)
{
	if (exits)
		exits->meter->ops->exits_free(exits);
}

TM_PUBLIC int tm_set_exit_log_bytes(struct tm_meter *meter, uint64_t bytes)
{
	int r;

	meter->error[0] = '\0';
	if (bytes < TASKMETER_EXIT_LOG_MIN || bytes > TASKMETER_EXIT_LOG_MAX)
		return tm_fail(meter, -ERANGE, "the exit log holds from %d to %d bytes",
			       TASKMETER_EXIT_LOG_MIN, TASKMETER_EXIT_LOG_MAX);
	r = check_has_log(meter, "the exit log");
	return r ? r : meter->ops->set_exit_log_bytes(meter, (uint32_t)bytes);
}

TM_PUBLIC int tm_totals_new(struct tm_meter *meter, uint32_t kind,
			    struct tm_totals **ret_totals)
{
	int r;

	meter->error[0] = '\0';
	if (kind > TASKMETER_TOTAL_UID)
		return tm_fail(meter, -EINVAL, "there is no such kind of totals");
	r = check_has_log(meter, "totals of exited processes");
	return r ? r : meter->ops->totals_new(meter, kind, ret_totals);
}

TM_PUBLIC int tm_totals_next(struct tm_totals *totals,
			     const struct taskmeter_total **ret_total,
			     const char **ret_path)
{
	const char *path = NULL;
	int r;

	totals->meter->error[0] = '\0';
	r = totals->meter->ops->totals_next(totals, ret_total, &path);
	if (r > 0 && ret_path)
		*ret_path = path;
	return r;
}

TM_PUBLIC void tm_totals_free(struct tm_totals *totals)
{
	if (totals)
		totals->meter->ops->totals_free(totals);
}
