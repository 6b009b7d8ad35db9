/*
 * An adapter in a thread of its own, with a sink that keeps all it publishes.
 *
 *     static const char *const options[][2] = {{"device", "/dev/ttyS0"}, {NULL}};
 *     adapter_fixture *x = adapter_fixture_start("gnss", "gnss/roof", options);
 *     ck_assert(adapter_fixture_wait(x, 3, 10));      // three frames within ten seconds
 *     const frame *f = adapter_fixture_frame(x, 0);
 *     ck_assert_msg(adapter_fixture_end(x, 10), "%s", adapter_fixture_error(x));
 *     adapter_fixture_destroy(x);
 */
#ifndef POSED_TESTS_ADAPTER_FIXTURE_H
#define POSED_TESTS_ADAPTER_FIXTURE_H

#include "sensors/adapter_host.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct adapter_fixture adapter_fixture;

/* Creates and runs it; `options` end with {NULL}. Options that the adapter refuses end the test. */
adapter_fixture *adapter_fixture_start(const char *kind, const char *source, const char *const (*options)[2]);

/* The same with all that a host can say; the sink is the fixture's, options follow `options` too. */
adapter_fixture *adapter_fixture_start_with(const adapter_start *start, const char *const (*options)[2]);

/* All problems of options that must be refused, one a line; the caller frees it. Ends the test when they are
 * not refused. */
char *adapter_fixture_problems(const char *kind, const char *source, const char *const (*options)[2]);

/* Waits until that many frames have come; false when the adapter has ended or time is up before. */
bool adapter_fixture_wait(adapter_fixture *x, size_t frames, double timeout_s);

/* Waits until it has ended by itself; false when time is up, or when it failed. */
bool adapter_fixture_end(adapter_fixture *x, double timeout_s);

/* Tells it to stop and waits for that: its result. */
bool adapter_fixture_stop(adapter_fixture *x);

/* What it said when it failed; "" else. After it has ended. */
const char *adapter_fixture_error(const adapter_fixture *x);

/* Frames so far, and the i-th of them, which stays where it is; NULL when there are fewer. */
size_t adapter_fixture_count(adapter_fixture *x);
const frame *adapter_fixture_frame(adapter_fixture *x, size_t i);
const char *adapter_fixture_source(adapter_fixture *x, size_t i);

/* From now on the sink fails, as a full disk would. */
void adapter_fixture_fail(adapter_fixture *x);

adapter *adapter_fixture_adapter(adapter_fixture *x);

/* Stops it if it runs. */
void adapter_fixture_destroy(adapter_fixture *x);

#ifdef __cplusplus
}
#endif
#endif
