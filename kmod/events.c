// SPDX-License-Identifier: GPL-2.0-only
/*
 * Events. Probes put them into a queue, in any context; a worker sends them a little
 * later, many at once. The queue is there only while there are subscribers, and a full
 * one loses what comes. Of an exit there is no more in it than that there was one: the
 * worker sends what is in the exit log and was not sent before, in its order; so no
 * exit is lost in the queue.
 *
 * Each subscriber has the observer that it was when it subscribed. A socket that is
 * closed takes its subscription along, by netlink's notifier.
 */
#include "events.h"

#include <linux/cred.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/netlink.h>
#include <linux/pid_namespace.h>
#include <linux/sched/signal.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <linux/taskmeter.h>
#include <linux/timekeeping.h>
#include <linux/user_namespace.h>
#include <linux/vmalloc.h>
#include <linux/workqueue.h>
#include <net/genetlink.h>

#include "access.h"
#include "attrs-exit.h"
#include "exitlog.h"
#include "guard.h"
#include "image.h"
#include "netlink.h"
#include "record.h"
#include "task.h"

DEFINE_STATIC_KEY_FALSE(events_key);

#define QUEUE_EVENTS	4096
#define DELAY_MS	10

/* What a datagram holds at the most. */
#define DATAGRAM_SIZE		(8 << 10)
#define DATAGRAM_SIZE_LARGE	(16 << 10)

#define EVENT_MESSAGE_SIZE							\
	NLMSG_ALIGN(NLMSG_HDRLEN + GENL_HDRLEN + EXIT_ATTRS_SIZE +		\
		    TASKMETER_A_EVENT_MAX * ATTR_U64)

/**
 * struct event - something happened to a process
 * @type: one bit of &enum taskmeter_event
 * @flags: &enum taskmeter_exit_flags
 * @time_ns: when, boottime
 * @pid: process, in the initial namespace
 * @ppid: who forked it, or 0
 * @uid: its real user id
 * @start_time_ns: boottime
 * @cgroup_id: its cgroup
 * @comm: its name
 * @image: what it executes, or NULL; with a reference
 * @guard: who may see it, or NULL
 * @oom_score_adj: of a kill
 * @kill: likewise
 */
struct event {
	u32 type;
	u32 flags;
	u64 time_ns;
	u32 pid;
	u32 ppid;
	kuid_t uid;
	s32 oom_score_adj;
	u64 start_time_ns;
	u64 cgroup_id;
	char comm[TASK_COMM_LEN];
	struct image *image;
	struct guard *guard;
	struct oom_kill kill;
};

/**
 * struct subscriber - who gets events
 * @entry: in the list
 * @what: what it asked for
 * @observer: who it is
 * @user: who answers for it
 * @reader: of the exit log; its cursor is behind what was sent
 * @writer: of exits
 * @lost: events but exits that it was not told; exits are in the log
 * @told_lost: how many of them the datagram tells of
 * @overruns: events that had no room in the queue, as of the last one that it was told
 * @count: messages in @datagram
 * @others: how many of them are not of exits
 * @length: of what is in there
 * @datagram: to be sent next
 */
struct subscriber {
	struct list_head entry;
	struct subscription what;
	struct observer observer;
	kuid_t user;
	struct exit_reader *reader;
	struct exit_writer writer;
	u64 lost;
	u64 told_lost;
	u64 overruns;
	unsigned int count;
	unsigned int others;
	unsigned int length;
	u8 datagram[DATAGRAM_SIZE_LARGE] __aligned(NLMSG_ALIGNTO);
};

/* Guards subscribers and what the worker needs; events are sent with it held. */
static DEFINE_MUTEX(subscribers_lock);
static LIST_HEAD(subscribers);
static unsigned int subscriber_count;
static u8 message_buffer[EVENT_MESSAGE_SIZE] __aligned(NLMSG_ALIGNTO);

/* Innermost but for the allocator's; guards the queue. */
static DEFINE_RAW_SPINLOCK(queue_lock);
static struct event *queue;
static unsigned int queue_first;
static unsigned int queue_count;
static u64 queue_overruns;

static struct workqueue_struct *workqueue;
static void deliver_work(struct work_struct *work);
static DECLARE_DELAYED_WORK(deliver, deliver_work);

static void deliver_soon(void)
{
	queue_delayed_work(workqueue, &deliver, msecs_to_jiffies(DELAY_MS));
}

