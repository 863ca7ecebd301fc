// SPDX-License-Identifier: GPL-2.0-only
/*
 * Records of exited processes, packed: words that are not zero, behind a bitmap that
 * says which they are. Packed records are cut into chunks of one size, so that one that
 * goes leaves room that any other one can take; a tree finds them by number.
 *
 * Each record belongs to a share, by user. When there is no room, the oldest record of
 * the share that has most goes: a user with less than the others keeps what he has,
 * however fast they write. Users are few beside the shares; should two have the same
 * one, they have one share together.
 *
 * Who writes does it with exits_lock and interrupts off, and neither allocates nor
 * waits. Readers take the lock for each record, and copy it out before they unpack it.
 * Readers and who resizes keep each other out by a semaphore.
 */
#include "exitlog.h"

#include <linux/bitops.h>
#include <linux/hash.h>
#include <linux/irq_work.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/poll.h>
#include <linux/rbtree.h>
#include <linux/rwsem.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/taskmeter.h>
#include <linux/user_namespace.h>
#include <linux/vmalloc.h>
#include <linux/workqueue.h>

#include "access.h"
#include "meter.h"
#include "totals.h"

static unsigned int exit_log_bytes = 16 << 20;
module_param(exit_log_bytes, uint, 0444);
MODULE_PARM_DESC(exit_log_bytes,
		 "room for records of exited processes at load, from 65536 to 1073741824 (default: 16777216)");

#define CHUNK_BYTES	128
#define CHUNK_WORDS	(CHUNK_BYTES / sizeof(u64) - 1)

/**
 * struct chunk - a piece of a record
 * @next: of the same record, or of those that are free
 * @words: what is in it
 */
struct chunk {
	struct chunk *next;
	u64 words[CHUNK_WORDS];
};

/**
 * struct record - a record in the log; its first chunk begins with it
 * @next: next chunk
 * @node: in the tree
 * @younger: next record of its share
 * @guard: who may see it, or NULL
 * @cgroup: total that keeps the path of its cgroup, or NULL
 * @number: of the record
 * @share: that it belongs to
 * @chunks: how many it takes
 * @words: of what is packed
 * @ending_words: of these, how many are the ending's
 */
struct record {
	struct chunk *next;
	struct rb_node node;
	struct record *younger;
	struct guard *guard;
	struct total *cgroup;
	u64 number;
	u16 share;
	u16 chunks;
	u16 words;
	u16 ending_words;
};

#define FIRST_WORDS	((CHUNK_BYTES - sizeof(struct record)) / sizeof(u64))
#define SHARE_BITS	8

/**
 * struct share - records of a user, from the oldest on
 * @oldest: first, or NULL
 * @youngest: last
 * @chunks: how many they take
 */
struct share {
	struct record *oldest;
	struct record *youngest;
	unsigned int chunks;
};

/**
 * struct log - a log; exits_lock guards it
 * @tree: records by number
 * @memory: chunks
 * @total: how many
 * @free: those that are free
 * @free_count: how many
 * @records: how many records
 * @active: shares that have any
 * @fattest: share that had most when it was looked for
 * @shares: by user
 */
struct log {
	struct rb_root tree;
	struct chunk *memory;
	unsigned int total;
	struct chunk *free;
	unsigned int free_count;
	unsigned int records;
	unsigned int active;
	unsigned int fattest;
	struct share shares[1 << SHARE_BITS];
};

static struct log *current_log;
static u64 last_number;
static u64 evicted;

/* Changes when a record goes or moves: a pointer to one from before leads nowhere. */
static u64 upheavals;

/* Held for reading by readers, for writing by who resizes the log. */
static DECLARE_RWSEM(resize_sem);

DECLARE_WAIT_QUEUE_HEAD(exitlog_wait);

static struct log *log_alloc(u64 bytes)
{
	struct log *log = kzalloc(sizeof(*log), GFP_KERNEL);
	unsigned int i;

	BUILD_BUG_ON(sizeof(struct chunk) != CHUNK_BYTES);
	BUILD_BUG_ON(sizeof(struct record) >= CHUNK_BYTES);

