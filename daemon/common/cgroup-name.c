// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * See cgroup-name.h.
 *
 * The path is looked at part by part, where it is: each part is a piece of text with a
 * length. The rules for units are those of systemd's cg_path_get_unit() and its like; what
 * it does not take for a unit, like the delegated groups below a service, has none.
 */
#include "common/cgroup-name.h"

#include <ctype.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/param.h>

#define ID_LENGTH	64
#define DELETED		" (deleted)"
#define UNIT_CHARACTERS	"0123456789abcdefghijklmnopqrstuvwxyz" \
			"ABCDEFGHIJKLMNOPQRSTUVWXYZ:-_.\\@"

/* A part of the path, or of a part; not NUL terminated. */
struct part {
	const char *text;
	size_t length;
};

#define PART(literal)	((struct part) { literal, sizeof(literal) - 1 })

static bool is(struct part part, const char *text)
{
	return part.length == strlen(text) && !memcmp(part.text, text, part.length);
}

static bool begins(struct part part, const char *text)
{
	return part.length >= strlen(text) && !memcmp(part.text, text, strlen(text));
}

static bool ends(struct part part, const char *text)
{
	size_t length = strlen(text);

	return part.length >= length &&
	       !memcmp(part.text + part.length - length, text, length);
}

/* What is between the two, if it begins and ends so and something is left. */
static bool between(struct part part, const char *begin, const char *end,
		    struct part *ret_inner)
{
	size_t taken = strlen(begin) + strlen(end);

	if (part.length <= taken || !begins(part, begin) || !ends(part, end))
		return false;
	*ret_inner = (struct part) { part.text + strlen(begin), part.length - taken };
	return true;
}

static bool consists_of(struct part part, const char *characters)
{
	size_t i;

	for (i = 0; i < part.length; i++)
		if (!part.text[i] || !strchr(characters, part.text[i]))
			return false;
	return part.length;
}

static void copy(struct part part, char name[static CGROUP_NAME_SIZE])
{
	size_t length = MIN(part.length, CGROUP_NAME_SIZE - 1);

	memcpy(name, part.text, length);
	name[length] = '\0';
}

/* The next part of a path, empty at its end. */
static struct part next_part(struct part *path)
{
	struct part part;

	while (path->length && *path->text == '/') {
		path->text++;
		path->length--;
	}
	part = (struct part) { path->text, 0 };
	while (part.length < path->length && part.text[part.length] != '/')
		part.length++;
	path->text += part.length;
	path->length -= part.length;
	return part;
}

/* What could be taken for a file of the kernel's has a '_' in front. */
static struct part unescape(struct part part)
{
	if (part.length && *part.text == '_')
		return (struct part) { part.text + 1, part.length - 1 };
	return part;
}

static bool is_unit_type(struct part type)
{
	static const char *const types[] = {
		"service", "socket", "target", "device", "mount", "automount", "swap",
		"timer", "path", "slice", "scope",
	};
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (is(type, types[i]))
			return true;
	return false;
}

/* A plain unit ("a.service"), or else an instance ("a@b.service"): no template. */
static bool is_unit(struct part part, bool plain_only)
{
	const char *dot = memrchr(part.text, '.', part.length), *at;
	struct part stem;

	if (part.length >= CGROUP_NAME_SIZE || !dot || dot == part.text)
		return false;
	stem = (struct part) { part.text, (size_t)(dot - part.text) };
	if (!is_unit_type((struct part) { dot + 1, part.length - stem.length - 1 }) ||
	    !consists_of(stem, UNIT_CHARACTERS))
		return false;
	at = memchr(stem.text, '@', stem.length);
	return !at || (!plain_only && at > stem.text && at + 1 < dot);
}

static bool is_slice(struct part part)
{
	return ends(part, ".slice") && is_unit(unescape(part), true);
}

/* Moves behind all slices at the beginning; the last of them, empty if there is none. */
static struct part skip_slices(struct part *path)
{
	struct part rest = *path, last = PART(""), part = next_part(&rest);

