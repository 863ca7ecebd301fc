// SPDX-License-Identifier: GPL-2.0-or-later
/* See dump.h. */
#include "dump.h"

#include <err.h>
#include <linux/netlink.h>
#include <stdbool.h>
#include <sys/socket.h>

/* The largest datagram that netlink makes for a dump. */
#define DATAGRAM_SIZE	32768

static char datagram[DATAGRAM_SIZE] __attribute__((aligned(NLMSG_ALIGNTO)));

/* Count the messages of a datagram. Return: whether there are more to come. */
static bool count_messages(size_t size, uint64_t *count)
{
	const struct nlmsghdr *message = (const void *)datagram;

	for (; NLMSG_OK(message, size); message = NLMSG_NEXT(message, size)) {
		if (message->nlmsg_type == NLMSG_DONE)
			return false;
		if (message->nlmsg_type == NLMSG_ERROR)
			errx(1, "the dump was refused");
		++*count;
	}
	return true;
}

uint64_t dump_receive(int fd)
{
	uint64_t count = 0;
	ssize_t n;

	do {
		n = recv(fd, datagram, sizeof(datagram), 0);
		if (n < 0)
			err(1, "recv");
	} while (count_messages(n, &count));
	return count;
}
