// SPDX-License-Identifier: GPL-2.0-or-later
/* See setting.h. */
#include "setting.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "support.h"

#define PREEMPT		"/sys/kernel/debug/sched/preempt"

void settings_save(struct setting *settings, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!access(settings[i].path, R_OK))
			file_read(settings[i].path, settings[i].saved,
				  sizeof(settings[i].saved));
}

/* Backwards; after the last test, where there is nothing to fail any more. */
void settings_restore(const struct setting *settings, size_t count)
{
	while (count--)
		if (settings[count].saved[0] &&
		    !setting_try(settings[count].path, settings[count].saved))
			fprintf(stderr, "cannot write %s to %s: %s\n", settings[count].saved,
				settings[count].path, strerror(errno));
}

bool setting_try(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool done;

	if (fd < 0)
		return false;
	done = write(fd, text, strlen(text)) == (ssize_t)strlen(text);
	close(fd);
	return done;
}

static char saved_model[32];

/* The file lists all models, the one in force in parentheses. */
void preempt_get(char *model, size_t size)
{
	char text[128], *word;

	snprintf(model, size, "voluntary");
	if (access(PREEMPT, R_OK))
		return;
	file_read(PREEMPT, text, sizeof(text));
	word = strchr(text, '(');
	must(word && strchr(word, ')'));
	*strchr(word, ')') = '\0';
	snprintf(model, size, "%s", word + 1);
}

void preempt_save(void)
{
	preempt_get(saved_model, sizeof(saved_model));
}

void preempt_restore(void)
{
	setting_try(PREEMPT, saved_model);
}

bool preempt_set(const char *model)
{
	char now[32];

	setting_try(PREEMPT, model);
	preempt_get(now, sizeof(now));
	return !strcmp(now, model);
}

#define FEATURES	"/sys/kernel/debug/sched/features"

void delayed_dequeue_forbid(void)
{
	setting_try(FEATURES, "NO_DELAY_DEQUEUE");
}

void delayed_dequeue_allow(void)
{
	setting_try(FEATURES, "DELAY_DEQUEUE");
}

/* Newer kernels keep some time for the others by a deadline server of each CPU. */
static struct setting starvation[] = {
	{ "/proc/sys/kernel/sched_rt_runtime_us", "" },
	{ "/sys/kernel/debug/sched/fair_server/cpu0/runtime", "" },
	{ "/sys/kernel/debug/sched/fair_server/cpu1/runtime", "" },
};

void starvation_save(void)
{
	settings_save(starvation, ARRAY_SIZE(starvation));
}

void starvation_restore(void)
{
	settings_restore(starvation, ARRAY_SIZE(starvation));
}

void starvation_allow(void)
{
	must(setting_try(starvation[0].path, "-1"));
	for (size_t i = 1; i < ARRAY_SIZE(starvation); i++)
		if (starvation[i].saved[0])
			must(setting_try(starvation[i].path, "0"));
}
