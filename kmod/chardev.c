// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/taskmeter: a table of ioctls.
 *
 * An open file holds the observer, and how much of the exit log was read over it, for
 * poll(2). So any number of threads may use one file at once without a lock.
 */
#include <linux/compat.h>
#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/kernfs.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/taskmeter.h>
#include <linux/threads.h>
#include <linux/timekeeping.h>
#include <linux/uaccess.h>
#include <linux/user_namespace.h>

#include "access.h"
#include "ending.h"
#include "exitlog.h"
#include "meter.h"
#include "module.h"
#include "path.h"
#include "totals.h"
#include "walk.h"

/*
 * Records staged in kernel memory between the tasks and the caller's buffer. What
 * is done for each batch, checks of the observer's rights and of the copy, is
 * shared out among so many.
 */
#define STAGED_RECORD_BYTES	(8 * PAGE_SIZE)
#define STAGED_HISTOGRAMS	(4 * PAGE_SIZE / sizeof(struct taskmeter_histograms))

#define SNAPSHOT_FLAGS	(TASKMETER_SNAPSHOT_THREADS | TASKMETER_SNAPSHOT_EXACT_RSS | \
			 TASKMETER_SNAPSHOT_PID | TASKMETER_SNAPSHOT_UID | \
			 TASKMETER_SNAPSHOT_CGROUP | TASKMETER_SNAPSHOT_SINCE | \
			 TASKMETER_SNAPSHOT_HISTOGRAMS | TASKMETER_SNAPSHOT_STALLS)

/**
 * struct opened - an open file
 * @observer: who opened it
 * @seen: number of the exit record that poll(2) waits for
 */
struct opened {
	struct observer observer;
	u64 seen;
};

static int ioctl_info(struct opened *opened, void *arg)
{
	module_info(arg, &opened->observer);
	return 0;
}

/* Members that are given without the flag that they go with. */
static bool stray_filter(const struct taskmeter_snapshot *snapshot)
{
	return (snapshot->pid && !(snapshot->flags & TASKMETER_SNAPSHOT_PID)) ||
	       (snapshot->uid && !(snapshot->flags & TASKMETER_SNAPSHOT_UID)) ||
	       (snapshot->cgroup_id && !(snapshot->flags & TASKMETER_SNAPSHOT_CGROUP)) ||
	       (snapshot->since && !(snapshot->flags & TASKMETER_SNAPSHOT_SINCE));
}

static bool wants_histograms(const struct taskmeter_snapshot *snapshot)
{
	return snapshot->flags & TASKMETER_SNAPSHOT_HISTOGRAMS;
}

/* What is not asked for is not copied either. */
static u32 record_size(u32 flags)
{
	return flags & TASKMETER_SNAPSHOT_STALLS ?
	       sizeof(struct taskmeter_record) : TASKMETER_RECORD_SIZE_VER2;
}

static int histograms_check(const struct taskmeter_snapshot *snapshot)
{
	if (!wants_histograms(snapshot))
		return snapshot->histograms || snapshot->histograms_stride ? -EINVAL : 0;
	if (snapshot->histograms_stride < TASKMETER_HISTOGRAMS_SIZE_VER1 ||
	    snapshot->histograms_stride > PAGE_SIZE ||
	    snapshot->histograms_stride % sizeof(u64))
		return -EINVAL;
	return snapshot->histograms == (unsigned long)snapshot->histograms ? 0 : -EFAULT;
}

static int snapshot_check(const struct taskmeter_snapshot *snapshot)
{
	if (snapshot->flags & ~SNAPSHOT_FLAGS || stray_filter(snapshot))
		return -EINVAL;
	if (snapshot->stride < TASKMETER_RECORD_SIZE_VER1 ||
	    snapshot->stride > PAGE_SIZE || snapshot->stride % sizeof(u64))
		return -EINVAL;
	if (snapshot->cursor > PID_MAX_LIMIT || snapshot->pid > PID_MAX_LIMIT ||
	    snapshot->reserved)
		return -EINVAL;
	if (snapshot->buffer_size < snapshot->stride)
		return -ENOSPC;
	if (snapshot->buffer != (unsigned long)snapshot->buffer)
		return -EFAULT;
	return histograms_check(snapshot);
}