static void event_drop(struct event *event)
{
	guard_drop(event->guard);
	image_put(event->image);
}

/* @event: what it refers to is taken over */
static void enqueue(struct event *event)
{
	unsigned long flags;
	bool room;

	raw_spin_lock_irqsave(&queue_lock, flags);
	room = queue && queue_count < QUEUE_EVENTS;
	if (room)
		queue[(queue_first + queue_count++) % QUEUE_EVENTS] = *event;
	else if (queue)
		queue_overruns++;
	raw_spin_unlock_irqrestore(&queue_lock, flags);
	if (!room)
		event_drop(event);
	deliver_soon();
}

static bool dequeue(struct event *event)
{
	bool found;

	raw_spin_lock_irq(&queue_lock);
	found = queue_count;
	if (found) {
		*event = queue[queue_first];
		queue_first = (queue_first + 1) % QUEUE_EVENTS;
		queue_count--;
	}
	raw_spin_unlock_irq(&queue_lock);
	return found;
}

/* @task: a thread of the process, which is not off the pid table. Under RCU. */
static void event_init(struct event *event, u32 type, struct task_struct *task)
{
	const struct cred *cred = __task_cred(task);
	struct task_struct *leader = task->group_leader;

	*event = (struct event) {
		.type = type,
		.time_ns = ktime_get_boottime_ns(),
		.pid = task->tgid,
		.uid = cred->uid,
		.start_time_ns = leader->start_boottime,
		.cgroup_id = record_cgroup_id(leader),
	};
	memcpy(event->comm, leader->comm, sizeof(event->comm));
	event->comm[sizeof(event->comm) - 1] = '\0';
}

/* @parent: may be NULL. Under RCU. */
static void event_guard(struct event *event, struct task_struct *task, struct pid *parent)
{
	struct pid *pid = task_tgid(task);

	if (pid)
		event->guard = guard_make(pid, parent, __task_cred(task)->user_ns, event->image);
}

/**
 * event_forked() - a process was forked
 * @child: by current; it has not run yet
 *
 * Context: any but NMI, without a raw lock; so the next ones.
 */
void event_forked(struct task_struct *child)
{
	struct event event;

	rcu_read_lock();
	event_init(&event, TASKMETER_EVENT_FORK, child);
	event.ppid = current->tgid;
	event.image = process_image(child->signal);
	event_guard(&event, child, task_tgid(current));
	rcu_read_unlock();
	enqueue(&event);
}

static void event_set_image(struct event *event, struct image *image)
{
	event->image = image;
	if (!image)
		return;
	event->flags |= TASKMETER_EXIT_COMMAND_LINE;
	if (image->cut)
		event->flags |= TASKMETER_EXIT_COMMAND_LINE_CUT;
}

/**
 * event_executed() - current has executed a program
 * @image: what that is, or NULL
 */
void event_executed(struct image *image)
{
	struct event event;

	rcu_read_lock();
	event_init(&event, TASKMETER_EVENT_EXEC, current);
	event_set_image(&event, image_get(image));
	event_guard(&event, current, NULL);
	rcu_read_unlock();
	enqueue(&event);
}

/* There is a new record in the exit log. */
void event_exited(void)
{
	deliver_soon();
}

/**
 * event_oom() - a process is killed for want of memory
 * @victim: a thread of it
 * @flags: how, &enum taskmeter_exit_flags
 * @kill: what it holds
 *
 * Context: under RCU; waits for no memory.
 */
void event_oom(struct task_struct *victim, u32 flags, const struct oom_kill *kill)
{
	struct event event;

	event_init(&event, TASKMETER_EVENT_OOM, victim);
	event.flags = flags;
	event.kill = *kill;
	event.time_ns = kill->time_ns;
	event.oom_score_adj = victim->signal->oom_score_adj;
	event_set_image(&event, process_image(victim->signal));
	event_guard(&event, victim, NULL);
	enqueue(&event);
}

/* Send what a subscriber's datagram holds. Return: false if its socket is gone. */
static bool flush(struct subscriber *subscriber)
{
	struct sk_buff *skb;
	int ret = -ENOMEM;

	if (!subscriber->count)
		return true;
	skb = alloc_skb(subscriber->length, GFP_KERNEL);
	if (skb) {
		skb_put_data(skb, subscriber->datagram, subscriber->length);
		ret = genlmsg_unicast(subscriber->what.net, skb, subscriber->what.portid);
	}
	if (ret)
		subscriber->lost += subscriber->others;
	else
		subscriber->lost -= subscriber->told_lost;
	subscriber->told_lost = 0;
	subscriber->count = 0;
	subscriber->others = 0;
	subscriber->length = 0;
	return ret != -ECONNREFUSED;
}

