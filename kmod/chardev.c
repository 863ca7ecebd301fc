// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/taskmeter: a table of ioctls.
 *
 * An open file holds the observer and nothing else, so any number of threads may
 * use one file at once without a lock.
 */
#include <linux/compat.h>
#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/taskmeter.h>
#include <linux/threads.h>
#include <linux/timekeeping.h>
#include <linux/uaccess.h>
#include <linux/user_namespace.h>

#include "access.h"
#include "meter.h"
#include "module.h"
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

static int ioctl_info(const struct observer *observer, void *arg)
{
	module_info(arg, observer);
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
static u32 record_size(const struct taskmeter_snapshot *snapshot)
{
	return snapshot->flags & TASKMETER_SNAPSHOT_STALLS ?
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
		.record_size = record_size(snapshot),
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
	stage->record_size = record_size(snapshot);
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

static int ioctl_snapshot(const struct observer *observer, void *arg)
{
	struct taskmeter_snapshot *snapshot = arg;
	struct stage stage;
	struct walk walk;
	u64 room;
	int ret;

	ret = snapshot_check(snapshot);
	if (ret)
		return ret;
	ret = walk_init(&walk, observer, snapshot);
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

struct ioctl_op {
	unsigned int cmd;
	size_t size;		/* of the structure as this module knows it */
	size_t min_size;	/* of its first version */
	int (*execute)(const struct observer *observer, void *arg);
};

static const struct ioctl_op ioctl_ops[] = {
	{ TASKMETER_IOCTL_INFO, sizeof(struct taskmeter_info),
	  TASKMETER_INFO_SIZE_VER1, ioctl_info },
	{ TASKMETER_IOCTL_SNAPSHOT, sizeof(struct taskmeter_snapshot),
	  TASKMETER_SNAPSHOT_SIZE_VER1, ioctl_snapshot },
};

union ioctl_arg {
	u32 size;
	struct taskmeter_info info;
	struct taskmeter_snapshot snapshot;
};

static int ioctl_run(const struct observer *observer, const struct ioctl_op *op,
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
	ret = op->execute(observer, &arg);
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

static int chardev_open(struct inode *inode, struct file *file)
{
	struct observer *observer = kmalloc(sizeof(*observer), GFP_KERNEL);

	if (!observer)
		return -ENOMEM;
	observer_init(observer, NULL);
	file->private_data = observer;
	return stream_open(inode, file);
}

static int chardev_release(struct inode *inode, struct file *file)
{
	observer_release(file->private_data);
	kfree(file->private_data);
	return 0;
}

static const struct file_operations chardev_fops = {
	.owner = THIS_MODULE,
	.open = chardev_open,
	.release = chardev_release,
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
 * something.
 *
 * Return: 0 or a negative errno.
 */
int chardev_init(void)
{
	BUILD_BUG_ON(sizeof(struct taskmeter_record) != TASKMETER_RECORD_SIZE_VER3);
	BUILD_BUG_ON(offsetof(struct taskmeter_record, mem_stall_ns) !=
		     TASKMETER_RECORD_SIZE_VER2);
	BUILD_BUG_ON(sizeof(struct taskmeter_histograms) != TASKMETER_HISTOGRAMS_SIZE_VER2);
	BUILD_BUG_ON(sizeof(struct taskmeter_info) < TASKMETER_INFO_SIZE_VER1);
	BUILD_BUG_ON(sizeof(struct taskmeter_snapshot) < TASKMETER_SNAPSHOT_SIZE_VER1);

	chardev.mode = unprivileged ? 0666 : 0660;
	return misc_register(&chardev);
}

void chardev_exit(void)
{
	misc_deregister(&chardev);
}