static int walk_init(struct walk *walk, const struct observer *observer,
		     const struct taskmeter_snapshot *snapshot)
{
	*walk = (struct walk) {
		.observer = observer,
		.flags = snapshot->flags,
		.pid = snapshot->pid,
		.cgroup_id = snapshot->cgroup_id,
		.since = snapshot->since,
		.record_size = record_size(snapshot->flags),
		.cursor = snapshot->cursor,
	};
	if (!(snapshot->flags & TASKMETER_SNAPSHOT_UID))
		return 0;
	walk->uid = make_kuid(observer->cred->user_ns, snapshot->uid);
	return uid_valid(walk->uid) ? 0 : -EINVAL;
}

/*
 * Structures that begin with their size, each cut to the caller's stride or filled up
 * with zeros.
 */
static int copy_strided(void __user *to, void *from, unsigned int count, size_t size,
			size_t stride)
{
	const u32 copied = min(stride, size);

	if (stride == size)
		return copy_to_user(to, from, count * size) ? -EFAULT : 0;
	for (; count; count--, from += size, to += stride) {
		*(u32 *)from = copied;
		if (copy_to_user(to, from, copied) ||
		    clear_user(to + copied, stride - copied))
			return -EFAULT;
	}
	return 0;
}

/**
 * struct stage - records on their way from the tasks to the caller
 * @records: their room
 * @histograms: likewise, NULL if they are not asked for
 * @record_size: bytes from one record to the next
 * @room: for how many
 */
struct stage {
	struct taskmeter_record *records;
	struct taskmeter_histograms *histograms;
	u32 record_size;
	unsigned int room;
};

static void stage_free(struct stage *stage)
{
	kfree(stage->histograms);
	kfree(stage->records);
}

static int stage_alloc(struct stage *stage, const struct taskmeter_snapshot *snapshot,
		       u64 room)
{
	stage->histograms = NULL;
	stage->record_size = record_size(snapshot->flags);
	stage->room = min_t(u64, room,
			    wants_histograms(snapshot) ? STAGED_HISTOGRAMS :
			    STAGED_RECORD_BYTES / stage->record_size);
	stage->records = kcalloc(stage->room, stage->record_size, GFP_KERNEL);
	if (wants_histograms(snapshot))
		stage->histograms = kcalloc(stage->room, sizeof(*stage->histograms),
					    GFP_KERNEL);
	if (stage->records && (stage->histograms || !wants_histograms(snapshot)))
		return 0;
	stage_free(stage);
	return -ENOMEM;
}

/* Behind those that the caller has already. */
static int stage_copy(const struct stage *stage, const struct taskmeter_snapshot *snapshot,
		      unsigned int filled)
{
	char __user *to = u64_to_user_ptr(snapshot->buffer);
	int ret;

	ret = copy_strided(to + (size_t)snapshot->count * snapshot->stride, stage->records,
			   filled, stage->record_size, snapshot->stride);
	if (ret || !stage->histograms)
		return ret;
	to = u64_to_user_ptr(snapshot->histograms);
	return copy_strided(to + (size_t)snapshot->count * snapshot->histograms_stride,
			    stage->histograms, filled, sizeof(*stage->histograms),
			    snapshot->histograms_stride);
}

/* How many records there can be, by the caller's room and by what he asks for. */
static u64 snapshot_room(const struct taskmeter_snapshot *snapshot)
{
	if ((snapshot->flags & TASKMETER_SNAPSHOT_PID) &&
	    !(snapshot->flags & TASKMETER_SNAPSHOT_THREADS))
		return 1;
	return min_t(u64, snapshot->buffer_size / snapshot->stride, U32_MAX);
}

static int snapshot_fill(struct taskmeter_snapshot *snapshot, struct walk *walk,
			 const struct stage *stage, u64 room)
{
	unsigned int filled;
	int ret;

	snapshot->count = 0;
	do {
		filled = walk_fill(walk, stage->records, stage->histograms,
				   min_t(u64, room - snapshot->count, stage->room));
		ret = stage_copy(stage, snapshot, filled);
		if (ret)
			return ret;
		snapshot->count += filled;
		cond_resched();
	} while (walk->cursor && snapshot->count < room && !signal_pending(current));

	snapshot->cursor = walk->cursor;
	return 0;
}