/* Take a message that was composed into the datagram. */
static bool add_message(struct subscriber *subscriber, struct message_header *message,
			const void *end, bool other)
{
	const unsigned int length = end - (void *)message;
	const unsigned int room = subscriber->what.flags & TASKMETER_SNAPSHOT_HISTOGRAMS ?
					  DATAGRAM_SIZE_LARGE : DATAGRAM_SIZE;
	bool alive = true;

	message->netlink.nlmsg_len = length;
	if (subscriber->count && subscriber->length + length > room)
		alive = flush(subscriber);
	memcpy(subscriber->datagram + subscriber->length, message, length);
	subscriber->length += NLMSG_ALIGN(length);
	subscriber->count++;
	subscriber->others += other;
	return alive;
}

/* Only the first event of a datagram tells what was lost: the others come with it. */
static void *put_lost(void *at, struct subscriber *subscriber)
{
	const u64 overruns = READ_ONCE(queue_overruns);

	subscriber->lost += overruns - subscriber->overruns;
	subscriber->overruns = overruns;
	if (subscriber->count)
		return at;
	subscriber->told_lost = subscriber->lost;
	if (!subscriber->lost)
		return at;
	return put_u64(at, TASKMETER_A_EVENT_LOST, subscriber->lost);
}

static struct message_header *begin_message(u8 cmd)
{
	struct message_header *message = (void *)message_buffer;

	BUILD_BUG_ON(EVENT_MESSAGE_SIZE > DATAGRAM_SIZE_LARGE);
	BUILD_BUG_ON(EVENT_MESSAGE_SIZE - HISTOGRAMS_SIZE > DATAGRAM_SIZE);
	message_header_init(message, cmd, 0, 0, 0);
	return message;
}

static u8 command_of(u32 type)
{
	switch (type) {
	case TASKMETER_EVENT_FORK:
		return TASKMETER_CMD_EVENT_FORK;
	case TASKMETER_EVENT_EXEC:
		return TASKMETER_CMD_EVENT_EXEC;
	default:
		return TASKMETER_CMD_EVENT_OOM;
	}
}

static void *put_oom(void *at, const struct event *event)
{
	at = put_u32(at, TASKMETER_A_EVENT_OOM_SCORE_ADJ, event->oom_score_adj);
	at = put_u64(at, TASKMETER_A_EVENT_OOM_RSS_ANON_BYTES, event->kill.anon_bytes);
	at = put_u64(at, TASKMETER_A_EVENT_OOM_RSS_FILE_BYTES, event->kill.file_bytes);
	at = put_u64(at, TASKMETER_A_EVENT_OOM_RSS_SHMEM_BYTES, event->kill.shmem_bytes);
	return put_u64(at, TASKMETER_A_EVENT_OOM_SWAP_BYTES, event->kill.swap_bytes);
}

static void *put_event(void *at, const struct event *event, u32 pid, u32 ppid, u32 uid)
{
	at = put_u64(at, TASKMETER_A_EVENT_TIME_NS, event->time_ns);
	at = put_u32(at, TASKMETER_A_EVENT_PID, pid);
	if (event->type == TASKMETER_EVENT_FORK)
		at = put_u32(at, TASKMETER_A_EVENT_PPID, ppid);
	at = put_u32(at, TASKMETER_A_EVENT_UID, uid);
	at = put_u64(at, TASKMETER_A_EVENT_START_TIME_NS, event->start_time_ns);
	at = put_u64(at, TASKMETER_A_EVENT_CGROUP_ID, event->cgroup_id);
	at = put_string(at, TASKMETER_A_EVENT_COMM, event->comm);
	if (event->flags & TASKMETER_EXIT_COMMAND_LINE)
		at = put_command_line(at, TASKMETER_A_EVENT_COMMAND_LINE,
				      event->image->command_line, event->image->length);
	if (event->type != TASKMETER_EVENT_FORK)
		at = put_u32(at, TASKMETER_A_EVENT_FLAGS, event->flags);
	if (event->type == TASKMETER_EVENT_OOM)
		at = put_oom(at, event);
	return at;
}

