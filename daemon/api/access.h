/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who may ask, and what he sees.
 *
 * On the Unix socket the peer's ids, which the kernel took when he connected,
 * decide: root and members of group "taskmeter" see everything, anyone else his
 * own processes. Over TCP the Host header has to be a known name, so that no
 * web page can reach the daemon through a visitor's browser (DNS rebinding);
 * what is not open asks for the bearer token, and its holder sees everything.
 */
#ifndef TASKMETERD_API_ACCESS_H
#define TASKMETERD_API_ACCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <linux/taskmeter.h>
#include "api/problem.h"
#include "config.h"

#define ACCESS_GROUP		"taskmeter"
#define ACCESS_TOKEN_MIN	16
#define ACCESS_TOKEN_MAX	1024

/**
 * struct view - which processes an observer sees
 * @all: all of them
 * @uid: else those that are wholly this user's
 */
struct view {
	bool all;
	uint32_t uid;
};

/**
 * struct access - what the decisions are made by
 * @has_group: there is a group "taskmeter"
 * @group: its id
 * @token: bearer token or NULL
 */
struct access {
	bool has_group;
	gid_t group;
	char *token;
};

/**
 * access_load() - look up the group and read the token
 * @access: filled in; what it held is released
 * @config: names the token's file; if it does not, the credential "api-token"
 *	of systemd.exec(5) is taken if there is one
 * @ret_error: one sentence if this failed
 *
 * Return: 0 or a negative errno; @access is not touched then.
 */
int access_load(struct access *access, const struct config *config,
		struct config_error *ret_error);

void access_clear(struct access *access);

/**
 * access_view_of_peer() - what the peer of a Unix socket sees
 * @access: the rules
 * @fd: connected socket
 * @ret_view: his view
 *
 * Return: 0 or a negative errno.
 */
int access_view_of_peer(const struct access *access, int fd, struct view *ret_view);

/**
 * access_check_host() - whether a Host header is one of ours
 * @config: further names
 * @host: the header's value or NULL
 * @problem: why it was refused
 *
 * Return: 0 or PROBLEM.
 */
int access_check_host(const struct config *config, const char *host,
		      struct problem *problem);

/**
 * access_check_token() - whether an Authorization header holds the token
 * @access: the rules
 * @authorization: the header's value or NULL
 * @problem: why it was refused
 *
 * Takes the same time for every wrong token of a length.
 *
 * Return: 0 or PROBLEM.
 */
int access_check_token(const struct access *access, const char *authorization,
		       struct problem *problem);

/**
 * view_shows() - whether an observer sees a process
 * @view: his view
 * @record: the process
 *
 * A process is wholly a user's if its real and effective user id are his and it
 * did not take on a group by a set-gid program: the figures of a program with
 * foreign rights tell what it does with them.
 *
 * Return: true if so.
 */
bool view_shows(const struct view *view, const struct taskmeter_record *record);

/**
 * view_record() - a record as an observer sees it
 * @view: his view
 * @record: the record of a process that it shows
 * @ret_record: without the last waker, which may be anybody's, unless he sees all
 */
void view_record(const struct view *view, const struct taskmeter_record *record,
		 struct taskmeter_record *ret_record);

#endif