static int ioctl_snapshot(struct opened *opened, void *arg)
{
	struct taskmeter_snapshot *snapshot = arg;
	struct stage stage;
	struct walk walk;
	u64 room;
	int ret;

	ret = snapshot_check(snapshot);
	if (ret)
		return ret;
	ret = walk_init(&walk, &opened->observer, snapshot);
	if (ret)
		return ret;
	room = snapshot_room(snapshot);
	ret = stage_alloc(&stage, snapshot, room);
	if (ret)
		return ret;

	snapshot->size = sizeof(*snapshot);
	snapshot->time_ns = ktime_get_ns();
	snapshot->token = meter_token();
	ret = snapshot_fill(snapshot, &walk, &stage, room);
	stage_free(&stage);
	return ret;
}

/* Exit records that are read before they are copied; each is large. */
#define STAGED_EXITS	16

static void exit_stage_free(struct exit_room *stage)
{
	kvfree(stage->histograms);
	kvfree(stage->records);
	kvfree(stage->exits);
}

static int exit_stage_alloc(struct exit_room *stage, const struct taskmeter_exits *exits)
{
	const unsigned int room = min_t(u32, exits->room, STAGED_EXITS);

	stage->record_size = record_size(exits->flags);
	stage->exits = kvmalloc_array(room, sizeof(*stage->exits), GFP_KERNEL);
	stage->records = kvmalloc_array(room, stage->record_size, GFP_KERNEL);
	stage->histograms = NULL;
	if (exits->histograms_stride)
		stage->histograms = kvmalloc_array(room, sizeof(*stage->histograms), GFP_KERNEL);
	if (stage->exits && stage->records && (stage->histograms || !exits->histograms_stride))
		return 0;
	exit_stage_free(stage);
	return -ENOMEM;
}

static bool stride_valid(u32 stride, u32 min)
{
	return stride >= min && stride <= PAGE_SIZE && !(stride % sizeof(u64));
}

static int exits_check(const struct taskmeter_exits *exits)
{
	const bool histograms = exits->flags & TASKMETER_SNAPSHOT_HISTOGRAMS;

	if (exits->flags & ~(TASKMETER_SNAPSHOT_HISTOGRAMS | TASKMETER_SNAPSHOT_STALLS) ||
	    exits->reserved)
		return -EINVAL;
	if (!stride_valid(exits->exits_stride, TASKMETER_EXIT_SIZE_VER1) ||
	    !stride_valid(exits->records_stride, TASKMETER_RECORD_SIZE_VER1))
		return -EINVAL;
	if (histograms ? !stride_valid(exits->histograms_stride, TASKMETER_HISTOGRAMS_SIZE_VER1) :
			 exits->histograms || exits->histograms_stride)
		return -EINVAL;
	if (exits->exits != (unsigned long)exits->exits ||
	    exits->records != (unsigned long)exits->records ||
	    exits->histograms != (unsigned long)exits->histograms)
		return -EFAULT;
	return exits->room ? 0 : -ENOSPC;
}

/* All of a kind at once: each copy has its price. */
static int exit_stage_copy(const struct exit_room *stage, const struct taskmeter_exits *exits,
			   unsigned int filled)
{
	const size_t at = exits->count;
	int ret;

	ret = copy_strided(u64_to_user_ptr(exits->exits) + at * exits->exits_stride,
			   stage->exits, filled, sizeof(*stage->exits), exits->exits_stride) ?:
	      copy_strided(u64_to_user_ptr(exits->records) + at * exits->records_stride,
			   stage->records, filled, stage->record_size, exits->records_stride);
	if (ret || !stage->histograms)
		return ret;
	return copy_strided(u64_to_user_ptr(exits->histograms) + at * exits->histograms_stride,
			    stage->histograms, filled, sizeof(*stage->histograms),
			    exits->histograms_stride);
}

/* Read as many records as the stage and the caller have room for. */
static int exits_batch(struct taskmeter_exits *exits, struct exit_reader *reader,
		       const struct exit_room *stage, bool *ret_more)
{
	unsigned int filled, room = min_t(u32, exits->room - exits->count, STAGED_EXITS);
	int ret;

	filled = exit_reader_fill(reader, stage, room);
	ret = exit_stage_copy(stage, exits, filled);
	if (ret)
		return ret;
	exits->count += filled;
	*ret_more = filled == room && exits->count < exits->room;
	return 0;
}

static int exits_fill(struct taskmeter_exits *exits, struct exit_reader *reader,
		      const struct exit_room *stage)
{
	bool more;
	int ret;

	exits->count = 0;
	do {
		ret = exits_batch(exits, reader, stage, &more);
		if (ret)
			return ret;
		cond_resched();
	} while (more && !signal_pending(current));
	exits->cursor = reader->cursor;
	exits->lost = reader->lost;
	exits->last = exitlog_last();
	return 0;
}