	if (!log)
		return NULL;
	log->total = bytes / CHUNK_BYTES;
	log->memory = vmalloc(array_size(log->total, CHUNK_BYTES));
	if (!log->memory) {
		kfree(log);
		return NULL;
	}
	for (i = 0; i < log->total; i++) {
		log->memory[i].next = log->free;
		log->free = &log->memory[i];
		if (!(i % 1024))
			cond_resched();
	}
	log->free_count = log->total;
	return log;
}

static void log_free(struct log *log)
{
	if (!log)
		return;
	vfree(log->memory);
	kfree(log);
}

static unsigned int chunks_for(unsigned int words)
{
	return 1 + (words > FIRST_WORDS ? DIV_ROUND_UP(words - FIRST_WORDS, CHUNK_WORDS) : 0);
}

static struct record *next_record(const struct record *record)
{
	return rb_entry_safe(rb_next(&record->node), struct record, node);
}

/* The first record with this number or a larger one, or NULL. */
static struct record *find_record(const struct log *log, u64 number)
{
	struct rb_node *node = log->tree.rb_node;
	struct record *found = NULL;

	while (node) {
		struct record *record = rb_entry(node, struct record, node);

		if (record->number < number) {
			node = node->rb_right;
		} else {
			found = record;
			node = node->rb_left;
		}
	}
	return found;
}

/* It has the largest or, with @oldest, the smallest number of all. */
static void tree_insert(struct log *log, struct record *record, bool oldest)
{
	struct rb_node **link = &log->tree.rb_node, *parent = NULL;

	while (*link) {
		parent = *link;
		link = oldest ? &parent->rb_left : &parent->rb_right;
	}
	rb_link_node(&record->node, parent, link);
	rb_insert_color(&record->node, &log->tree);
}

/* A record that is in the tree no more, nor in its share. */
static void free_chunks(struct log *log, struct record *record)
{
	struct chunk *chunk = (struct chunk *)record, *next;

	log->free_count += record->chunks;
	for (; chunk; chunk = next) {
		next = chunk->next;
		chunk->next = log->free;
		log->free = chunk;
	}
}

static void evict_oldest(struct log *log, struct share *share)
{
	struct record *record = share->oldest;

	share->oldest = record->younger;
	share->chunks -= record->chunks;
	if (!share->oldest)
		log->active--;
	rb_erase(&record->node, &log->tree);
	log->records--;
	evicted++;
	upheavals++;
	guard_drop(record->guard);
	total_put(record->cgroup);
	free_chunks(log, record);
}

/*
 * The share that has most, or had it when it was looked for and still has more than is
 * even: so it is looked for now and then only.
 */
static struct share *fattest_share(struct log *log)
{
	unsigned int i, most = log->fattest, used = log->total - log->free_count;

	if (log->shares[most].chunks > used / log->active)
		return &log->shares[most];
	for (i = 0; i < ARRAY_SIZE(log->shares); i++)
		if (log->shares[i].chunks > log->shares[most].chunks)
			most = i;
	log->fattest = most;
	return &log->shares[most];
}

static void make_room(struct log *log, unsigned int chunks)
{
	while (log->free_count < chunks)
		evict_oldest(log, fattest_share(log));
}

static struct chunk *take_chunk(struct log *log)
{
	struct chunk *chunk = log->free;

	log->free = chunk->next;
	log->free_count--;
	chunk->next = NULL;
	return chunk;
}

/* A record without its contents; there is room. */
static struct record *take_record(struct log *log, unsigned int words)
{
	struct record *record = (struct record *)take_chunk(log);
	struct chunk *chunk = (struct chunk *)record;
	unsigned int i, chunks = chunks_for(words);

	for (i = 1; i < chunks; i++, chunk = chunk->next)
		chunk->next = take_chunk(log);
	record->chunks = chunks;
	record->words = words;
	return record;
}