	for (; is_slice(part); part = next_part(&rest)) {
		last = part;
		*path = rest;
	}
	return unescape(last);
}

static void find_slice(struct part *path, char name[static CGROUP_NAME_SIZE])
{
	struct part slice = skip_slices(path);

	copy(slice.length ? slice : PART(CGROUP_NAME_ROOT_SLICE), name);
}

static void find_unit(struct part path, char name[static CGROUP_NAME_SIZE])
{
	struct part part = unescape(next_part(&path));

	if (is_unit(part, false) && !ends(part, ".slice"))
		copy(part, name);
}

static bool parse_uid(struct part part, uint32_t *ret_uid)
{
	uint64_t uid = 0;
	size_t i;

	if (part.length > 10 || !consists_of(part, "0123456789"))
		return false;
	for (i = 0; i < part.length; i++)
		uid = uid * 10 + (uint64_t)(part.text[i] - '0');
	/* The two that the kernel and systemd keep for "no user". */
	if (uid >= UINT32_MAX || uid == UINT16_MAX)
		return false;
	*ret_uid = (uint32_t)uid;
	return true;
}

static bool is_session(struct part part)
{
	struct part id;
	size_t i;

	if (!between(part, "session-", ".scope", &id))
		return false;
	for (i = 0; i < id.length; i++)
		if (!isalnum((unsigned char)id.text[i]))
			return false;
	return true;
}

/* Moves behind a user's manager or session; false if there is none. */
static bool skip_user(struct part *path)
{
	struct part rest = *path, part = next_part(&rest), inner;
	uint32_t uid;

	if (!is_session(part) && !(between(part, "user@", ".service", &inner) &&
				   parse_uid(inner, &uid)))
		return false;
	*path = rest;
	return true;
}

static void find_owner(struct cgroup_name *name)
{
	const struct part slice = { name->slice, strlen(name->slice) };
	struct part uid;

	name->has_owner = between(slice, "user-", ".slice", &uid) &&
			  parse_uid(uid, &name->owner);
}

static void parse_units(struct part path, struct cgroup_name *name)
{
	find_slice(&path, name->slice);
	find_unit(path, name->unit);
	find_owner(name);
	if (!skip_user(&path))
		return;
	find_slice(&path, name->user_slice);
	find_unit(path, name->user_unit);
}

static bool is_id(struct part part)
{
	return part.length == ID_LENGTH && consists_of(part, "0123456789abcdef");
}

static int hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c ? strchr(digits, tolower((unsigned char)c)) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* "\x2d" is '-'; what is no such escape, or a NUL, stays as it is. */
static void unescape_name(struct part part, char name[static CGROUP_NAME_SIZE])
{
	size_t i, used = 0;
	int high, low;

	for (i = 0; i < part.length && used < CGROUP_NAME_SIZE - 1; i++) {
		name[used++] = part.text[i];
		if (part.text[i] != '\\' || part.length - i < 4 || part.text[i + 1] != 'x')
			continue;
		high = hex_digit(part.text[i + 2]);
		low = hex_digit(part.text[i + 3]);
		if (high < 0 || low < 0 || !(high + low))
			continue;
		name[used - 1] = (char)(high << 4 | low);
		i += 3;
	}
	name[used] = '\0';
}

static const struct {
	const char *prefix;
	enum cgroup_engine engine;
} prefixes[] = {
	{ "docker", CGROUP_ENGINE_DOCKER },
	{ "libpod", CGROUP_ENGINE_PODMAN },
	{ "libpod-payload", CGROUP_ENGINE_PODMAN },
	{ "cri-containerd", CGROUP_ENGINE_CONTAINERD },
	{ "nerdctl", CGROUP_ENGINE_CONTAINERD },
	{ "crio", CGROUP_ENGINE_CRIO },
};

static enum cgroup_engine engine_of(struct part prefix)
{
	size_t i;

