/*
 * bench_hop [--seconds N]: from one process to another on this machine, 200 times a second, three ways in
 * turn: over the bus, over bare ZeroMQ in two parts, and over a bare Unix socket. Each way gets its
 * message 1.7 ms after the one before it, so that none waits for another.
 */
#include "bus/bus.h"
#include "common/clock.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <signal.h>
#include <zmq.h>

enum {
    RATE_HZ = 200,
    PAYLOAD_BYTES = 300, /* about that of a pose */
    DEFAULT_SECONDS = 5,
    MAX_SECONDS = 3600,
    WARM_UP = RATE_HZ / 2, /* of each way, not counted */
};

enum { BUS, ZEROMQ, UNIX, WAYS };

#define TOPIC "posed/v1/sensor/radar/front"

typedef struct {
    int64_t sent_ns; /* CLOCK_MONOTONIC, one for all processes */
    char rest[PAYLOAD_BYTES - sizeof(int64_t)];
} payload;

typedef struct {
    size_t count, room;
    double *us;
} latencies;

static int die(const char *what, const char *why)
{
    fprintf(stderr, "bench_hop: %s: %s\n", what, why);
    return 1;
}

static bus_link link_to(const char *const *endpoint, bool listen)
{
    return (bus_link){.endpoints = endpoint,
                      .endpoint_count = 1,
                      .listen = listen,
                      .queue = 1000,
                      .max_message_bytes = 65536};
}

/* ---- the sending process */

static void sleep_until(int64_t ns)
{
    struct timespec t = {.tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR)
        continue;
}

static void send_one(int way, bus_publisher *p, void *bare, int fd)
{
    payload m = {.sent_ns = monotonic_ns()};
    if (way == BUS) {
        bus_publish(p, TOPIC, &m, sizeof m);
    } else if (way == ZEROMQ) {
        zmq_send(bare, TOPIC, sizeof TOPIC - 1, ZMQ_SNDMORE | ZMQ_DONTWAIT);
        zmq_send(bare, &m, sizeof m, ZMQ_DONTWAIT);
    } else {
        (void)!send(fd, &m, sizeof m, MSG_DONTWAIT | MSG_NOSIGNAL);
    }
}

static int run_sender(const char *const *bus_at, const char *bare_at, int fd)
{
    error e = {""};
    bus *b = bus_create(&e);
    bus_link l = link_to(bus_at, false);
    bus_publisher *p = b ? bus_publisher_open(b, &l, &e) : NULL;
    void *context = zmq_ctx_new(), *bare = zmq_socket(context, ZMQ_PUB);
    if (!p || !bare || zmq_connect(bare, bare_at) != 0)
        return die("cannot send", p ? zmq_strerror(zmq_errno()) : e.text);
    int64_t start = monotonic_ns();
    for (int64_t i = 0;; i++) { /* until the other process ends this one */
        sleep_until(start + i * 1000000000 / (RATE_HZ * WAYS));
        send_one((int)((i + i / WAYS) % WAYS), p, bare, fd); /* each way follows each other one in turn */
    }
}

/* ---- the receiving process */

static void note(latencies *l, const void *data, size_t size)
{
    payload m;
    if (size != sizeof m || l->count == l->room)
        return;
    memcpy(&m, data, sizeof m);
    l->us[l->count++] = 1e-3 * (double)(monotonic_ns() - m.sent_ns);
}

static void take_bare(void *bare, latencies *l)
{
    char topic[64];
    payload m;
    while (zmq_recv(bare, topic, sizeof topic, ZMQ_DONTWAIT) >= 0)
        note(l, &m, (size_t)zmq_recv(bare, &m, sizeof m, ZMQ_DONTWAIT));
}

static bool all_full(const latencies l[WAYS])
{
    for (int i = 0; i < WAYS; i++) {
        if (l[i].count < l[i].room)
            return false;
    }
    return true;
}

static void receive_all(bus_subscriber *s, void *bare, int fd, latencies l[WAYS])
{
    int bare_fd = -1;
    size_t size = sizeof bare_fd;
    payload m;
    bus_message got;
    zmq_getsockopt(bare, ZMQ_FD, &bare_fd, &size);
    struct pollfd fds[WAYS] = {[BUS] = {.fd = bus_subscriber_fd(s), .events = POLLIN},
                               [ZEROMQ] = {.fd = bare_fd, .events = POLLIN},
                               [UNIX] = {.fd = fd, .events = POLLIN}};
    while (!all_full(l) && poll(fds, WAYS, 5000) > 0) {
        while (fds[BUS].revents && bus_subscriber_take(s, &got))
            note(&l[BUS], got.payload, got.size);
        if (fds[ZEROMQ].revents)
            take_bare(bare, &l[ZEROMQ]);
        if (fds[UNIX].revents)
            note(&l[UNIX], &m, (size_t)recv(fd, &m, sizeof m, MSG_DONTWAIT));
    }
}

