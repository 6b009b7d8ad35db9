#include "bus/handshake_watch.h"
#include "tests/suite.h"

#include <check.h>
#include <ctype.h>
#include <stdlib.h>
#include <zmq.h>

/* Events by letter: A accepted, S succeeded, D disconnected; a digit after A or D is the file descriptor. */
static const struct {
    const char *legend, *events;
    unsigned failed;
} cases[] = {
    {"one that succeeds", "A1S", 0},
    {"and leaves", "A1SD1", 0},
    {"one that fails", "A1D1", 1},
    {"many that fail", "A1D1A1D1A1D1A2D2", 4},
    {"many that fail at once", "A1A2A3A4D4D2D1D3", 4},
    {"one that has not ended", "A1A2D2", 1},
    {"one that succeeds among those that fail", "A1A2A3D1SD3", 2},
    {"one of long ago leaves while others fail", "A1SA2A3D1D2D3", 2},
    {"one of long ago leaves while another succeeds", "A1SA2D1S", 0},
    {"a descriptor comes again", "A1SD1A1D1A1SD1", 1},
    {"all leave and come back at once", "A1SA2SA3SD1D2A1D3SA2A3SS", 0},
    {"a young one leaves while another succeeds: wrong for a moment", "A1A2SD1", 1},
    {"and right again", "A1A2SD1S", 0},
    {"a success without a connection", "SSA1D1", 1},
    {"an end without a connection", "D1D2A1SD1", 0},
};

START_TEST (what_ends_without_success_has_failed) {
    handshake_watch w = {.watched = NULL};
    for (const char *p = cases[_i].events; *p != '\0'; p++) {
        uint32_t fd = isdigit((unsigned char)p[1]) ? (uint32_t)(p[1] - '0') : 0;
        if (*p == 'A')
            handshake_watch_book(&w, ZMQ_EVENT_ACCEPTED, fd);
        else if (*p == 'S')
            handshake_watch_book(&w, ZMQ_EVENT_HANDSHAKE_SUCCEEDED, 0);
        else if (*p == 'D')
            handshake_watch_book(&w, ZMQ_EVENT_DISCONNECTED, fd);
    }
    ck_assert_msg(w.failed == cases[_i].failed, "%s: %lu", cases[_i].legend, (unsigned long)w.failed);
}
END_TEST

START_TEST (descriptors_beyond_the_books_count_too) {
    handshake_watch w = {.watched = NULL};
    for (uint32_t fd = HANDSHAKE_MAX_FD - 2; fd < HANDSHAKE_MAX_FD + 100; fd++)
        handshake_watch_book(&w, ZMQ_EVENT_ACCEPTED, fd);
    for (uint32_t fd = HANDSHAKE_MAX_FD - 2; fd < HANDSHAKE_MAX_FD + 100; fd++)
        handshake_watch_book(&w, ZMQ_EVENT_DISCONNECTED, fd);
    handshake_watch_book(&w, ZMQ_EVENT_DISCONNECTED, UINT32_MAX);
    ck_assert_uint_eq(w.failed, 102);
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("handshake_watch");
    tcase_add_loop_test(tc, what_ends_without_success_has_failed, 0, sizeof cases / sizeof *cases);
    tcase_add_test(tc, descriptors_beyond_the_books_count_too);
    return run_cases("handshake_watch", tc);
}