/* All words of a record, piece by piece. */
#define FOR_EACH_PIECE(record, chunk, piece, at, part)				\
	for (at = 0, chunk = (record)->next, piece = (u64 *)((record) + 1),	\
	     part = min_t(unsigned int, (record)->words, FIRST_WORDS);		\
	     part;								\
	     at += part, piece = chunk ? chunk->words : NULL,			\
	     part = chunk ? min_t(unsigned int, (record)->words - at, CHUNK_WORDS) : 0, \
	     chunk = chunk ? chunk->next : NULL)

static void write_words(struct record *record, const u64 *words)
{
	struct chunk *chunk;
	unsigned int at, part;
	u64 *piece;

	FOR_EACH_PIECE(record, chunk, piece, at, part)
		memcpy(piece, words + at, part * sizeof(*words));
}

static void read_words(const struct record *record, u64 *words)
{
	const struct chunk *chunk;
	unsigned int at, part;
	const u64 *piece;

	FOR_EACH_PIECE(record, chunk, piece, at, part)
		memcpy(words + at, piece, part * sizeof(*words));
}

static void join_share(struct log *log, struct record *record)
{
	struct share *share = &log->shares[record->share];

	record->younger = NULL;
	if (share->oldest) {
		share->youngest->younger = record;
	} else {
		share->oldest = record;
		log->active++;
	}
	share->youngest = record;
	share->chunks += record->chunks;
	log->records++;
}

static void join_share_oldest(struct log *log, struct record *record)
{
	struct share *share = &log->shares[record->share];

	record->younger = share->oldest;
	if (!share->oldest) {
		share->youngest = record;
		log->active++;
	}
	share->oldest = record;
	share->chunks += record->chunks;
	log->records++;
}

/* Return: behind what was written to @to. */
static u64 *pack(u64 *to, u64 *bitmap, const void *from, unsigned int count)
{
	const u64 *words = from;
	unsigned int i;

	for (i = 0; i < count; i++) {
		if (!words[i])
			continue;
		bitmap[i / 64] |= 1ULL << i % 64;
		*to++ = words[i];
	}
	return to;
}

static unsigned int pack_ending(u64 *packed, const struct ending *ending)
{
	u64 *record_bitmap = packed + EXIT_BITMAP_WORDS;
	u64 *to = packed + BITMAPS_WORDS;

	BUILD_BUG_ON(sizeof(ending->exit) % sizeof(u64));
	BUILD_BUG_ON(sizeof(ending->record) % sizeof(u64));
	memset(packed, 0, BITMAPS_WORDS * sizeof(*packed));
	to = pack(to, packed, &ending->exit, EXIT_WORDS);
	to = pack(to, record_bitmap, &ending->record, RECORD_WORDS);
	return to - packed;
}

/* The first @count words of what was packed. Return: behind what was read from @from. */
static const u64 *unpack(void *to, unsigned int count, const u64 *bitmap, const u64 *from)
{
	u64 *words = to;
	u64 left;

	memset(to, 0, count * sizeof(*words));
	for (;; words += 64, count -= 64) {
		left = *bitmap++;
		if (count < 64)
			left &= (1ULL << count) - 1;
		for (; left; left &= left - 1)
			words[__ffs64(left)] = *from++;
		if (count <= 64)
			return from;
	}
}

static void append(struct log *log, struct exit_entry *entry, unsigned int ending_words,
		   unsigned int words)
{
	struct record *record;

	make_room(log, chunks_for(words));
	record = take_record(log, words);
	record->number = last_number;
	record->share = hash_32(entry->share, SHARE_BITS);
	record->guard = entry->guard;
	record->cgroup = entry->cgroup;
	record->ending_words = ending_words;
	write_words(record, entry->packed);
	tree_insert(log, record, false);
	join_share(log, record);
}

/**
 * exitlog_append() - write a record and add it to the totals
 * @entry: what to write; what it refers to is taken over
 *
 * Context: any but NMI, without a raw lock.
 *
 * Return: its number.
 */