static int ioctl_exits(struct opened *opened, void *arg)
{
	struct taskmeter_exits *exits = arg;
	struct exit_reader *reader;
	struct exit_room stage;
	int ret;

	ret = exits_check(exits);
	if (ret)
		return ret;
	reader = exit_reader_new(&opened->observer, exits->cursor);
	if (IS_ERR(reader))
		return PTR_ERR(reader);
	ret = exit_stage_alloc(&stage, exits);
	if (!ret) {
		ret = exits_fill(exits, reader, &stage);
		exit_stage_free(&stage);
	}
	if (!ret)
		WRITE_ONCE(opened->seen, exits->cursor);
	exit_reader_free(reader);
	return ret;
}

static int totals_check(const struct taskmeter_totals *totals)
{
	if (totals->kind >= TOTAL_KINDS || totals->reserved ||
	    totals->cursor > TASKMETER_TOTALS_MAX + 1 ||
	    !stride_valid(totals->stride, TASKMETER_TOTAL_SIZE_VER1))
		return -EINVAL;
	if (totals->totals != (unsigned long)totals->totals)
		return -EFAULT;
	return totals->room ? 0 : -ENOSPC;
}

static int ioctl_totals(struct opened *opened, void *arg)
{
	struct taskmeter_totals *totals = arg;
	struct taskmeter_total total;
	struct kernfs_node *kn;
	int ret;

	ret = totals_check(totals);
	if (ret)
		return ret;
	if (!totals_visible(&opened->observer))
		return -EPERM;
	totals->count = 0;
	do {
		if (!totals_next(totals->kind, &totals->cursor, &total, &kn))
			break;
		kernfs_put(kn);
		ret = copy_strided(u64_to_user_ptr(totals->totals) +
				   (size_t)totals->count * totals->stride,
				   &total, 1, sizeof(total), totals->stride);
		if (ret)
			return ret;
		cond_resched();
	} while (++totals->count < totals->room);
	return 0;
}

static int ioctl_cgroup_path(struct opened *opened, void *arg)
{
	struct taskmeter_cgroup_path *request = arg;
	char *path;
	int ret;

	if (request->reserved)
		return -EINVAL;
	if (request->path != (unsigned long)request->path)
		return -EFAULT;
	path = kmalloc(PATH_MAX, GFP_KERNEL);
	if (!path)
		return -ENOMEM;
	ret = path_of_cgroup(&opened->observer, request->cgroup_id, path, PATH_MAX);
	if (ret >= 0) {
		request->length = ret;
		if (ret >= request->path_size)
			ret = -ENOSPC;
		else
			ret = copy_to_user(u64_to_user_ptr(request->path), path, ret + 1) ?
				      -EFAULT : 0;
	}
	kfree(path);
	return ret;
}

struct ioctl_op {
	unsigned int cmd;
	size_t size;		/* of the structure as this module knows it */
	size_t min_size;	/* of its first version */
	int (*execute)(struct opened *opened, void *arg);
};

static const struct ioctl_op ioctl_ops[] = {
	{ TASKMETER_IOCTL_INFO, sizeof(struct taskmeter_info),
	  TASKMETER_INFO_SIZE_VER1, ioctl_info },
	{ TASKMETER_IOCTL_SNAPSHOT, sizeof(struct taskmeter_snapshot),
	  TASKMETER_SNAPSHOT_SIZE_VER1, ioctl_snapshot },
	{ TASKMETER_IOCTL_EXITS, sizeof(struct taskmeter_exits),
	  TASKMETER_EXITS_SIZE_VER1, ioctl_exits },
	{ TASKMETER_IOCTL_TOTALS, sizeof(struct taskmeter_totals),
	  TASKMETER_TOTALS_SIZE_VER1, ioctl_totals },
	{ TASKMETER_IOCTL_CGROUP_PATH, sizeof(struct taskmeter_cgroup_path),
	  TASKMETER_CGROUP_PATH_SIZE_VER1, ioctl_cgroup_path },
};

union ioctl_arg {
	u32 size;
	struct taskmeter_info info;
	struct taskmeter_snapshot snapshot;
	struct taskmeter_exits exits;
	struct taskmeter_totals totals;
	struct taskmeter_cgroup_path cgroup_path;
};