	for (i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		if (is(prefix, prefixes[i].prefix))
			return prefixes[i].engine;
	return CGROUP_ENGINE_NONE;
}

static void set_container(struct cgroup_name *name, enum cgroup_engine engine,
			  struct part id)
{
	name->engine = engine;
	copy(id, name->container);
}

/*
 * "docker-ID.scope", "libpod-ID" and so on; also "SLICE:cri-containerd:ID", which is what
 * comes of a name for systemd when it is taken for a path. Monitors ("libpod-conmon-ID")
 * are not in the container.
 */
static bool find_prefixed(struct part part, struct cgroup_name *name)
{
	struct part id = part, prefix;
	enum cgroup_engine engine;
	const char *colon;

	if (ends(id, ".scope"))
		id.length -= strlen(".scope");
	if (id.length <= ID_LENGTH + 1)
		return false;
	prefix = (struct part) { id.text, id.length - ID_LENGTH - 1 };
	id = (struct part) { id.text + prefix.length + 1, ID_LENGTH };
	if (!is_id(id) || (id.text[-1] != '-' && id.text[-1] != ':'))
		return false;
	colon = id.text[-1] == ':' ? memrchr(prefix.text, ':', prefix.length) : NULL;
	if (colon)
		prefix = (struct part) { colon + 1, (size_t)(id.text - 2 - colon) };
	engine = engine_of(prefix);
	if (engine)
		set_container(name, engine, id);
	return engine;
}

static enum cgroup_engine engine_of_parent(struct part parent, bool in_kubernetes)
{
	if (in_kubernetes)
		return CGROUP_ENGINE_KUBERNETES;
	return is(parent, "default") ? CGROUP_ENGINE_CONTAINERD : CGROUP_ENGINE_DOCKER;
}

static bool find_lxc(struct part parent, struct part part, struct cgroup_name *name)
{
	struct part inner;

	if (between(part, "lxc.payload.", "", &inner))
		set_container(name, CGROUP_ENGINE_LXC, inner);
	else if (is(parent, "lxc") || is(parent, "lxc.payload"))
		set_container(name, CGROUP_ENGINE_LXC, part);
	else
		return false;
	return true;
}

/* "qemu-3-debian" is the third one that libvirt began, "debian". */
static bool find_libvirt(const char *registered, struct cgroup_name *name)
{
	struct part rest = { registered, strlen(registered) };
	size_t digits;

	if (!between(rest, "qemu-", "", &rest) && !between(rest, "lxc-", "", &rest))
		return false;
	digits = strspn(rest.text, "0123456789");
	if (!digits || digits + 1 >= rest.length || rest.text[digits] != '-')
		return false;
	set_container(name, CGROUP_ENGINE_LIBVIRT,
		      (struct part) { rest.text + digits + 1, rest.length - digits - 1 });
	return true;
}

static bool find_machine(struct part part, struct cgroup_name *name)
{
	char registered[CGROUP_NAME_SIZE];
	struct part inner;

	if (!between(part, "machine-", ".scope", &inner) &&
	    !between(part, "systemd-nspawn@", ".service", &inner) &&
	    !between(part, "", ".libvirt-qemu", &inner) &&
	    !between(part, "", ".libvirt-lxc", &inner))
		return false;
	unescape_name(inner, registered);
	if (!find_libvirt(registered, name))
		set_container(name, begins(part, "machine-") || begins(part, "systemd-") ?
			      CGROUP_ENGINE_NSPAWN : CGROUP_ENGINE_LIBVIRT,
			      (struct part) { registered, strlen(registered) });
	if (!name->machine[0])
		strcpy(name->machine, registered);
	return true;
}

/* A UUID, or for a pod that the kubelet read from a file, a hash. */
static bool is_pod_uid(struct part part)
{
	static const size_t dashes[] = { 8, 13, 18, 23 };
	size_t i;

	if (part.length == 32)
		return consists_of(part, "0123456789abcdef");
	if (part.length != 36 || !consists_of(part, "0123456789abcdef-_"))
		return false;
	for (i = 0; i < sizeof(dashes) / sizeof(dashes[0]); i++)
		if (part.text[dashes[i]] != '-' && part.text[dashes[i]] != '_')
			return false;
	return true;
}

/* "podUID", or "kubepods-burstable-podUID.slice" in which '_' stands for '-'. */
static bool find_pod(struct part part, struct cgroup_name *name)
{
	static const size_t lengths[] = { 32, 36 };
	struct part stem = part, uid;
	size_t i;
	char *c;

	if (ends(stem, ".slice"))
		stem.length -= strlen(".slice");
	for (i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		if (stem.length < lengths[i] + strlen("pod"))
			continue;
		uid = (struct part) { stem.text + stem.length - lengths[i], lengths[i] };
		stem.length -= lengths[i];
		if (is_pod_uid(uid) && (is(stem, "pod") || ends(stem, "-pod"))) {
			copy(uid, name->pod);
			for (c = name->pod; (c = strchr(c, '_')); c++)
				*c = '-';
			return true;
		}
		stem.length += lengths[i];
	}
	return false;
}

static void find_podman_pod(struct part part, struct cgroup_name *name)
{
	struct part id;

	if ((between(part, "machine-libpod_pod_", ".slice", &id) ||
	     between(part, "user-libpod_pod_", ".slice", &id) ||
	     between(part, "libpod_pod_", ".slice", &id)) && is_id(id))
		copy(id, name->pod);
}

/* The slice of a pod may be in front of the colon, see find_prefixed(). */
static struct part before_colon(struct part part)
{
	const char *colon = memchr(part.text, ':', part.length);

