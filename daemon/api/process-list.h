/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A list of processes, or of threads, as a reply.
 *
 * A list is made while it is sent, one process at a time, from the sample that it was
 * chosen from: however long the list, it takes the memory of one object and of the places
 * in the sample.
 */
#ifndef TASKMETERD_API_PROCESS_LIST_H
#define TASKMETERD_API_PROCESS_LIST_H

#include "api/api.h"
#include "api/select.h"

struct process_list;

/**
 * process_list_new() - what is asked for
 * @name: key of the list in the reply; a literal
 * @request: parameters of the list and "fields"
 * @ret_list: to be freed with process_list_free(), or replied
 * @problem: why it was refused
 *
 * Return: 0, PROBLEM or -ENOMEM.
 */
int process_list_new(const char *name, const struct request *request,
		     struct process_list **ret_list, struct problem *problem);

/**
 * process_list_free() - release a list that was not replied
 * @list: may be NULL
 */
void process_list_free(struct process_list *list);

/**
 * process_list_choose() - from a sample
 * @list: the list
 * @sample: a reference is taken
 *
 * Return: 0 or -ENOMEM.
 */
int process_list_choose(struct process_list *list, struct sample *sample);

/**
 * process_list_choose_past() - from a moment of the past
 * @list: the list
 * @past: the moment; what is chosen is copied, so that no more than that is kept
 * @bytes: where the memory of the copy is summed up; lives longer
 *
 * Return: 0 or -ENOMEM.
 */
int process_list_choose_past(struct process_list *list, const struct past *past,
			     uint64_t *bytes);

/**
 * process_list_reply() - reply it
 * @list: has been chosen; the reply's from now on
 * @reply: filled in
 */
void process_list_reply(struct process_list *list, struct reply *reply);

#endif
