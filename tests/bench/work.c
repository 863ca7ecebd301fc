// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * See work.h.
 *
 * Switches are counted, not assumed: of two tasks that alone want to run, each
 * switch away from one is followed by one away from the other.
 */
#include "work.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Some 60 to 200 million instructions, so that a timer tick more or less is nothing. */
#define ROUND_TRIPS	5000
#define YIELDS		10000
#define FORKS		500
#define EXECS		200
#define THREADS		4000

/* Started by each exec: what a shell starts most. */
static char program[] = "/bin/true";

/**
 * struct pair - pipes to a partner, who waits at the first
 */
struct pair {
	int there[2];
	int back[2];
};

static struct pair echo_process, echo_thread, yield_process, hungry_process;

#define PAGE		4096
#define FAULTS		20000
#define READS		20000
#define READ_SIZE	4096

/* The hungry process goes through so much, and may hold so much, in bytes. */
#define HUNGRY_SIZE	(64 << 20)
#define HUNGRY_MAX	"8388608"
#define HUNGRY_CHUNK	(1 << 20)
#define HUNGRY_GROUP	"/sys/fs/cgroup/taskmeter-bench"

static void pair_open(struct pair *pair)
{
	if (pipe(pair->there) || pipe(pair->back))
		err(1, "pipe");
}

static void put_byte(int fd)
{
	if (write(fd, "", 1) != 1)
		err(1, "write to a pipe");
}

static void get_byte(int fd)
{
	char byte;

	if (read(fd, &byte, 1) != 1)
		err(1, "read from a pipe");
}

static void __attribute__((noreturn)) echo(const struct pair *pair)
{
	for (;;) {
		get_byte(pair->there[0]);
		put_byte(pair->back[1]);
	}
}

static void *echo_start(void *pair)
{
	echo(pair);
}

/*
 * In the fair class a yield switches or does not, as the virtual run times have it;
 * among equals of the real-time class it always does.
 */
static void set_class(int policy, int priority)
{
	const struct sched_param param = { .sched_priority = priority };

	if (sched_setscheduler(0, policy, &param))
		err(1, "sched_setscheduler");
}

static void yield(void)
{
	int i;

	for (i = 0; i < YIELDS; i++)
		sched_yield();
}

static void __attribute__((noreturn)) yield_on_demand(const struct pair *pair)
{
	set_class(SCHED_FIFO, 1);
	for (;;) {
		get_byte(pair->there[0]);
		yield();
		put_byte(pair->back[1]);
	}
}

static void partner_fork(struct pair *pair, void (*partner)(const struct pair *pair))
{
	pid_t pid;

	pair_open(pair);
	pid = fork();
	if (pid < 0)
		err(1, "fork");
	if (pid)
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	partner(pair);
}

static void partner_create(struct pair *pair)
{
	pthread_t thread;
	int error;

	pair_open(pair);
	error = pthread_create(&thread, NULL, echo_start, pair);
	if (error)
		errx(1, "pthread_create: %s", strerror(error));
}

static char *map_pages(size_t size)
{
	char *pages = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			   -1, 0);

	if (pages == MAP_FAILED || madvise(pages, size, MADV_NOHUGEPAGE))
		err(1, "mmap");
	return pages;
}

static void touch(char *pages, size_t size)
{
	size_t i;

	for (i = 0; i < size; i += PAGE)
		pages[i] = 1;
}

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		err(1, "%s", path);
	close(fd);
}

/*
 * Reclaims all the time: there is no swap, but pages that it has given up (MADV_FREE)
 * the kernel takes when the group is at its limit, and only then.
 */
static void __attribute__((noreturn)) be_hungry(const struct pair *pair)
{
	char *pages = map_pages(HUNGRY_SIZE);
	size_t i;

	write_file(HUNGRY_GROUP "/cgroup.procs", "0");
	for (;;) {
		get_byte(pair->there[0]);
		for (i = 0; i < HUNGRY_SIZE; i += HUNGRY_CHUNK) {
			touch(pages + i, HUNGRY_CHUNK);
			if (madvise(pages + i, HUNGRY_CHUNK, MADV_FREE))
				err(1, "MADV_FREE");
		}
		put_byte(pair->back[1]);
	}
}