u64 exitlog_append(struct exit_entry *entry)
{
	unsigned int ending_words, words;
	unsigned long flags;
	u64 number;

	ending_words = pack_ending(entry->packed, &entry->ending);
	words = ending_words + entry->histograms.count;
	memcpy(entry->packed + ending_words, entry->histograms.words,
	       entry->histograms.count * sizeof(u64));

	raw_spin_lock_irqsave(&exits_lock, flags);
	number = last_number + 1;
	WRITE_ONCE(last_number, number);
	total_add(entry->cgroup, TASKMETER_TOTAL_CGROUP, &entry->ending, number);
	total_add(entry->user, TASKMETER_TOTAL_UID, &entry->ending, number);
	total_put(entry->user);
	append(current_log, entry, ending_words, words);
	raw_spin_unlock_irqrestore(&exits_lock, flags);
	return number;
}

/* Number of the newest record, 0 if there is none. */
u64 exitlog_last(void)
{
	return READ_ONCE(last_number);
}

static void wake_waiting(struct irq_work *work)
{
	wake_up_interruptible_poll(&exitlog_wait, EPOLLIN | EPOLLRDNORM);
}

static struct irq_work wake_work;

/**
 * exitlog_wake() - tell those who wait that there is a new record
 *
 * Context: any; nobody is woken right here.
 */
void exitlog_wake(void)
{
	/* Has a barrier, as poll(2) does: either that sees the record, or is seen here. */
	if (wq_has_sleeper(&exitlog_wait))
		irq_work_queue(&wake_work);
}

void exitlog_info(struct taskmeter_info *info)
{
	const struct log *log;

	raw_spin_lock_irq(&exits_lock);
	log = current_log;
	info->exit_number = last_number;
	info->exit_log_bytes = (u64)log->total * CHUNK_BYTES;
	info->exit_log_used_bytes = (u64)(log->total - log->free_count) * CHUNK_BYTES;
	info->exit_log_records = log->records;
	info->exit_log_evicted = evicted;
	raw_spin_unlock_irq(&exits_lock);
}

/**
 * exit_reader_new() - begin to read
 * @observer: who reads
 * @cursor: number of the first record that is wanted; 0 for the oldest
 *
 * Context: process context.
 *
 * Return: the reader, -ENOMEM, or -EINVAL if there cannot be such a number yet.
 */
struct exit_reader *exit_reader_new(const struct observer *observer, u64 cursor)
{
	struct exit_reader *reader;

	if (cursor > exitlog_last() + 1)
		return ERR_PTR(-EINVAL);
	reader = kmalloc(sizeof(*reader), GFP_KERNEL);
	if (!reader)
		return ERR_PTR(-ENOMEM);
	guard_view_init(&reader->view, observer);
	reader->cursor = max(cursor, 1ULL);
	reader->previous = NULL;
	reader->end = U64_MAX;
	reader->lost = 0;
	reader->count_lost = cursor;
	return reader;
}

void exit_reader_free(struct exit_reader *reader)
{
	kfree(reader);
}

static void move_cursor(struct exit_reader *reader, u64 number)
{
	if (reader->count_lost)
		reader->lost += number - reader->cursor;
	reader->cursor = number;
}

/* Mostly it is behind the one that was read before, which is still there. */
static const struct record *reader_find(const struct exit_reader *reader)
{
	if (reader->previous && reader->upheavals == upheavals)
		return next_record(reader->previous);
	return find_record(current_log, reader->cursor);
}

/* Copy the next record out. Return: its number, 0 if there is none. */
static u64 reader_copy(struct exit_reader *reader)
{
	const struct record *record;
	u64 number = 0;

	raw_spin_lock_irq(&exits_lock);
	record = reader_find(reader);
	if (record && record->number <= reader->end) {
		number = record->number;
		reader->previous = record;
		reader->upheavals = upheavals;
		reader->words = record->words;
		reader->ending_words = record->ending_words;
		guard_copy(&reader->guard, record->guard);
		read_words(record, reader->packed);
	}
	/* What is between here and there is gone. */
	move_cursor(reader, number ?: min(last_number, reader->end) + 1);
	raw_spin_unlock_irq(&exits_lock);
	if (number)
		reader->cursor++;
	return number;
}