static int ioctl_run(struct opened *opened, const struct ioctl_op *op,
		     void __user *uarg)
{
	union ioctl_arg arg;
	u32 size;
	int ret;

	if (get_user(size, (u32 __user *)uarg))
		return -EFAULT;
	if (size < op->min_size)
		return -EINVAL;
	if (size > PAGE_SIZE)
		return -E2BIG;
	ret = copy_struct_from_user(&arg, op->size, uarg, size);
	if (ret)
		return ret;
	ret = op->execute(opened, &arg);
	if (ret)
		return ret;
	/* The caller's size stays his; what he knows of the rest is told. */
	arg.size = size;
	return copy_to_user(uarg, &arg, min_t(size_t, size, op->size)) ? -EFAULT : 0;
}

static long chardev_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ioctl_ops); i++)
		if (ioctl_ops[i].cmd == cmd)
			return ioctl_run(file->private_data, &ioctl_ops[i],
					 (void __user *)arg);
	return -ENOTTY;
}

static __poll_t chardev_poll(struct file *file, poll_table *wait)
{
	const struct opened *opened = file->private_data;

	poll_wait(file, &exitlog_wait, wait);
	/* Pairs with that in exitlog_wake(): older kernels have none in poll_wait(). */
	smp_mb();
	return exitlog_last() >= READ_ONCE(opened->seen) ? EPOLLIN | EPOLLRDNORM : 0;
}

/* The start of the module has succeeded: what opens may stay open. */
static bool started;

static int chardev_open(struct inode *inode, struct file *file)
{
	struct opened *opened;

	/* Pairs with that in chardev_start(). */
	if (!smp_load_acquire(&started))
		return -ENODEV;
	opened = kmalloc(sizeof(*opened), GFP_KERNEL);
	if (!opened)
		return -ENOMEM;
	observer_init(&opened->observer, NULL);
	opened->seen = exitlog_last() + 1;
	file->private_data = opened;
	return stream_open(inode, file);
}

static int chardev_release(struct inode *inode, struct file *file)
{
	struct opened *opened = file->private_data;

	observer_release(&opened->observer);
	kfree(opened);
	return 0;
}

static const struct file_operations chardev_fops = {
	.owner = THIS_MODULE,
	.open = chardev_open,
	.release = chardev_release,
	.poll = chardev_poll,
	.unlocked_ioctl = chardev_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

static struct miscdevice chardev = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "taskmeter",
	.fops = &chardev_fops,
};

/**
 * chardev_init() - make the device
 *
 * udev gives it to the group; everybody may open it if everybody may see
 * something. Nobody can before chardev_start().
 *
 * Return: 0 or a negative errno.
 */
int chardev_init(void)
{
	BUILD_BUG_ON(sizeof(struct taskmeter_record) != TASKMETER_RECORD_SIZE_VER3);
	BUILD_BUG_ON(offsetof(struct taskmeter_record, mem_stall_ns) !=
		     TASKMETER_RECORD_SIZE_VER2);
	BUILD_BUG_ON(sizeof(struct taskmeter_histograms) != TASKMETER_HISTOGRAMS_SIZE_VER2);
	BUILD_BUG_ON(sizeof(struct taskmeter_exit) != TASKMETER_EXIT_SIZE_VER1);
	BUILD_BUG_ON(sizeof(struct taskmeter_exits) != TASKMETER_EXITS_SIZE_VER1);
	BUILD_BUG_ON(sizeof(struct taskmeter_total) != TASKMETER_TOTAL_SIZE_VER1);
	BUILD_BUG_ON(sizeof(struct taskmeter_totals) != TASKMETER_TOTALS_SIZE_VER1);
	BUILD_BUG_ON(sizeof(struct taskmeter_cgroup_path) != TASKMETER_CGROUP_PATH_SIZE_VER1);
	BUILD_BUG_ON(sizeof(struct taskmeter_info) != TASKMETER_INFO_SIZE_VER3);
	BUILD_BUG_ON(sizeof(struct taskmeter_snapshot) < TASKMETER_SNAPSHOT_SIZE_VER1);

	chardev.mode = unprivileged ? 0666 : 0660;
	return misc_register(&chardev);
}

/*
 * A file that is open holds the module, but not one whose start fails after all: its code
 * would go all the same.
 */
void chardev_start(void)
{
	smp_store_release(&started, true);
}

void chardev_exit(void)
{
	misc_deregister(&chardev);
}
