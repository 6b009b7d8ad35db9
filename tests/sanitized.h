/* SANITIZED is defined where the address sanitizer is in the program, which has an allocator of its own. */
#ifndef POSED_TESTS_SANITIZED_H
#define POSED_TESTS_SANITIZED_H

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED
#elif defined(__has_feature) /* clang's way to say it */
#if __has_feature(address_sanitizer)
#define SANITIZED
#endif
#endif

#endif
