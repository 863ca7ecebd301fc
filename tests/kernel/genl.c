// SPDX-License-Identifier: GPL-2.0-or-later
/* See genl.h. */
#include "genl.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <taskmeter/taskmeter.h>
#include <unistd.h>

#define RECEIVE_SIZE 65536
#define SMALL_RECEIVE_SIZE 4096

static const struct nlattr *find(const void *attributes, size_t length,
				 uint16_t type)
{
	const char *at = attributes, *end = at + length;

	while (at + NLA_HDRLEN <= end) {
		const struct nlattr *attribute = (const void *)at;

		must(attribute->nla_len >= NLA_HDRLEN);
		must(at + attribute->nla_len <= end);
		if ((attribute->nla_type & NLA_TYPE_MASK) == type)
			return attribute;
		at += NLA_ALIGN(attribute->nla_len);
	}
	return NULL;
}

const void *genl_data(const struct nlattr *attribute)
{
	return (const char *)attribute + NLA_HDRLEN;
}

size_t genl_size(const struct nlattr *attribute)
{
	return attribute->nla_len - NLA_HDRLEN;
}

const struct nlattr *genl_find(const struct nlmsghdr *message, uint16_t type)
{
	const struct nlattr *attributes =
		(const void *)((const char *)NLMSG_DATA(message) + GENL_HDRLEN);

	return find(attributes, NLMSG_PAYLOAD(message, GENL_HDRLEN), type);
}

const struct nlattr *genl_find_in(const struct nlattr *nest, uint16_t type)
{
	return find(genl_data(nest), genl_size(nest), type);
}

size_t genl_count_in(const struct nlattr *nest)
{
	const char *at = genl_data(nest), *end = at + genl_size(nest);
	size_t count = 0;

	while (at + NLA_HDRLEN <= end) {
		must(((const struct nlattr *)at)->nla_len >= NLA_HDRLEN);
		at += NLA_ALIGN(((const struct nlattr *)at)->nla_len);
		count++;
	}
	return count;
}

uint64_t genl_u64(const struct nlattr *attribute)
{
	uint64_t value;

	must(attribute && genl_size(attribute) == sizeof(value));
	memcpy(&value, genl_data(attribute), sizeof(value));
	return value;
}

uint32_t genl_u32(const struct nlattr *attribute)
{
	uint32_t value;

	must(attribute && genl_size(attribute) == sizeof(value));
	memcpy(&value, genl_data(attribute), sizeof(value));
	return value;
}

void genl_begin(struct genl_request *request, const struct genl *genl,
		uint8_t command, uint16_t flags)
{
	memset(request, 0, sizeof(*request));
	request->header.nlmsg_len = NLMSG_LENGTH(GENL_HDRLEN);
	request->header.nlmsg_type = genl->family;
	request->header.nlmsg_flags = NLM_F_REQUEST | flags;
	request->command.cmd = command;
	request->command.version = TASKMETER_GENL_VERSION;
}

void genl_put(struct genl_request *request, uint16_t type, const void *data,
	      size_t length)
{
	struct nlattr *attribute =
		(void *)((char *)request + request->header.nlmsg_len);

	must(request->header.nlmsg_len + NLA_HDRLEN + NLA_ALIGN(length) <=
	     sizeof(*request));
	attribute->nla_type = type;
	attribute->nla_len = NLA_HDRLEN + length;
	if (length)
		memcpy((char *)attribute + NLA_HDRLEN, data, length);
	request->header.nlmsg_len += NLA_HDRLEN + NLA_ALIGN(length);
}

void genl_put_u32(struct genl_request *request, uint16_t type, uint32_t value)
{
	genl_put(request, type, &value, sizeof(value));
}

void genl_put_u64(struct genl_request *request, uint16_t type, uint64_t value)
{
	genl_put(request, type, &value, sizeof(value));
}

static int try_send(struct genl *genl, struct genl_request *request)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };

	request->header.nlmsg_seq = ++genl->sequence;
	genl->text[0] = '\0';
	genl->replies = 0;
	genl->datagrams = 0;
	genl->interrupted = false;
	return sendto(genl->fd, request, request->header.nlmsg_len, 0,
		      (struct sockaddr *)&kernel, sizeof(kernel)) < 0 ? -errno : 0;
}

void genl_send(struct genl *genl, struct genl_request *request)
{
	int ret = try_send(genl, request);

	if (ret)
		test_fail("cannot send a netlink request: %s", strerror(-ret));
}