/* Ids as the observer has them. */
static void translate(const struct exit_reader *reader, struct taskmeter_record *record)
{
	struct user_namespace *user_ns = reader->view.observer->cred->user_ns;

	record->pid = guard_pid(&reader->view, &reader->guard, record->pid);
	record->tgid = record->pid;
	record->current_state_tid = record->pid;
	record->ppid = guard_parent(&reader->view, &reader->guard, record->ppid);
	if (likely(user_ns == &init_user_ns))
		return;
	record->uid = from_kuid_munged(user_ns, KUIDT_INIT(record->uid));
	record->gid = from_kgid_munged(user_ns, KGIDT_INIT(record->gid));
	record->euid = from_kuid_munged(user_ns, KUIDT_INIT(record->euid));
	record->egid = from_kgid_munged(user_ns, KGIDT_INIT(record->egid));
}

/* Stalls that are not asked for are not told, though the log has them. */
static void unpack_record(struct taskmeter_record *record, u32 size, const u64 *bitmap,
			  const u64 *from)
{
	unpack(record, size / sizeof(u64), bitmap, from);
	if (size == sizeof(*record))
		return;
	record->size = size;
	record->available &= ~METER_STALLS;
}

static bool reader_show(struct exit_reader *reader, struct taskmeter_exit *exit,
			struct taskmeter_record *record, u32 record_size, u64 number)
{
	const u64 *packed = reader->packed, *from;

	if (!guard_passes(&reader->view, &reader->guard))
		return false;
	from = unpack(exit, EXIT_WORDS, packed, packed + BITMAPS_WORDS);
	exit->number = number;
	unpack_record(record, record_size, packed + EXIT_BITMAP_WORDS, from);
	translate(reader, record);
	return record->pid;
}

static void reader_spread(const struct exit_reader *reader,
			  struct taskmeter_histograms *histograms)
{
	sparse_spread(histograms, reader->packed + reader->ending_words,
		      reader->words - reader->ending_words);
}

/**
 * exit_reader_fill() - read the next records that the observer may see
 * @reader: the reader; its cursor is moved on
 * @room: filled in
 * @count: how many there is room for
 *
 * Context: process context.
 *
 * Return: how many there were; if fewer than @count, there are no more now.
 */
unsigned int exit_reader_fill(struct exit_reader *reader, const struct exit_room *room,
			      unsigned int count)
{
	void *record = room->records;
	unsigned int filled = 0;
	bool shown;
	u64 number;

	down_read(&resize_sem);
	while (filled < count && (number = reader_copy(reader))) {
		shown = reader_show(reader, &room->exits[filled], record, room->record_size,
				    number);
		/* Most have none. */
		if (unlikely(reader->guard.pid))
			guard_release(&reader->guard);
		if (!shown) {
			cond_resched();
			continue;
		}
		if (room->histograms)
			reader_spread(reader, &room->histograms[filled]);
		record += room->record_size;
		filled++;
	}
	up_read(&resize_sem);
	return filled;
}

/* Records that are looked at in one go by the worker. */
#define FORGET_BATCH	64

/* So many namespaces may end together. */
#define FORGET_DELAY_MS	50

/* Return: number to go on with, 0 at the end. */
static u64 forget_batch(u64 number)
{
	struct record *record;
	unsigned int i;

	raw_spin_lock_irq(&exits_lock);
	record = find_record(current_log, number);
	for (i = 0; record && i < FORGET_BATCH; i++) {
		if (record->guard && guard_obsolete(record->guard)) {
			guard_drop(record->guard);
			record->guard = NULL;
		}
		record = next_record(record);
	}
	number = record ? record->number : 0;
	raw_spin_unlock_irq(&exits_lock);
	return number;
}

static void forget_work(struct work_struct *work)
{
	u64 number = 1;

	down_read(&resize_sem);
	while ((number = forget_batch(number)))
		cond_resched();
	up_read(&resize_sem);
}

static DECLARE_DELAYED_WORK(forget, forget_work);