/* Return: false if the subscriber's socket is gone. */
static bool tell(struct subscriber *subscriber, const struct event *event)
{
	static const struct guard initial;
	const struct guard *guard = event->guard ?: &initial;
	const struct guard_view *view = &subscriber->reader->view;
	struct message_header *message;
	void *at;
	u32 pid;

	if (!(subscriber->what.events & event->type) || !guard_passes(view, guard))
		return true;
	pid = guard_pid(view, guard, event->pid);
	if (!pid)
		return true;
	message = begin_message(command_of(event->type));
	at = put_lost(message + 1, subscriber);
	at = put_event(at, event, pid, guard_parent(view, guard, event->ppid),
		       from_kuid_munged(subscriber->observer.cred->user_ns, event->uid));
	return add_message(subscriber, message, at, true);
}

/* Return: false likewise. */
static bool tell_exit(struct subscriber *subscriber)
{
	struct message_header *message = begin_message(TASKMETER_CMD_EVENT_EXIT);
	struct nlattr *nest;
	void *at;

	at = put_lost(message + 1, subscriber);
	nest = at;
	at = put_exit(put_header(at, TASKMETER_A_EVENT_EXIT | NLA_F_NESTED, 0),
		      &subscriber->writer);
	nest->nla_len = at - (void *)nest;
	return add_message(subscriber, message, at, false);
}

/* All that is in the log by now. Return: false likewise. */
static bool tell_exits(struct subscriber *subscriber)
{
	struct exit_writer *writer = &subscriber->writer;

	if (!(subscriber->what.events & TASKMETER_EVENT_EXIT))
		return true;
	subscriber->reader->end = exitlog_last();
	while (exit_reader_next(subscriber->reader, &writer->ending, &writer->histograms)) {
		if (!tell_exit(subscriber))
			return false;
		cond_resched();
	}
	return true;
}

static void subscriber_free(struct subscriber *subscriber)
{
	exit_reader_free(subscriber->reader);
	observer_release(&subscriber->observer);
	kvfree(subscriber);
}

/* With @subscribers_lock. */
static void subscriber_remove(struct subscriber *subscriber)
{
	list_del(&subscriber->entry);
	subscriber_count--;
	static_branch_dec(&events_key);
	subscriber_free(subscriber);
}

/* To all, in turn. A socket that is gone is seen when its datagram is sent. */
static void tell_all(const struct event *event)
{
	struct subscriber *subscriber, *next;

	list_for_each_entry_safe(subscriber, next, &subscribers, entry)
		if (!tell(subscriber, event))
			subscriber_remove(subscriber);
}

static void finish_all(void)
{
	struct subscriber *subscriber, *next;

	list_for_each_entry_safe(subscriber, next, &subscribers, entry)
		if (!tell_exits(subscriber) || !flush(subscriber))
			subscriber_remove(subscriber);
}

/*
 * What there is by now, and no more: who closes a socket waits for the lock. What comes
 * meanwhile has queued the work again.
 */
static void deliver_work(struct work_struct *work)
{
	struct event event;
	unsigned int left;

	mutex_lock(&subscribers_lock);
	for (left = READ_ONCE(queue_count); left && dequeue(&event); left--) {
		tell_all(&event);
		event_drop(&event);
		cond_resched();
	}
	finish_all();
	mutex_unlock(&subscribers_lock);
}

static struct subscriber *find_subscriber(const struct net *net, u32 portid)
{
	struct subscriber *subscriber;

	list_for_each_entry(subscriber, &subscribers, entry)
		if (subscriber->what.net == net && subscriber->what.portid == portid)
			return subscriber;
	return NULL;
}

/* Who has subscribed; of another user namespace, the owner of the outermost one. */
static kuid_t user_of(const struct cred *cred)
{
	const struct user_namespace *user_ns = cred->user_ns;

	if (user_ns == &init_user_ns)
		return cred->euid;
	while (user_ns->parent != &init_user_ns)
		user_ns = user_ns->parent;
	return user_ns->owner;
}

static bool too_many(kuid_t user)
{
	const struct subscriber *subscriber;
	unsigned int own = 0;

	list_for_each_entry(subscriber, &subscribers, entry)
		own += uid_eq(subscriber->user, user);
	return subscriber_count >= TASKMETER_SUBSCRIBERS_MAX || own >= TASKMETER_SUBSCRIBERS_USER;
}