int genl_closing_message(struct genl *genl, const struct nlmsghdr *message)
{
	const char *data = NLMSG_DATA(message);
	size_t length = NLMSG_PAYLOAD(message, 0), offset = sizeof(int);
	const struct nlattr *text;
	int error;

	must(length >= sizeof(error));
	memcpy(&error, data, sizeof(error));
	if (!(message->nlmsg_flags & NLM_F_ACK_TLVS))
		return error;
	if (message->nlmsg_type == NLMSG_ERROR) {
		const struct nlmsgerr *details = (const void *)data;

		offset = sizeof(*details);
		if (!(message->nlmsg_flags & NLM_F_CAPPED))
			offset += NLMSG_ALIGN(details->msg.nlmsg_len) - NLMSG_HDRLEN;
	}
	must(offset <= length);
	text = find(data + offset, length - offset, NLMSGERR_ATTR_MSG);
	if (text)
		snprintf(genl->text, sizeof(genl->text), "%.*s",
			 (int)genl_size(text), (const char *)genl_data(text));
	return error;
}

/* As genl_receive(); *@ret_error is what recv(2) says, 0 if it receives. */
static int try_receive(struct genl *genl, genl_fn *fn, void *arg, int *ret_error)
{
	char buffer[RECEIVE_SIZE] __attribute__((aligned(NLMSG_ALIGNTO)));
	const struct nlmsghdr *message = (const void *)buffer;
	ssize_t received;
	size_t length;

	do {
		received = recv(genl->fd, buffer, genl->room, MSG_TRUNC);
	} while (received < 0 && errno == EINTR);
	*ret_error = received < 0 ? -errno : 0;
	if (received < 0)
		return 0;
	must((size_t)received <= genl->room);
	genl->datagrams++;
	length = received;
	for (; NLMSG_OK(message, length); message = NLMSG_NEXT(message, length)) {
		must(message->nlmsg_seq == genl->sequence);
		if (message->nlmsg_flags & NLM_F_DUMP_INTR)
			genl->interrupted = true;
		if (message->nlmsg_type == NLMSG_ERROR ||
		    message->nlmsg_type == NLMSG_DONE)
			return genl_closing_message(genl, message);
		must(message->nlmsg_len >= NLMSG_LENGTH(GENL_HDRLEN));
		genl->replies++;
		fn(message, arg);
	}
	return 1;
}

int genl_receive(struct genl *genl, genl_fn *fn, void *arg)
{
	int error, ret = try_receive(genl, fn, arg, &error);

	if (error)
		test_fail("no netlink reply: %s", strerror(-error));
	return ret;
}

int genl_try_exchange(struct genl *genl, struct genl_request *request, genl_fn *fn,
		      void *arg)
{
	int error, ret;

	error = try_send(genl, request);
	if (error)
		return error;
	while ((ret = try_receive(genl, fn, arg, &error)) > 0)
		;
	return error ? error : ret;
}

int genl_exchange(struct genl *genl, struct genl_request *request, genl_fn *fn,
		  void *arg)
{
	int ret;

	genl_send(genl, request);
	while ((ret = genl_receive(genl, fn, arg)) > 0)
		;
	return ret;
}

static void take_family(const struct nlmsghdr *message, void *arg)
{
	const struct nlattr *id = genl_find(message, CTRL_ATTR_FAMILY_ID);

	must(id && genl_size(id) == sizeof(uint16_t));
	memcpy(arg, genl_data(id), sizeof(uint16_t));
}

int genl_try_open(struct genl *genl, size_t room)
{
	/* A reply that does not come fails the test before its limit of time. */
	struct timeval patience = { .tv_sec = 60 * test_scale() };
	const int on = 1;
	struct genl_request request;
	uint16_t family = 0;
	int ret;

	*genl = (struct genl){ .family = GENL_ID_CTRL, .room = room };
	genl->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	must(genl->fd >= 0);
	must(!setsockopt(genl->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)));
	must(!setsockopt(genl->fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on)));
	must(!setsockopt(genl->fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on)));
	genl_begin(&request, genl, CTRL_CMD_GETFAMILY, NLM_F_ACK);
	genl_put(&request, CTRL_ATTR_FAMILY_NAME, TASKMETER_GENL_NAME,
		 sizeof(TASKMETER_GENL_NAME));
	ret = genl_exchange(genl, &request, take_family, &family);
	if (ret)
		genl_close(genl);
	genl->family = family;
	return ret;
}

static void need_open(struct genl *genl, size_t room)
{
	int ret = genl_try_open(genl, room);

	if (ret)
		test_fail("no generic netlink family \"%s\": %s", TASKMETER_GENL_NAME,
		     strerror(-ret));
}

