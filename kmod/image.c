// SPDX-License-Identifier: GPL-2.0-only
#include "image.h"

#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/user_namespace.h>

#include "compat/compat.h"
#include "reserve.h"

static struct kmem_cache *cache;
static struct reserve reserve;

/*
 * The arguments of a program that was just loaded: they are on its fresh stack, where
 * the kernel has put them. Should a page of them be gone again, they are cut there.
 */
static void read_command_line(struct image *image, const struct mm_struct *mm)
{
	unsigned long at = mm->arg_start, end = mm->arg_end, part;

	if (end - at > sizeof(image->command_line)) {
		image->cut = true;
		end = at + sizeof(image->command_line);
	}
	for (; at < end; at += part, image->length += part) {
		part = min(end - at, PAGE_SIZE - offset_in_page(at));
		if (copy_from_user_nofault(image->command_line + image->length,
					   (const void __user *)at, part)) {
			image->cut = true;
			return;
		}
	}
}

/**
 * image_of_current() - what current has just executed
 *
 * Context: a probe of exec, in any context that may take from a reserve.
 *
 * Return: with one reference; NULL if memory is missing.
 */
struct image *image_of_current(void)
{
	struct image *image = reserve_alloc(&reserve);
	struct user_namespace *user_ns;

	if (!image)
		return NULL;
	refcount_set(&image->users, 1);
	rcu_read_lock();
	user_ns = compat_exec_ns();
	if (user_ns != &init_user_ns)
		image->user_ns = get_user_ns(user_ns);
	rcu_read_unlock();
	read_command_line(image, current->mm);
	return image;
}

/* @image: may be NULL */
struct image *image_get(struct image *image)
{
	if (image)
		refcount_inc(&image->users);
	return image;
}

/* In any context but NMI, without a raw lock. @image: may be NULL */
void image_put(struct image *image)
{
	if (!image || !refcount_dec_and_test(&image->users))
		return;
	if (image->user_ns)
		put_user_ns(image->user_ns);
	/* What is in the reserve is zero. */
	memset(image, 0, sizeof(*image));
	reserve_free(&reserve, image);
}

/* May sleep. Return: 0 or -ENOMEM; image_exit() is due in both cases. */
int image_init(void)
{
	reserve_init(&reserve);
	cache = compat_own_user_cache("taskmeter_image", sizeof(struct image),
				      offsetof(struct image, command_line),
				      sizeof_field(struct image, command_line));
	if (!cache)
		return -ENOMEM;
	return reserve_fill(&reserve, cache, 32 + 8 * num_possible_cpus());
}

/* May sleep. Nobody holds one any more. */
void image_exit(void)
{
	reserve_drain(&reserve);
	kmem_cache_destroy(cache);
	cache = NULL;
}
