/*
 * bus_host KEY-FILE FRAMES POSES: the listening side of a bus as posed run has it, for peers of another make
 * to talk to. FRAMES and POSES are endpoints, comma-separated.
 *
 * Commands on standard input, one a line; each is answered with one line "ok ..." on standard output:
 *   peers [NAME KEY ps]...   the list of peers from now on; p: may publish, s: may subscribe
 *   publish TOPIC TEXT
 *   counts                   "ok WRONG-KEY WRONG-MECHANISM MALFORMED SUBSCRIBED"
 * Each message that arrives is a line "message TOPIC SIZE PEER", with "-" for no peer.
 */
#include "bus/bus.h"
#include "bus/gatekeeper.h"
#include "bus/keys.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_ENDPOINTS = 4, MAX_PEERS = 16 };

typedef struct {
    bus *b;
    gatekeeper *keeper;
    bus_keys keys;
    bus_subscriber *frames;
    bus_publisher *poses;
    unsigned long subscribed;
} host;

static bus_link listen_on(host *h, char *list, const char *endpoints[MAX_ENDPOINTS])
{
    bus_link l = {.endpoints = endpoints, .listen = true, .queue = 100, .max_message_bytes = 4096};
    l.keys = &h->keys;
    for (char *p = strtok(list, ","); p && l.endpoint_count < MAX_ENDPOINTS; p = strtok(NULL, ","))
        endpoints[l.endpoint_count++] = p;
    return l;
}

static bool open_all(host *h, char **argv, error *e)
{
    const char *in[MAX_ENDPOINTS], *out[MAX_ENDPOINTS], *all = "";
    h->b = bus_create(e);
    if (!h->b || !bus_keys_load(&h->keys, argv[1], e))
        return false;
    h->keeper = gatekeeper_open(h->b, NULL, 0, e);
    if (!h->keeper)
        return false;
    bus_link frames = listen_on(h, argv[2], in), poses = listen_on(h, argv[3], out);
    h->frames = bus_subscriber_open(h->b, &frames, &all, 1, e);
    h->poses = h->frames ? bus_publisher_open(h->b, &poses, e) : NULL;
    return h->poses != NULL;
}

static void close_all(host *h)
{
    bus_subscriber_close(h->frames);
    bus_publisher_close(h->poses);
    gatekeeper_close(h->keeper);
    bus_destroy(h->b);
    bus_keys_forget(&h->keys);
}

static void take_peers(host *h, char *words)
{
    bus_peer peers[MAX_PEERS];
    size_t count = 0;
    char *save, *name = strtok_r(words, " ", &save);
    while (name && count < MAX_PEERS) {
        bus_peer *p = &peers[count++];
        const char *key = strtok_r(NULL, " ", &save), *may = strtok_r(NULL, " ", &save);
        if (!key || !may)
            break;
        *p = (bus_peer){.publish = strchr(may, 'p') != NULL, .subscribe = strchr(may, 's') != NULL};
        snprintf(p->name, sizeof p->name, "%s", name);
        snprintf(p->public_key, sizeof p->public_key, "%s", key);
        name = strtok_r(NULL, " ", &save);
    }
    printf(gatekeeper_reload(h->keeper, peers, count) ? "ok\n" : "bad\n");
}

static void obey(host *h, char *line)
{
    line[strcspn(line, "\n")] = '\0';
    if (strncmp(line, "peers", 5) == 0) {
        take_peers(h, line + 5);
    } else if (strncmp(line, "publish ", 8) == 0) {
        char *topic = line + 8, *text = strchr(topic, ' ');
        *text++ = '\0';
        bus_publish(h->poses, topic, text, strlen(text));
        printf("ok\n");
    } else {
        gatekeeper_counts c = gatekeeper_get_counts(h->keeper);
        printf("ok %lu %lu %lu %lu\n", (unsigned long)c.wrong_key, (unsigned long)c.wrong_mechanism,
               (unsigned long)bus_subscriber_malformed(h->frames), h->subscribed);
    }
}

static void work(host *h)
{
    bus_message m;
    gatekeeper_answer(h->keeper);
    while (bus_subscriber_take(h->frames, &m)) {
        if (m.topic[0] != '\0')
            printf("message %s %zu %s\n", m.topic, m.size, m.peer ? m.peer : "-");
    }
    h->subscribed += bus_publisher_subscribed(h->poses, "pose");
}

static void run(host *h)
{
    char line[2048];
    setvbuf(stdin, NULL, _IONBF, 0); /* so that poll sees what waits */
    for (;;) {
        struct pollfd fds[] = {{.fd = STDIN_FILENO, .events = POLLIN},
                               {.fd = gatekeeper_fd(h->keeper), .events = POLLIN},
                               {.fd = bus_subscriber_fd(h->frames), .events = POLLIN},
                               {.fd = bus_publisher_fd(h->poses), .events = POLLIN}};
        work(h);
        fflush(stdout);
        poll(fds, 4, 100);
        if (fds[0].revents == 0)
            continue;
        if (!fgets(line, sizeof line, stdin))
            return;
        obey(h, line);
    }
}

int main(int argc, char **argv)
{
    host h = {.b = NULL};
    error e = {""};
    if (argc != 4)
        return 2;
    bool good = open_all(&h, argv, &e);
    if (good) {
        puts("ok");
        run(&h);
    } else {
        fprintf(stderr, "bus_host: %s\n", e.text);
    }
    close_all(&h);
    return good ? 0 : 1;
}
