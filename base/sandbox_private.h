/*
 * What the parts of the sandbox share.
 */
#ifndef BASE_SANDBOX_PRIVATE_H
#define BASE_SANDBOX_PRIVATE_H

/* At the end of a process a sanitizer looks for leaks: with a process of its own that
 * traces this one, and reads what the kernel says of it. */
#if defined(__SANITIZE_ADDRESS__)
#define SANDBOX_IS_SANITIZED true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANDBOX_IS_SANITIZED true
#endif
#endif
#ifndef SANDBOX_IS_SANITIZED
#define SANDBOX_IS_SANITIZED false
#endif

#endif
