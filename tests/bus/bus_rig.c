#include "tests/bus/bus_rig.h"

#include "bus/keys.h"
#include "common/clock.h"
#include "tests/ports.h"

#include <check.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void rig_begin(rig *r)
{
    make_directory(r->directory);
    snprintf(r->at, sizeof r->at, "ipc://%s/socket", r->directory);
    snprintf(r->tcp, sizeof r->tcp, "tcp://127.0.0.1:%u", free_port());
    r->ipc_list[0] = r->at;
    r->tcp_list[0] = r->tcp;
}

void rig_end(rig *r)
{
    ck_assert_int_eq(rmdir(r->directory), 0);
}

static bus_link link_to(const char *const *list, bool listen)
{
    return (bus_link){.endpoints = list,
                      .endpoint_count = 1,
                      .listen = listen,
                      .queue = RIG_QUEUE,
                      .max_message_bytes = RIG_MAX_BYTES};
}

bus_link rig_ipc(const rig *r, bool listen)
{
    return link_to(r->ipc_list, listen);
}

bus_link rig_tcp(const rig *r, bool listen, const bus_keys *keys, const char *server_key)
{
    bus_link l = link_to(r->tcp_list, listen);
    l.keys = keys;
    l.server_key = server_key;
    return l;
}

bus *rig_bus(void)
{
    error e = {""};
    bus *b = bus_create(&e);
    ck_assert_msg(b != NULL, "%s", e.text);
    return b;
}

bus_publisher *rig_publisher(bus *b, const bus_link *l)
{
    error e = {""};
    bus_publisher *p = bus_publisher_open(b, l, &e);
    ck_assert_msg(p != NULL, "%s", e.text);
    return p;
}

bus_subscriber *rig_subscriber(bus *b, const bus_link *l, const char *topic)
{
    error e = {""};
    bus_subscriber *s = bus_subscriber_open(b, l, &topic, 1, &e);
    ck_assert_msg(s != NULL, "%s", e.text);
    return s;
}

bus_keys rig_keys(void)
{
    bus_keys k;
    ck_assert(bus_keys_generate(&k, NULL));
    return k;
}

int64_t rig_now_ms(void)
{
    return monotonic_ns() / 1000000;
}

void rig_nap(int fd, int other_fd)
{
    struct pollfd fds[2] = {{.fd = fd, .events = POLLIN}, {.fd = other_fd, .events = POLLIN}};
    poll(fds, 2, 10);
}

void rig_take(bus_subscriber *s, gatekeeper *g, bus_message *m)
{
    int64_t until = rig_now_ms() + RIG_WAIT_MS;
    while (!bus_subscriber_take(s, m) || m->topic[0] == '\0') {
        ck_assert_msg(rig_now_ms() < until, "no message came");
        if (g)
            gatekeeper_answer(g);
        rig_nap(bus_subscriber_fd(s), g ? gatekeeper_fd(g) : -1);
    }
}

void rig_deliver(bus_publisher *p, bus_subscriber *s, gatekeeper *g, const char *topic, const char *text)
{
    int64_t until = rig_now_ms() + RIG_WAIT_MS;
    bus_message m;
    while (!bus_publish(p, topic, text, strlen(text))) {
        ck_assert_msg(rig_now_ms() < until, "nobody takes the message");
        ck_assert(!bus_subscriber_take(s, &m));
        if (g)
            gatekeeper_answer(g);
        rig_nap(bus_publisher_fd(p), g ? gatekeeper_fd(g) : -1);
    }
    rig_take(s, g, &m);
    ck_assert_str_eq(m.topic, topic);
    ck_assert_uint_eq(m.size, strlen(text));
    ck_assert_mem_eq(m.payload, text, m.size);
}
