// SPDX-License-Identifier: GPL-2.0-or-later
/* See family.h. */
#include "cli/family.h"

#include <errno.h>
#include <search.h>
#include <stdlib.h>

static int compare(const void *a, const void *b)
{
	uint32_t first = ((const struct member *)a)->pid;
	uint32_t second = ((const struct member *)b)->pid;

	return (first > second) - (first < second);
}

void family_init(struct family *family, uint32_t root)
{
	*family = (struct family){ .root = root };
	TAILQ_INIT(&family->living);
	TAILQ_INIT(&family->ended);
}

/* Where the newest member with a number is kept, or NULL. */
static struct member **find_number(const struct family *family, uint32_t pid)
{
	const struct member key = { .pid = pid };

	return tfind(&key, &family->pids, compare);
}

static struct member *find(const struct family *family, uint32_t pid, uint64_t start_ns)
{
	struct member **newest = find_number(family, pid), *member;

	for (member = newest ? *newest : NULL; member; member = member->older)
		if (member->start_ns == start_ns)
			return member;
	return NULL;
}

/* Who had a number at a time: the last one that was started before it, if it lived still. */
static const struct member *find_at(const struct family *family, uint32_t pid, uint64_t ns)
{
	struct member **newest = find_number(family, pid), *member;

	for (member = newest ? *newest : NULL; member; member = member->older)
		if (member->start_ns <= ns)
			return !member->end_ns || member->end_ns >= ns ? member : NULL;
	return NULL;
}

/* They are taken up in any order; the newest comes first. */
static int insert(struct family *family, struct member *member)
{
	struct member **place = tsearch(member, &family->pids, compare);

	if (!place)
		return -ENOMEM;
	if (*place == member)
		return 0;
	while (*place && (*place)->start_ns > member->start_ns)
		place = &(*place)->older;
	member->older = *place;
	*place = member;
	return 0;
}

static int add(struct family *family, const struct birth *birth, struct member **ret_member)
{
	struct member *member = calloc(1, sizeof(*member));

	if (!member)
		return -ENOMEM;
	member->pid = birth->pid;
	member->start_ns = birth->start_ns;
	if (insert(family, member)) {
		free(member);
		return -ENOMEM;
	}
	TAILQ_INSERT_TAIL(&family->living, member, entry);
	family->born++;
	*ret_member = member;
	return 1;
}

static bool descends(const struct family *family, const struct birth *birth)
{
	if (birth->parent == family->root)
		return birth->start_ns >= family->since_ns;
	return find_at(family, birth->parent, birth->start_ns);
}

static int find_or_add(struct family *family, const struct birth *birth,
		       struct member **ret_member)
{
	*ret_member = find(family, birth->pid, birth->start_ns);
	if (*ret_member)
		return 1;
	if (!descends(family, birth))
		return 0;
	return add(family, birth, ret_member);
}

int family_born(struct family *family, const struct birth *birth)
{
	struct member *member;

	return find_or_add(family, birth, &member);
}

int family_ended(struct family *family, const struct birth *birth, uint64_t end_ns)
{
	struct member *member;
	int r = find_or_add(family, birth, &member);

	if (r <= 0 || member->end_ns)
		return r;
	member->end_ns = end_ns ? end_ns : 1;
	TAILQ_REMOVE(&family->living, member, entry);
	TAILQ_INSERT_TAIL(&family->ended, member, entry);
	return 1;
}

static void forget(struct family *family, struct member *member)
{
	struct member **place = find_number(family, member->pid);

	if (*place == member && !member->older) {
		tdelete(member, &family->pids, compare);
	} else {
		while (*place != member)
			place = &(*place)->older;
		*place = member->older;
	}
	TAILQ_REMOVE(&family->ended, member, entry);
	free(member);
}

/* They are kept in the order in which their ends were told, which is nearly that of time. */
void family_forget(struct family *family, uint64_t before_ns)
{
	struct member *member;

	while ((member = TAILQ_FIRST(&family->ended)) && member->end_ns < before_ns)
		forget(family, member);
}

static void nothing(void *member)
{
	(void)member;
}

static void drop(struct members *members)
{
	struct member *member;

	while ((member = TAILQ_FIRST(members))) {
		TAILQ_REMOVE(members, member, entry);
		free(member);
	}
}

void family_release(struct family *family)
{
	tdestroy(family->pids, nothing);
	family->pids = NULL;
	drop(&family->living);
	drop(&family->ended);
}
