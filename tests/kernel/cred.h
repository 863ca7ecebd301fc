/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Processes with the rights of others: ids, capabilities, namespaces.
 */
#ifndef TESTS_KERNEL_CRED_H
#define TESTS_KERNEL_CRED_H

#include <linux/capability.h>
#include <stdint.h>
#include <sys/types.h>

/* Capabilities newer than the headers of old suites. */
#ifndef CAP_PERFMON
#define CAP_PERFMON 38
#endif

#define CAP_BIT(capability) (1ULL << (capability))
#define CAP_ALL (~0ULL)

/* What containers of docker and podman have by default. */
#define CAP_CONTAINER							\
	(CAP_BIT(CAP_CHOWN) | CAP_BIT(CAP_DAC_OVERRIDE) |		\
	 CAP_BIT(CAP_FSETID) | CAP_BIT(CAP_FOWNER) | CAP_BIT(CAP_MKNOD) | \
	 CAP_BIT(CAP_NET_RAW) | CAP_BIT(CAP_SETGID) | CAP_BIT(CAP_SETUID) | \
	 CAP_BIT(CAP_SETFCAP) | CAP_BIT(CAP_SETPCAP) |			\
	 CAP_BIT(CAP_NET_BIND_SERVICE) | CAP_BIT(CAP_SYS_CHROOT) |	\
	 CAP_BIT(CAP_KILL) | CAP_BIT(CAP_AUDIT_WRITE))

/**
 * struct identity - who a process is
 * @name: for messages
 * @uid: all user ids, and all group ids
 * @capabilities: permitted and effective
 */
struct identity {
	const char *name;
	uid_t uid;
	uint64_t capabilities;
};

extern const struct identity root_identity;

/**
 * cred_become() - become somebody else, for good
 * @identity: who
 *
 * In the group of the device, so that its file mode does not stand in the way,
 * and dumpable.
 */
void cred_become(const struct identity *identity);
uint64_t cred_capabilities(void);

/* Map an id inside the user namespace of process @pid to one outside. */
void cred_map_ids(pid_t pid, uid_t inside, uid_t outside);

#endif
