/*
 * A process shuts itself in: what it does not need, it cannot do any more (DESIGN 10).
 *
 * Three parts, each of the kernel's own: system calls (seccomp), files (Landlock) and TCP
 * ports (Landlock from ABI 4 on, Linux 6.7). Threads made afterwards are shut in too.
 */
#ifndef BASE_SANDBOX_H
#define BASE_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;

/* Parts, as bits. */
#define SANDBOX_CALLS \
	1u /* no other program, process, namespace, mount, key, trace, server */
#define SANDBOX_FILES 2u /* reads what is listed, writes nothing */
#define SANDBOX_PORTS 4u /* TCP connections to what is listed */
#define SANDBOX_REQUIRED (SANDBOX_CALLS | SANDBOX_FILES)

struct sandbox_limits {
	const char *const *readable; /* files and folders, ends with NULL; absent ones are
					left out */
	const uint16_t *ports;
	size_t port_count;
};

/**
 * Shut this process in. What is open already stays open. Call before there is a second
 * thread.
 *
 * @param parts  out: what holds now, also on failure
 * @return false with err set (SYSTEM) when one of SANDBOX_REQUIRED does not hold: the first
 * one that the kernel refused. A kernel without rules for ports is no error.
 */
bool sandbox_enter(const struct sandbox_limits *limits, unsigned *parts, struct error *err);

/* One part, for sandbox_enter() and those who try parts alone. */
bool sandbox_close_calls(struct error *err);
bool sandbox_close_files(
    const struct sandbox_limits *limits, bool *has_ports, struct error *err);

#endif
