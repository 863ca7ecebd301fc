// SPDX-License-Identifier: GPL-2.0-or-later
/* See history.h. */
#include "core/history.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-id128.h>
#include "core/log.h"

/* The unit passes it, as /proc/sys is hidden from the service. */
static int find_boot_id(char text[static SD_ID128_STRING_MAX])
{
	const char *given = getenv("TASKMETER_BOOT_ID");
	sd_id128_t id;
	int r = given ? sd_id128_from_string(given, &id) : sd_id128_get_boot(&id);

	if (r >= 0)
		sd_id128_to_string(id, text);
	return r;
}

static int on_answer(sd_event_source *source, int fd, uint32_t events, void *data)
{
	(void)source;
	(void)fd;
	(void)events;
	store_dispatch(data);
	return 0;
}

int history_open(sd_event *event, const char *path, const struct database_limits *limits,
		 struct history *history)
{
	char boot_id[SD_ID128_STRING_MAX];
	int r;

	*history = (struct history) { .store = NULL };
	if (!path)
		return 0;
	r = find_boot_id(boot_id);
	if (r < 0) {
		log_error("the history cannot be kept, as it is not known which boot of the"
			  " machine this is: %s", strerror(-r));
		return r;
	}
	r = store_new(path, boot_id, limits, &history->store);
	if (r < 0)
		return r;
	r = sd_event_add_io(event, &history->io, store_fd(history->store), EPOLLIN, on_answer,
			    history->store);
	if (r < 0)
		history_close(history);
	return r;
}

void history_close(struct history *history)
{
	history->io = sd_event_source_disable_unref(history->io);
	history->store = store_free(history->store);
}
