// SPDX-License-Identifier: GPL-2.0-or-later
/* taskmeter run: run a command, and tell what it and all its descendants did. */
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/number.h"
#include "cli/run-report.h"
#include "cli/terminal.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define WORST_DEFAULT	5
#define WORST_HIGHEST	1000
#define NS_PER_S	UINT64_C(1000000000)

/*
 * How often it is looked for what has happened: seldom enough to disturb the command little,
 * often enough that neither the exit log nor a socket runs over.
 */
#define STEP_MS		50

/**
 * struct run - what was asked for
 * @cli: the world
 * @argv: the command and its arguments
 * @json: print JSON
 * @worst: so many of the worst descendants are listed
 * @path: where the report goes, NULL for standard error
 * @file: that file, or NULL
 */
struct run {
	struct cli *cli;
	char **argv;
	bool json;
	uint64_t worst;
	const char *path;
	FILE *file;
};

static int handle(struct cli *cli, void *context, int key, const char *argument)
{
	struct run *run = context;

	switch (key) {
	case 'o':
		run->path = argument;
		return 0;
	case OPTION_JSON:
		run->json = true;
		return 0;
	default:
		if (!number_parse(argument, 0, WORST_HIGHEST, &run->worst))
			return 0;
		cli_error(cli, "'%s' is not a number of processes from 0 to %d", argument,
			  WORST_HIGHEST);
		return -EINVAL;
	}
}

static int cannot_run(struct cli *cli, const char *name, int error)
{
	cli_error(cli, "cannot run '%s': %s", name, strerror(error));
	return error == ENOENT || error == ENOTDIR ? JOB_NOT_FOUND : JOB_CANNOT_RUN;
}

/* Time on a CPU that this process took, and children of it that only marked a moment. */
static uint64_t used_ns(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * NS_PER_S +
	       (uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1000;
}

/* The report as it is to look where it goes. Return: 0; -ENOMEM. */
static int make_report(const struct run *run, const struct job *job,
		       const struct pursuit *pursuit, uint64_t before_ns)
{
	const struct run_report report = {
		.cli = run->cli,
		.argv = run->argv,
		.job = job,
		.pursuit = pursuit,
		.overhead_ns = used_ns() - before_ns,
	};

	return run->json ? run_report_json(&report) : run_report_text(&report);
}

/* In one piece, as standard error is shared with the command's descendants. */
static void write_report(const struct run *run, FILE *stream, const char *text, size_t size)
{
	errno = 0;
	if (fwrite(text, 1, size, stream) != size || fflush(stream))
		cli_error(run->cli, "cannot write the report: %s", strerror(errno));
}

static void tell(const struct run *run, const struct job *job,
		 const struct pursuit *pursuit, uint64_t before_ns)
{
	FILE *stream = run->file ? run->file : run->cli->err, *out = run->cli->out;
	char *text = NULL;
	int r = -ENOMEM;
	size_t size;

	if (pursuit->error) {
		cli_error(run->cli, "nothing is told of the command: %s", pursuit_error(pursuit));
		return;
	}
	run->cli->out = open_memstream(&text, &size);
	if (run->cli->out) {
		terminal_look(run->cli, fileno(stream));
		r = make_report(run, job, pursuit, before_ns);
		if (fclose(run->cli->out))
			r = -ENOMEM;
	}
	run->cli->out = out;
	if (r)
		cli_error(run->cli, "no memory for the report");
	else
		write_report(run, stream, text, size);
	free(text);
}

/*
 * Its status is that of the command, whatever becomes of the report: also if nobody reads
 * that any more.
 */
static int measure(const struct run *run, struct pursuit *pursuit)
{
	uint64_t before_ns = used_ns();
	struct job job;
	int r;

	fflush(run->cli->out);
	r = job_start(&job, run->argv, run->cli->pipe_ignored);
	if (r) {
		if (r > 0)
			return cannot_run(run->cli, run->argv[0], job.status);
		cli_error(run->cli, "cannot fork: %s", strerror(-r));
		return CLI_FAILED;
	}
	pursuit_first(pursuit, (uint32_t)job.pid);
	while (!job_wait(&job, pursuit->error ? -1 : STEP_MS))
		pursuit_step(pursuit);
	job_end(&job);
	pursuit_finish(pursuit);
	signal(SIGPIPE, SIG_IGN);
	tell(run, &job, pursuit, before_ns);
	return job_exit_status(&job);
}

static int open_output(struct run *run)
{
	if (!run->path)
		return CLI_OK;
	run->file = fopen(run->path, "we");
	if (run->file)
		return CLI_OK;
	cli_error(run->cli, "cannot write to '%s': %s", run->path, strerror(errno));
	return CLI_FAILED;
}

/* Nothing is run, and no file touched, before it is known that there will be a report. */
static int run_run(struct run *run)
{
	struct pursuit pursuit;
	int status = pursuit_begin(&pursuit, run->cli, run->worst);

	if (!status)
		status = open_output(run);
	if (!status)
		status = measure(run, &pursuit);
	if (run->file)
		fclose(run->file);
	pursuit_release(&pursuit);
	return status;
}

static int run(struct cli *cli, int argc, char **argv)
{
	struct run asked = { .cli = cli, .worst = WORST_DEFAULT };
	int first, r;

	r = options_parse(cli, &command_run, argc, argv, handle, &asked, &first);
	if (r > 0)
		return CLI_OK;
	if (!r && first == argc) {
		cli_error(cli, "run needs a command; see 'taskmeter help run'");
		r = -EINVAL;
	}
	asked.argv = argv + first;
	return r ? CLI_USAGE : run_run(&asked);
}

static const struct option_spec options[] = {
	{ 'n', "worst", "NUMBER", "list so many of the descendants held up most (5)" },
	{ 'o', "output", "FILE", "write the report there, not to standard error" },
	{ OPTION_JSON, "json", NULL, "print JSON" },
	{ 'h', "help", NULL, "print this help" },
	{ 0, NULL, NULL, NULL },
};

const struct command command_run = {
	.name = "run",
	.arguments = "[--] COMMAND [ARGUMENT...]",
	.summary = "run a command, and tell what it and its descendants did and waited for",
	.options = options,
	.in_order = true,
	.run = run,
};
