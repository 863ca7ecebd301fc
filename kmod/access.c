// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who may see what. The rules stand in the ABI header.
 *
 * All checks run in process context under RCU, on the observer's credentials,
 * not on those of whoever happens to read: a file descriptor that was passed on
 * keeps its opener's view, a dump that of its request.
 */
#include "access.h"

#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/kernfs.h>
#include <linux/pid_namespace.h>
#include <linux/user_namespace.h>

#include "compat/compat.h"
#include "hidden.h"

/**
 * observer_init() - take the credentials and the namespaces of current
 * @observer: to be released with observer_release()
 * @socket_file: file of the netlink socket that the request came over, or NULL
 *
 * A program with rights may be talked into writing to a socket that somebody
 * else opened and reads from; so both have to be allowed.
 */
void observer_init(struct observer *observer, const struct file *socket_file)
{
	observer->cred = get_current_cred();
	observer->opener = NULL;
	if (socket_file && socket_file->f_cred != observer->cred)
		observer->opener = get_cred(socket_file->f_cred);
	observer->pid_ns = get_pid_ns(task_active_pid_ns(current));
	observer->cgroup_root = compat_cgroup_root();
	if (observer->cgroup_root)
		kernfs_get(observer->cgroup_root);
}

/* With references of its own. */
void observer_copy(struct observer *to, const struct observer *from)
{
	to->cred = get_cred(from->cred);
	to->opener = get_cred(from->opener);
	to->pid_ns = get_pid_ns(from->pid_ns);
	to->cgroup_root = from->cgroup_root;
	if (to->cgroup_root)
		kernfs_get(to->cgroup_root);
}

void observer_release(struct observer *observer)
{
	kernfs_put(observer->cgroup_root);
	put_pid_ns(observer->pid_ns);
	put_cred(observer->opener);
	put_cred(observer->cred);
}

static bool cred_capable(const struct cred *cred, struct user_namespace *user_ns)
{
	const struct cred *saved = override_creds(cred);
	bool capable;

	capable = ns_capable_noaudit(user_ns, CAP_PERFMON) ||
		  ns_capable_noaudit(user_ns, CAP_SYS_PTRACE);
	revert_creds(saved);
	return capable;
}

/* Whether rule (a) holds for a user namespace. */
bool observer_capable(const struct observer *observer, struct user_namespace *user_ns)
{
	return cred_capable(observer->cred, user_ns) &&
	       (!observer->opener || cred_capable(observer->opener, user_ns));
}

/* Whether it holds for the observer's own. */
bool observer_privileged(const struct observer *observer)
{
	return observer_capable(observer, observer->cred->user_ns);
}

/*
 * Rule (a) for all that is in a user namespace. Power over the initial one is
 * power over each; over another one it may come from owning it.
 */
static bool access_capable(struct access *access, const struct cred *target)
{
	access->user_ns = target->user_ns;
	access->capable = observer_capable(access->observer, &init_user_ns);
	return access->capable;
}

/*
 * Rule (a) for one task, with power over its user namespace but not over the
 * initial one. As ptrace does: a task that is not dumpable may be in a namespace
 * whose owner must not look into it.
 */
static bool access_inside(const struct observer *observer,
			  const struct cred *target, struct task_struct *task)
{
	struct user_namespace *undumpable_ns;
	bool inside;

	if (!observer_capable(observer, target->user_ns))
		return false;
	task_lock(task);
	undumpable_ns = compat_undumpable_ns(task);
	inside = !undumpable_ns || observer_capable(observer, undumpable_ns);
	task_unlock(task);
	return inside;
}

static bool cred_owns(const struct cred *cred, const struct cred *target)
{
	return uid_eq(cred->euid, target->uid) &&
	       uid_eq(cred->euid, target->euid) &&
	       uid_eq(cred->euid, target->suid) &&
	       gid_eq(cred->egid, target->gid) &&
	       gid_eq(cred->egid, target->egid) &&
	       gid_eq(cred->egid, target->sgid) &&
	       cred->user_ns == target->user_ns &&
	       cap_issubset(target->cap_permitted, cred->cap_permitted);
}

/* Rule (b). */
static bool access_owner(const struct observer *observer,
			 const struct cred *target, struct task_struct *task)
{
	if (!unprivileged || (task->flags & PF_KTHREAD))
		return false;
	return cred_owns(observer->cred, target) &&
	       (!observer->opener || cred_owns(observer->opener, target)) &&
	       compat_task_dumpable(task) && !hidden_task(task);
}

/* The rest of access_task(). */
enum access_rule access_task_anew(struct access *access, const struct cred *target,
				  struct task_struct *task)
{
	if (access->user_ns != target->user_ns && access_capable(access, target))
		return ACCESS_CAPABLE;
	if (target->user_ns != &init_user_ns &&
	    access_inside(access->observer, target, task))
		return ACCESS_CAPABLE;
	if (access_owner(access->observer, target, task))
		return ACCESS_OWNER;
	return ACCESS_NONE;
}
