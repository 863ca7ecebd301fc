// SPDX-License-Identifier: GPL-2.0-or-later
/* See standard-files.h. What is opened gets the lowest number that is free. */
#include "cli/standard-files.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int standard_files_hold(void)
{
	int fd;

	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 &&
		    open("/dev/null", (fd ? O_RDONLY : O_WRONLY) | O_CLOEXEC) < 0)
			return -errno;
	return 0;
}