void genl_open(struct genl *genl)
{
	need_open(genl, RECEIVE_SIZE);
}

void genl_open_small(struct genl *genl)
{
	const int least = 1;

	need_open(genl, SMALL_RECEIVE_SIZE);
	must(!setsockopt(genl->fd, SOL_SOCKET, SO_RCVBUF, &least, sizeof(least)));
}

void genl_close(struct genl *genl)
{
	if (genl->fd >= 0)
		close(genl->fd);
	genl->fd = -1;
}

static uint16_t nest_of(enum tm_field_group group)
{
	switch (group) {
	case TM_GROUP_SCHED:
		return TASKMETER_A_TASK_SCHED;
	case TM_GROUP_MEMORY:
		return TASKMETER_A_TASK_MEMORY;
	case TM_GROUP_FAULT:
		return TASKMETER_A_TASK_FAULT;
	case TM_GROUP_IO:
		return TASKMETER_A_TASK_IO;
	case TM_GROUP_METER:
		return TASKMETER_A_TASK_METER;
	case TM_GROUP_STALL:
		return TASKMETER_A_TASK_STALL;
	case TM_GROUP_IDENTITY:
		break;
	}
	return 0;
}

/* The attributes of a message, or those in a nest. */
struct attributes {
	const void *data;
	size_t size;
};

static struct attributes attributes_of(const struct nlmsghdr *message)
{
	return (struct attributes){
		(const char *)NLMSG_DATA(message) + GENL_HDRLEN,
		NLMSG_PAYLOAD(message, GENL_HDRLEN),
	};
}

static struct attributes attributes_in(const struct nlattr *nest)
{
	return (struct attributes){ genl_data(nest), genl_size(nest) };
}

static const struct nlattr *find_field(struct attributes attributes,
				       const struct tm_field *field)
{
	const struct nlattr *nest;

	if (!nest_of(field->group))
		return find(attributes.data, attributes.size, field->attribute);
	nest = find(attributes.data, attributes.size, nest_of(field->group));
	return nest ? genl_find_in(nest, field->attribute) : NULL;
}

static void take_field(struct taskmeter_record *record, const struct tm_field *field,
		       const struct nlattr *attribute)
{
	char *member = (char *)record + field->offset;

	if (field->type == TM_FIELD_STRING) {
		size_t length = strnlen(genl_data(attribute), genl_size(attribute));

		must(length < genl_size(attribute) && length < field->size);
		memcpy(member, genl_data(attribute), length);
		return;
	}
	if (genl_size(attribute) != field->size)
		test_fail("attribute of %s has %zu bytes", field->name, genl_size(attribute));
	memcpy(member, genl_data(attribute), field->size);
}

static void take_fields(struct attributes attributes, struct taskmeter_record *record)
{
	uint64_t there = 0, missing = 0;
	const struct tm_field *fields;
	size_t count;

	memset(record, 0, sizeof(*record));
	record->size = find(attributes.data, attributes.size, TASKMETER_A_TASK_STALL) ?
		sizeof(*record) : TASKMETER_RECORD_SIZE_VER2;
	record->flags = genl_u32(find(attributes.data, attributes.size,
				      TASKMETER_A_TASK_FLAGS));
	fields = tm_fields(&count);
	for (size_t i = 0; i < count; i++) {
		const struct nlattr *attribute;

		if (!fields[i].attribute)
			continue;
		attribute = find_field(attributes, &fields[i]);
		if (attribute)
			take_field(record, &fields[i], attribute);
		else if (!fields[i].available)
			test_fail("no attribute of %s", fields[i].name);
		*(attribute ? &there : &missing) |= fields[i].available;
	}
	if (there & missing)
		test_fail("available %#llx: some attributes are missing and some not",
		     (unsigned long long)(there & missing));
	record->available = there;
}

void genl_record(const struct nlmsghdr *message, struct taskmeter_record *record)
{
	const struct genlmsghdr *command = NLMSG_DATA(message);

	must(command->cmd == TASKMETER_CMD_TASK_GET);
	take_fields(attributes_of(message), record);
}

void genl_record_in(const struct nlattr *nest, struct taskmeter_record *record)
{
	take_fields(attributes_in(nest), record);
}