	return colon ? (struct part) { part.text, (size_t)(colon - part.text) } : part;
}

static void parse_container(struct part path, struct cgroup_name *name)
{
	struct part part, parent = PART("");
	bool in_kubernetes = false;

	for (; (part = next_part(&path)).length; parent = part) {
		if (part.length >= CGROUP_NAME_SIZE)
			continue;
		in_kubernetes |= find_pod(before_colon(part), name);
		find_podman_pod(part, name);
		if (is_id(part))
			set_container(name, engine_of_parent(parent, in_kubernetes), part);
		else if (!find_prefixed(part, name) && !find_machine(part, name))
			find_lxc(parent, part, name);
	}
}

/* Without ".." at the beginning, and up to one that is further behind. */
static struct part inside(const char *text)
{
	struct part path = { text, strlen(text) }, rest, part;

	if (ends(path, DELETED))
		path.length -= strlen(DELETED);
	for (rest = path; is(next_part(&rest), "..");)
		path = rest;
	for (rest = path; (part = next_part(&rest)).length;)
		if (is(part, ".."))
			return (struct part) { path.text, (size_t)(part.text - path.text) };
	return path;
}

void cgroup_name_parse(const char *path, struct cgroup_name *ret_name)
{
	struct part whole = inside(path);

	*ret_name = (struct cgroup_name) { .engine = CGROUP_ENGINE_NONE };
	parse_units(whole, ret_name);
	parse_container(whole, ret_name);
}

const char *cgroup_name_unit(const struct cgroup_name *name)
{
	return name->unit[0] ? name->unit : name->slice;
}

size_t cgroup_name_container(const struct cgroup_name *name,
			     char text[static CGROUP_CONTAINER_SIZE])
{
	*text = '\0';
	if (!name->engine)
		return 0;
	return (size_t)snprintf(text, CGROUP_CONTAINER_SIZE, "%s:%s",
				cgroup_engine_name(name->engine), name->container);
}

const char *cgroup_engine_name(enum cgroup_engine engine)
{
	static const char *const names[] = {
		[CGROUP_ENGINE_NONE] = "",
		[CGROUP_ENGINE_DOCKER] = "docker",
		[CGROUP_ENGINE_PODMAN] = "podman",
		[CGROUP_ENGINE_CONTAINERD] = "containerd",
		[CGROUP_ENGINE_CRIO] = "cri-o",
		[CGROUP_ENGINE_KUBERNETES] = "kubernetes",
		[CGROUP_ENGINE_LXC] = "lxc",
		[CGROUP_ENGINE_NSPAWN] = "nspawn",
		[CGROUP_ENGINE_LIBVIRT] = "libvirt",
	};

	return names[engine];
}