/* The queue stays once there is one. */
static int queue_make(void)
{
	struct event *events;

	if (queue)
		return 0;
	events = vmalloc(array_size(QUEUE_EVENTS, sizeof(*events)));
	if (!events)
		return -ENOMEM;
	raw_spin_lock_irq(&queue_lock);
	queue = events;
	raw_spin_unlock_irq(&queue_lock);
	return 0;
}

static struct subscriber *subscriber_new(const struct subscription *subscription,
					 const struct observer *observer)
{
	struct subscriber *subscriber = kvzalloc(sizeof(*subscriber), GFP_KERNEL);

	if (!subscriber)
		return NULL;
	observer_copy(&subscriber->observer, observer);
	subscriber->reader = exit_reader_new(&subscriber->observer, 0);
	if (IS_ERR(subscriber->reader)) {
		observer_release(&subscriber->observer);
		kvfree(subscriber);
		return NULL;
	}
	subscriber->what = *subscription;
	subscriber->user = user_of(observer->cred);
	subscriber->writer.observer = &subscriber->observer;
	subscriber->writer.flags = subscription->flags;
	return subscriber;
}

/* With @subscribers_lock. Exits from now on are told. */
static void subscriber_add(struct subscriber *subscriber)
{
	list_add_tail(&subscriber->entry, &subscribers);
	subscriber_count++;
	static_branch_inc(&events_key);
	subscriber->overruns = READ_ONCE(queue_overruns);
	subscriber->reader->cursor = exitlog_last() + 1;
	subscriber->reader->count_lost = true;
}

static int replace_subscriber(struct subscriber *old, struct subscriber *subscriber,
			      u64 *ret_next)
{
	if (!old && subscriber && too_many(subscriber->user))
		return -EUSERS;
	if (subscriber && queue_make())
		return -ENOMEM;
	if (subscriber)
		subscriber_add(subscriber);
	if (old)
		subscriber_remove(old);
	*ret_next = subscriber ? subscriber->reader->cursor : exitlog_last() + 1;
	return 0;
}

/**
 * events_subscribe() - begin, change or end a subscription
 * @subscription: what a socket asks for
 * @observer: who it is
 * @ret_next: number of the first exit record that it will be told
 *
 * Context: may sleep.
 *
 * Return: 0, -EUSERS or -ENOMEM.
 */
int events_subscribe(const struct subscription *subscription,
		     const struct observer *observer, u64 *ret_next)
{
	struct subscriber *subscriber = NULL;
	int ret;

	if (subscription->events) {
		subscriber = subscriber_new(subscription, observer);
		if (!subscriber)
			return -ENOMEM;
	}
	mutex_lock(&subscribers_lock);
	ret = replace_subscriber(find_subscriber(subscription->net, subscription->portid),
				 subscriber, ret_next);
	mutex_unlock(&subscribers_lock);
	if (ret && subscriber)
		subscriber_free(subscriber);
	return ret;
}

void events_info(struct taskmeter_info *info)
{
	info->events_lost = READ_ONCE(queue_overruns);
	info->subscribers = READ_ONCE(subscriber_count);
}

static int socket_notify(struct notifier_block *block, unsigned long event, void *data)
{
	const struct netlink_notify *notify = data;
	struct subscriber *subscriber;

	if (event != NETLINK_URELEASE || notify->protocol != NETLINK_GENERIC)
		return NOTIFY_DONE;
	mutex_lock(&subscribers_lock);
	subscriber = find_subscriber(notify->net, notify->portid);
	if (subscriber)
		subscriber_remove(subscriber);
	mutex_unlock(&subscribers_lock);
	return NOTIFY_DONE;
}

static struct notifier_block socket_notifier = {
	.notifier_call = socket_notify,
};

/* May sleep. Return: 0 or a negative errno; events_exit() is due in both cases. */
int events_init(void)
{
	workqueue = alloc_workqueue("taskmeter", WQ_UNBOUND, 1);
	if (!workqueue)
		return -ENOMEM;
	return netlink_register_notifier(&socket_notifier);
}

static void queue_free(void)
{
	struct event event;

	while (dequeue(&event))
		event_drop(&event);
	vfree(queue);
	queue = NULL;
}

/* May sleep. No probe runs and nobody subscribes any more. */
void events_exit(void)
{
	struct subscriber *subscriber, *next;

	netlink_unregister_notifier(&socket_notifier);
	cancel_delayed_work_sync(&deliver);
	if (workqueue)
		destroy_workqueue(workqueue);
	list_for_each_entry_safe(subscriber, next, &subscribers, entry)
		subscriber_remove(subscriber);
	queue_free();
}