static void take_buckets(const struct nlattr *nest, uint16_t type, __u64 *buckets,
			 size_t count)
{
	const struct nlattr *array = find(genl_data(nest), genl_size(nest), type);
	size_t size;

	if (!array)
		return;
	size = genl_size(array);
	must(size && size % sizeof(*buckets) == 0 && size <= count * sizeof(*buckets));
	memcpy(buckets, genl_data(array), size);
	/* It ends with the last one that is not 0. */
	must(buckets[size / sizeof(*buckets) - 1]);
}

static bool take_histograms(const struct nlattr *nest, struct taskmeter_histograms *histograms)
{
	*histograms = (struct taskmeter_histograms){ .size = sizeof(*histograms) };
	if (!nest)
		return false;
	take_buckets(nest, TASKMETER_A_HISTOGRAMS_CPU_WAIT, histograms->cpu_wait,
		     TASKMETER_CPU_WAIT_BUCKETS);
	take_buckets(nest, TASKMETER_A_HISTOGRAMS_IO_WAIT, histograms->io_wait,
		     TASKMETER_IO_WAIT_BUCKETS);
	take_buckets(nest, TASKMETER_A_HISTOGRAMS_MEM_WAIT, histograms->mem_wait,
		     TASKMETER_MEM_WAIT_BUCKETS);
	take_buckets(nest, TASKMETER_A_HISTOGRAMS_RECLAIM, histograms->reclaim,
		     TASKMETER_STALL_BUCKETS);
	take_buckets(nest, TASKMETER_A_HISTOGRAMS_COMPACTION, histograms->compaction,
		     TASKMETER_STALL_BUCKETS);
	take_buckets(nest, TASKMETER_A_HISTOGRAMS_FAULT_WAIT, histograms->fault_wait,
		     TASKMETER_STALL_BUCKETS);
	return true;
}

bool genl_histograms(const struct nlmsghdr *message, struct taskmeter_histograms *histograms)
{
	return take_histograms(genl_find(message, TASKMETER_A_TASK_HISTOGRAMS), histograms);
}

bool genl_histograms_in(const struct nlattr *nest, struct taskmeter_histograms *histograms)
{
	return take_histograms(genl_find_in(nest, TASKMETER_A_TASK_HISTOGRAMS), histograms);
}

void genl_add_record(const struct nlmsghdr *message, void *records)
{
	struct taskmeter_record record;

	genl_record(message, &record);
	records_add(records, &record);
}

static void take_record(const struct nlmsghdr *message, void *arg)
{
	genl_record(message, arg);
}

int genl_get(struct genl *genl, pid_t pid, uint32_t flags,
	     struct taskmeter_record *ret_record)
{
	struct genl_request request;
	int ret;

	genl_begin(&request, genl, TASKMETER_CMD_TASK_GET, NLM_F_ACK);
	genl_put_u32(&request, TASKMETER_A_TASK_PID, pid);
	if (flags)
		genl_put_u32(&request, TASKMETER_A_TASK_REQUEST, flags);
	ret = genl_exchange(genl, &request, take_record, ret_record);
	must(genl->replies == (ret ? 0 : 1));
	return ret;
}

void genl_begin_dump(struct genl_request *request, const struct genl *genl,
		     const struct taskmeter_snapshot *filter)
{
	uint32_t flags = filter ? filter->flags : 0;
	uint32_t mode = flags & (TASKMETER_SNAPSHOT_THREADS |
				 TASKMETER_SNAPSHOT_EXACT_RSS |
				 TASKMETER_SNAPSHOT_HISTOGRAMS |
				 TASKMETER_SNAPSHOT_STALLS);

	genl_begin(request, genl, TASKMETER_CMD_TASK_GET, NLM_F_DUMP);
	if (mode)
		genl_put_u32(request, TASKMETER_A_TASK_REQUEST, mode);
	if (flags & TASKMETER_SNAPSHOT_PID)
		genl_put_u32(request, TASKMETER_A_TASK_TGID, filter->pid);
	if (flags & TASKMETER_SNAPSHOT_UID)
		genl_put_u32(request, TASKMETER_A_TASK_UID, filter->uid);
	if (flags & TASKMETER_SNAPSHOT_CGROUP)
		genl_put_u64(request, TASKMETER_A_TASK_CGROUP_ID, filter->cgroup_id);
	if (flags & TASKMETER_SNAPSHOT_SINCE)
		genl_put_u64(request, TASKMETER_A_TASK_SINCE, filter->since);
}

int genl_dump(struct genl *genl, const struct taskmeter_snapshot *filter,
	      struct records *records)
{
	struct genl_request request;

	*records = (struct records){ 0 };
	genl_begin_dump(&request, genl, filter);
	return genl_exchange(genl, &request, genl_add_record, records);
}
