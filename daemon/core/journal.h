/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Entries of the journal with fields of their own. Values may be any bytes: the journal
 * takes them as they are, only the sentence has to be fit for a terminal.
 */
#ifndef TASKMETERD_CORE_JOURNAL_H
#define TASKMETERD_CORE_JOURNAL_H

#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>
#include "core/log.h"

#define JOURNAL_FIELDS_MAX	24
#define JOURNAL_FIELD_SIZE	160

/**
 * struct journal_entry - an entry being made
 * @fields: what is sent
 * @count: how many; 0 to begin with
 * @texts: short ones
 * @message: the sentence's
 */
struct journal_entry {
	struct iovec fields[JOURNAL_FIELDS_MAX];
	int count;
	char texts[JOURNAL_FIELDS_MAX][JOURNAL_FIELD_SIZE];
	char message[1024];
};

/**
 * journal_message() - the sentence, which every entry has
 * @entry: the entry
 * @format: as printf; what is too long is cut
 */
void journal_message(struct journal_entry *entry, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/**
 * journal_add() - a field of any length
 * @entry: the entry
 * @field: "NAME=value"; stays until the entry is sent
 * @length: bytes of it
 */
void journal_add(struct journal_entry *entry, char *field, size_t length);

/**
 * journal_print() - a short field
 * @entry: the entry
 * @format: "NAME=value", as printf; what is beyond JOURNAL_FIELD_SIZE is cut
 */
void journal_print(struct journal_entry *entry, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* A field that is a number. */
void journal_number(struct journal_entry *entry, const char *name, uint64_t number);

/**
 * journal_send() - write it
 * @entry: the entry
 * @priority: LOG_ERR and its like; becomes a field, too
 *
 * A structured entry if standard error is the journal, else the sentence as a line there.
 */
void journal_send(struct journal_entry *entry, int priority);

#endif