/* ---- the table */

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double quantile(const latencies *l, double q)
{
    return l->us[WARM_UP + (size_t)(q * (double)(l->count - WARM_UP - 1))];
}

static int print_table(latencies l[WAYS])
{
    static const char *const names[WAYS] = {"bus", "bare ZeroMQ, two parts", "bare Unix socket"};
    printf("%-28s %8s %8s %8s %8s %8s   one way, us\n", "hop", "hops", "p50", "p90", "p99", "max");
    for (int i = 0; i < WAYS; i++) {
        if (l[i].count <= 2 * WARM_UP)
            return die(names[i], "too few messages arrived");
        qsort(l[i].us + WARM_UP, l[i].count - WARM_UP, sizeof *l[i].us, compare);
        printf("%-28s %8zu %8.1f %8.1f %8.1f %8.1f\n", names[i], l[i].count - WARM_UP, quantile(&l[i], 0.5),
               quantile(&l[i], 0.9), quantile(&l[i], 0.99), quantile(&l[i], 1));
    }
    for (int i = ZEROMQ; i < WAYS; i++)
        printf("bus / %-22s %8s %7.2fx %7.2fx %7.2fx%s\n", names[i], "",
               quantile(&l[BUS], 0.5) / quantile(&l[i], 0.5), quantile(&l[BUS], 0.9) / quantile(&l[i], 0.9),
               quantile(&l[BUS], 0.99) / quantile(&l[i], 0.99),
               i == ZEROMQ ? "             target: p50 1.3x, p99 3x" : "");
    return 0;
}

static int run_receiver(const char *const *bus_at, const char *bare_at, int fd, latencies l[WAYS])
{
    error e = {""};
    const char *topic = TOPIC;
    bus *b = bus_create(&e);
    bus_link link = link_to(bus_at, true);
    bus_subscriber *s = b ? bus_subscriber_open(b, &link, &topic, 1, &e) : NULL;
    void *context = zmq_ctx_new(), *bare = zmq_socket(context, ZMQ_SUB);
    if (!s || !bare || zmq_setsockopt(bare, ZMQ_SUBSCRIBE, TOPIC, sizeof TOPIC - 1) != 0 ||
        zmq_bind(bare, bare_at) != 0)
        return die("cannot receive", s ? zmq_strerror(zmq_errno()) : e.text);
    receive_all(s, bare, fd, l);
    zmq_close(bare);
    zmq_ctx_term(context);
    bus_subscriber_close(s);
    bus_destroy(b);
    return print_table(l);
}

static int run(const char *directory, long seconds)
{
    char bus_at[64], bare_at[64];
    const char *const bus_list[] = {bus_at};
    int pair[2], result = 1;
    latencies l[WAYS];
    snprintf(bus_at, sizeof bus_at, "ipc://%s/bus", directory);
    snprintf(bare_at, sizeof bare_at, "ipc://%s/bare", directory);
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
        return die("socketpair", strerror(errno));
    for (int i = 0; i < WAYS; i++) {
        l[i] = (latencies){.room = (size_t)seconds * RATE_HZ + WARM_UP};
        l[i].us = calloc(l[i].room, sizeof *l[i].us);
    }
    pid_t parent = getpid(), sender = fork();
    if (sender == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        _exit(getppid() == parent ? run_sender(bus_list, bare_at, pair[0]) : 1);
    }
    if (sender > 0 && l[BUS].us && l[ZEROMQ].us && l[UNIX].us)
        result = run_receiver(bus_list, bare_at, pair[1], l);
    if (sender > 0) {
        kill(sender, SIGKILL);
        waitpid(sender, NULL, 0);
    }
    for (int i = 0; i < WAYS; i++)
        free(l[i].us);
    return result;
}

int main(int argc, char **argv)
{
    long seconds = DEFAULT_SECONDS;
    char directory[] = "/tmp/posed-hop-XXXXXX", bare[64];
    if (argc == 3 && strcmp(argv[1], "--seconds") == 0)
        seconds = strtol(argv[2], NULL, 10);
    else if (argc != 1)
        seconds = 0;
    if (seconds < 1 || seconds > MAX_SECONDS) {
        fputs("usage: bench_hop [--seconds N]\n", stderr);
        return 2;
    }
    if (!mkdtemp(directory))
        return die("mkdtemp", strerror(errno));
    int result = run(directory, seconds);
    snprintf(bare, sizeof bare, "%s/bare", directory);
    unlink(bare); /* ZeroMQ removes it as well, when it comes to it */
    rmdir(directory);
    return result;
}