/**
 * exitlog_namespace_over() - the first process of a pid namespace has ended
 *
 * What the log keeps of such a namespace is given up by a worker.
 *
 * Context: any but NMI, without a raw lock.
 */
void exitlog_namespace_over(void)
{
	schedule_delayed_work(&forget, msecs_to_jiffies(FORGET_DELAY_MS));
}

/* Move the newest record of one log to the other, as its oldest. Return: whether it did. */
static bool move_newest(struct log *to, struct log *from)
{
	struct record *record, *old = rb_entry_safe(rb_last(&from->tree), struct record, node);
	struct chunk *chunk, *old_chunk;

	if (!old || to->free_count < old->chunks)
		return false;
	record = take_record(to, old->words);
	record->guard = old->guard;
	record->cgroup = old->cgroup;
	record->number = old->number;
	record->share = old->share;
	record->ending_words = old->ending_words;
	memcpy(record + 1, old + 1, FIRST_WORDS * sizeof(u64));
	for (chunk = record->next, old_chunk = old->next; chunk;
	     chunk = chunk->next, old_chunk = old_chunk->next)
		memcpy(chunk->words, old_chunk->words, sizeof(chunk->words));
	rb_erase(&old->node, &from->tree);
	from->records--;
	tree_insert(to, record, true);
	join_share_oldest(to, record);
	return true;
}

/* What is left in a log that was replaced. */
static void drop_newest(struct log *log)
{
	struct record *record = rb_entry(rb_last(&log->tree), struct record, node);

	rb_erase(&record->node, &log->tree);
	log->records--;
	evicted++;
	guard_drop(record->guard);
	total_put(record->cgroup);
}

/*
 * One record at a time, so that who writes is not kept waiting. When there is no room
 * any more, the older ones go.
 */
static void move_records(struct log *to, struct log *from)
{
	bool room = true;

	while (from->records) {
		raw_spin_lock_irq(&exits_lock);
		room = room && move_newest(to, from);
		if (!room)
			drop_newest(from);
		raw_spin_unlock_irq(&exits_lock);
		cond_resched();
	}
}

/* Make room by the rule of shares before records are moved to a smaller log. */
static void shrink(struct log *log, unsigned int total)
{
	bool fits;

	do {
		raw_spin_lock_irq(&exits_lock);
		fits = log->total - log->free_count <= total;
		if (!fits)
			evict_oldest(log, fattest_share(log));
		raw_spin_unlock_irq(&exits_lock);
		cond_resched();
	} while (!fits);
}

/**
 * exitlog_resize() - change the room of the log
 * @bytes: within TASKMETER_EXIT_LOG_MIN and TASKMETER_EXIT_LOG_MAX
 *
 * Context: may sleep.
 *
 * Return: 0, or -ENOMEM: then it is as before.
 */
int exitlog_resize(u64 bytes)
{
	struct log *log = log_alloc(bytes), *old;

	if (!log)
		return -ENOMEM;
	down_write(&resize_sem);
	shrink(current_log, log->total);
	raw_spin_lock_irq(&exits_lock);
	old = current_log;
	current_log = log;
	upheavals++;
	raw_spin_unlock_irq(&exits_lock);
	move_records(log, old);
	up_write(&resize_sem);
	log_free(old);
	return 0;
}

/* May sleep. Return: 0 or a negative errno. */
int exitlog_init(void)
{
	init_irq_work(&wake_work, wake_waiting);
	exit_log_bytes = clamp_t(unsigned int, exit_log_bytes, TASKMETER_EXIT_LOG_MIN,
				 TASKMETER_EXIT_LOG_MAX);
	current_log = log_alloc(exit_log_bytes);
	return current_log ? 0 : -ENOMEM;
}

/* May sleep. Nobody writes, reads or waits any more. */
void exitlog_exit(void)
{
	struct log *log = current_log;

	irq_work_sync(&wake_work);
	cancel_delayed_work_sync(&forget);
	while (log && log->records)
		drop_newest(log);
	log_free(log);
}
