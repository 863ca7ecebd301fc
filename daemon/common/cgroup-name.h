/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the path of a cgroup tells of who is in it: unit and slice by systemd's rules, and
 * the container or machine by the names that their engines give. Pure: a path is all that
 * it takes, and it may be any bytes.
 */
#ifndef TASKMETER_COMMON_CGROUP_NAME_H
#define TASKMETER_COMMON_CGROUP_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* As systemd's UNIT_NAME_MAX, and longer than the name of any directory. */
#define CGROUP_NAME_SIZE	256
#define CGROUP_CONTAINER_SIZE	(2 * CGROUP_NAME_SIZE)
#define CGROUP_NAME_ROOT_SLICE	"-.slice"

/**
 * enum cgroup_engine - who made a container
 * @CGROUP_ENGINE_NONE: there is none
 * @CGROUP_ENGINE_DOCKER: Docker
 * @CGROUP_ENGINE_PODMAN: Podman
 * @CGROUP_ENGINE_CONTAINERD: containerd, also for Kubernetes
 * @CGROUP_ENGINE_CRIO: CRI-O
 * @CGROUP_ENGINE_KUBERNETES: a container of Kubernetes; the path does not tell whose
 * @CGROUP_ENGINE_LXC: LXC, LXD, Incus
 * @CGROUP_ENGINE_NSPAWN: systemd-nspawn, or another machine that is registered alike
 * @CGROUP_ENGINE_LIBVIRT: libvirt: a virtual machine, or a container of its own
 */
enum cgroup_engine {
	CGROUP_ENGINE_NONE,
	CGROUP_ENGINE_DOCKER,
	CGROUP_ENGINE_PODMAN,
	CGROUP_ENGINE_CONTAINERD,
	CGROUP_ENGINE_CRIO,
	CGROUP_ENGINE_KUBERNETES,
	CGROUP_ENGINE_LXC,
	CGROUP_ENGINE_NSPAWN,
	CGROUP_ENGINE_LIBVIRT,
};

/**
 * struct cgroup_name - who is in a cgroup; a name that there is none of is empty
 * @unit: unit of the system's manager: the first part of the path that is no slice, if
 *	that is a unit
 * @slice: the last slice before it; CGROUP_NAME_ROOT_SLICE if there is none
 * @user_unit: unit of a user's manager, or of his session
 * @user_slice: slice of a user's manager; CGROUP_NAME_ROOT_SLICE if that is all
 * @has_owner: @owner is known
 * @owner: user whose slice it is in
 * @engine: of the innermost container
 * @container: its id or name
 * @pod: UID of its pod of Kubernetes, or id of that of Podman
 * @machine: outermost machine of systemd-nspawn or libvirt, as it is registered
 */
struct cgroup_name {
	char unit[CGROUP_NAME_SIZE];
	char slice[CGROUP_NAME_SIZE];
	char user_unit[CGROUP_NAME_SIZE];
	char user_slice[CGROUP_NAME_SIZE];
	bool has_owner;
	uint32_t owner;
	enum cgroup_engine engine;
	char container[CGROUP_NAME_SIZE];
	char pod[CGROUP_NAME_SIZE];
	char machine[CGROUP_NAME_SIZE];
};

/**
 * cgroup_name_parse() - what a path tells
 * @path: from the root of the hierarchy, "/a/b"; " (deleted)" at its end does not count,
 *	nor do ".." at its beginning, which lead out of a cgroup namespace
 * @ret_name: filled in
 */
void cgroup_name_parse(const char *path, struct cgroup_name *ret_name);

/**
 * cgroup_name_unit() - the unit that a cgroup is counted for
 * @name: who is in it
 *
 * Return: its unit; the slice that it is in, if it is in none.
 */
const char *cgroup_name_unit(const struct cgroup_name *name);

/**
 * cgroup_name_container() - the container, "engine:name"
 * @name: who is in it
 * @text: gets it; empty if it is in none
 *
 * Return: bytes of it.
 */
size_t cgroup_name_container(const struct cgroup_name *name,
			     char text[static CGROUP_CONTAINER_SIZE]);

/**
 * cgroup_engine_name() - a word for an engine
 * @engine: the engine
 *
 * Return: "docker", "podman", "containerd", "cri-o", "kubernetes", "lxc", "nspawn",
 * "libvirt", or "" for none.
 */
const char *cgroup_engine_name(enum cgroup_engine engine);

#endif