static void hungry_start(void)
{
	write_file("/sys/fs/cgroup/cgroup.subtree_control", "+memory");
	if (mkdir(HUNGRY_GROUP, 0755) && errno != EEXIST)
		err(1, HUNGRY_GROUP);
	write_file(HUNGRY_GROUP "/memory.max", HUNGRY_MAX);
	partner_fork(&hungry_process, be_hungry);
}

/**
 * work_start() - start the partners
 *
 * They sleep until they are needed and end with the caller.
 */
void work_start(void)
{
	partner_fork(&echo_process, echo);
	partner_fork(&yield_process, yield_on_demand);
	partner_create(&echo_thread);
	hungry_start();
}

/* Switches away from the caller so far. */
static uint64_t switches(void)
{
	struct rusage usage;

	if (getrusage(RUSAGE_THREAD, &usage))
		err(1, "getrusage");
	return usage.ru_nvcsw + usage.ru_nivcsw;
}

static uint64_t ping_pong(const struct pair *pair)
{
	uint64_t before = switches();
	int i;

	for (i = 0; i < ROUND_TRIPS; i++) {
		put_byte(pair->there[1]);
		get_byte(pair->back[0]);
	}
	return 2 * (switches() - before);
}

uint64_t work_pipe(void)
{
	return ping_pong(&echo_process);
}

uint64_t work_pipe_threads(void)
{
	return ping_pong(&echo_thread);
}

uint64_t work_yield(void)
{
	uint64_t before = switches();

	set_class(SCHED_FIFO, 1);
	put_byte(yield_process.there[1]);
	yield();
	get_byte(yield_process.back[0]);
	set_class(SCHED_OTHER, 0);
	return 2 * (switches() - before);
}

static void child_wait(pid_t pid)
{
	int status;

	if (pid < 0)
		err(1, "fork");
	if (waitpid(pid, &status, 0) != pid || status)
		errx(1, "a child failed");
}

uint64_t work_forks(unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++) {
		pid_t pid = fork();

		if (!pid)
			_exit(0);
		child_wait(pid);
	}
	return count;
}

uint64_t work_fork_exit(void)
{
	return work_forks(FORKS);
}

uint64_t work_fork_exec_exit(void)
{
	char *const argv[] = { program, NULL };
	int i;

	for (i = 0; i < EXECS; i++) {
		pid_t pid = fork();

		if (!pid) {
			execv(program, argv);
			_exit(1);
		}
		child_wait(pid);
	}
	return EXECS;
}

static void *thread_start(void *nothing)
{
	return nothing;
}

uint64_t work_thread_create_join(void)
{
	pthread_t thread;
	int i;

	for (i = 0; i < THREADS; i++)
		if (pthread_create(&thread, NULL, thread_start, NULL) ||
		    pthread_join(thread, NULL))
			errx(1, "a thread cannot be created");
	return THREADS;
}

/* First touches of anonymous memory: mmap and munmap are shared out among them. */
uint64_t work_minor_faults(void)
{
	char *pages = map_pages((size_t)FAULTS * PAGE);

	touch(pages, (size_t)FAULTS * PAGE);
	munmap(pages, (size_t)FAULTS * PAGE);
	return FAULTS;
}

/* Of a file that is in memory. */
uint64_t work_page_cache_read(void)
{
	char buffer[READ_SIZE];
	int fd = open(program, O_RDONLY | O_CLOEXEC), i;

	if (fd < 0)
		err(1, "%s", program);
	for (i = 0; i < READS; i++)
		if (pread(fd, buffer, sizeof(buffer), 0) != sizeof(buffer))
			err(1, "read %s", program);
	close(fd);
	return READS;
}

/* Pages that the hungry process has touched, nearly each of them reclaimed. */
uint64_t work_reclaim(void)
{
	put_byte(hungry_process.there[1]);
	get_byte(hungry_process.back[0]);
	return HUNGRY_SIZE / PAGE;
}
