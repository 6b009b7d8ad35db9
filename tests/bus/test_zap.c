#include "bus/zap.h"
#include "tests/suite.h"

#include <check.h>
#include <string.h>
#include <zmq.h>

static void *context, *asking, *answering;

static void set_up(void)
{
    context = zmq_ctx_new();
    answering = zmq_socket(context, ZMQ_REP);
    asking = zmq_socket(context, ZMQ_REQ);
    ck_assert_int_eq(zmq_bind(answering, "inproc://zap"), 0);
    ck_assert_int_eq(zmq_connect(asking, "inproc://zap"), 0);
}

static void tear_down(void)
{
    zmq_close(asking);
    zmq_close(answering);
    zmq_ctx_term(context);
}

#define KEY "k2345678901234567890123456789012"

static char too_long[ZAP_TEXT_SIZE + 2];

static const struct {
    const char *legend;
    int count;
    const char *parts[9];
    bool curve;
} requests[] = {
    {"as ZeroMQ asks", 7, {"1.0", "1", "frames", "192.0.2.7", "", "CURVE", KEY}, true},
    {"with an identity", 7, {"1.0", "1", "frames", "192.0.2.7", "me", "CURVE", KEY}, true},
    {"of another version", 7, {"1.1", "1", "frames", "192.0.2.7", "", "CURVE", KEY}, false},
    {"without a version", 7, {"", "1", "frames", "192.0.2.7", "", "CURVE", KEY}, false},
    {"without security", 6, {"1.0", "1", "frames", "192.0.2.7", "", "NULL"}, false},
    {"NULL with a key", 7, {"1.0", "1", "frames", "192.0.2.7", "", "NULL", KEY}, false},
    {"with a password", 8, {"1.0", "1", "frames", "192.0.2.7", "", "PLAIN", "user", "secret"}, false},
    {"a key too short", 7, {"1.0", "1", "frames", "192.0.2.7", "", "CURVE", "k"}, false},
    {"a key too long", 7, {"1.0", "1", "frames", "192.0.2.7", "", "CURVE", KEY "x"}, false},
    {"no key", 7, {"1.0", "1", "frames", "192.0.2.7", "", "CURVE", ""}, false},
    {"a part too few", 6, {"1.0", "1", "frames", "192.0.2.7", "", "CURVE"}, false},
    {"a part too many", 8, {"1.0", "1", "frames", "192.0.2.7", "", "CURVE", KEY, ""}, false},
    {"two too many", 9, {"1.0", "1", "frames", "192.0.2.7", "", "CURVE", KEY, too_long, too_long}, false},
    {"a domain too long", 7, {"1.0", "1", too_long, "192.0.2.7", "", "CURVE", KEY}, false},
    {"an address too long", 7, {"1.0", "1", "frames", too_long, "", "CURVE", KEY}, false},
    {"a number too long", 7, {"1.0", too_long, "frames", "192.0.2.7", "", "CURVE", KEY}, true},
    {"one part", 1, {"1.0"}, false},
    {"one empty part", 1, {""}, false},
};

static void ask(const char *const *parts, int count)
{
    for (int i = 0; i < count; i++)
        ck_assert_int_ge(zmq_send(asking, parts[i], strlen(parts[i]), i + 1 < count ? ZMQ_SNDMORE : 0), 0);
}

static void expect_part(const char *text)
{
    char part[ZAP_TEXT_SIZE];
    int size = zmq_recv(asking, part, sizeof part, 0);
    ck_assert_int_eq(size, (int)strlen(text));
    ck_assert_mem_eq(part, text, strlen(text));
}

START_TEST (a_request_is_read_and_answered) {
    zap_request r;
    memset(too_long, 'a', sizeof too_long - 1);
    ck_assert(!zap_receive(answering, &r));
    ask(requests[_i].parts, requests[_i].count);
    ck_assert(zap_receive(answering, &r));
    ck_assert_msg(r.curve == requests[_i].curve, "%s", requests[_i].legend);
    if (r.curve) {
        ck_assert_str_eq(r.domain, "frames");
        ck_assert_str_eq(r.address, "192.0.2.7");
        ck_assert_mem_eq(r.key, KEY, ZAP_KEY_SIZE);
    }
    zap_answer(answering, &r, NULL);
    bool has_id = requests[_i].count > 1 && strlen(requests[_i].parts[1]) <= ZAP_TEXT_SIZE;
    expect_part("1.0");
    expect_part(has_id && requests[_i].parts[1] != too_long ? requests[_i].parts[1] : "");
    expect_part("300");
    expect_part("not a peer");
    expect_part("");
    expect_part("");
    ck_assert(!zap_receive(answering, &r)); /* nothing of it is left */
}
END_TEST

START_TEST (who_is_let_in_gets_a_name) {
    zap_request r;
    ask(requests[0].parts, requests[0].count);
    ck_assert(zap_receive(answering, &r));
    zap_answer(answering, &r, "front");
    expect_part("1.0");
    expect_part("1");
    expect_part("200");
    expect_part("OK");
    expect_part("front");
    expect_part("");
}
END_TEST

START_TEST (a_domain_with_a_nul_is_none) {
    zap_request r;
    const char *const parts[] = {"1.0", "1", "poses\0x", "192.0.2.7", "", "CURVE", KEY};
    for (int i = 0; i < 7; i++)
        zmq_send(asking, parts[i], i == 2 ? 7 : strlen(parts[i]), i < 6 ? ZMQ_SNDMORE : 0);
    ck_assert(zap_receive(answering, &r));
    ck_assert(!r.curve);
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("zap");
    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_loop_test(tc, a_request_is_read_and_answered, 0, sizeof requests / sizeof *requests);
    tcase_add_test(tc, who_is_let_in_gets_a_name);
    tcase_add_test(tc, a_domain_with_a_nul_is_none);
    return run_cases("zap", tc);
}
