/*
 * posed watch: a running posed on a terminal, or as lines for other programs.
 */
#include "common/clock.h"
#include "daemon/command.h"

#include "client/guess.h"
#include "daemon/nmea_pose.h"
#include "daemon/signals.h"
#include "daemon/watch/message_json.h"
#include "daemon/watch/subscriber_options.h"
#include "daemon/watch/terminal.h"
#include "daemon/watch/watch_view.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

typedef enum { SHOW_SCREEN, SHOW_LINES, SHOW_JSON, SHOW_NMEA } watch_manner;

enum { POLL_CLIENT, POLL_SIGNALS, POLL_KEYS, POLL_COUNT };

static const double redraw_s = 0.2;    /* faster than this nobody reads numbers */
static const double sentences_s = 0.1; /* as often as a good receiver speaks */
static const double patience_s = 1;    /* a running posed answers at once: then we say what we wait for */

typedef struct {
    const subscriber_options *options;
    watch_manner manner;
    posed_client *client;
    watch_view view;
    terminal screen;
    int signals;
    double start_s, drawn_s;
    uint64_t taken;
    int64_t next_sentences_ns; /* stamp of the pose from which on the next ones are due */
    bool told, done;
} watch;

static bool wants(const watch *w, posed_kind kind)
{
    return w->options->kinds == 0 || (w->options->kinds >> kind & 1u);
}

static void draw(watch *w)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    w->drawn_s = monotonic_s();
    if (!out)
        return;
    watch_view_write(&w->view, w->client, out);
    fputs("\nq quits\n", out);
    if (fclose(out) == 0)
        terminal_draw(text, size);
    free(text);
}

/* False: they are not due yet. A pose that has expired is none that could be used. */
static bool show_sentences(watch *w, const posed_pose *p)
{
    double every_s = isnan(w->options->every_s) ? sentences_s : w->options->every_s;
    if (p->stamp_ns < w->next_sentences_ns && p->stamp_ns > w->next_sentences_ns - (int64_t)(2e9 * every_s))
        return false;
    w->next_sentences_ns = p->stamp_ns + (int64_t)(1e9 * every_s) - 1000000; /* stamps are not exact */
    const nmea_pose n = {.stamp_ns = p->stamp_ns,
                         .mode = (fusion_mode)p->mode,
                         .usable = posed_pose_usable(p, posed_now_ns(w->client)),
                         .latitude_deg = p->latitude_deg,
                         .longitude_deg = p->longitude_deg,
                         .height_m = p->height_m,
                         .v_east_mps = (double)p->velocity_enu_mps[0],
                         .v_north_mps = (double)p->velocity_enu_mps[1],
                         .heading_rad = (double)p->heading_rad,
                         .variance_east_m2 = (double)p->covariance[0][0],
                         .variance_north_m2 = (double)p->covariance[1][1],
                         .covariance_m2 = (double)p->covariance[0][1],
                         .variance_up_m2 = (double)p->covariance[2][2]};
    nmea_pose_write(stdout, &n);
    return true;
}

static void show(watch *w, const posed_event *event)
{
    watch_view_take(&w->view, event);
    if (!wants(w, event->kind))
        return;
    if (w->manner == SHOW_NMEA && (event->kind != POSED_KIND_POSE || !show_sentences(w, event->pose)))
        return;
    if (w->manner == SHOW_JSON)
        message_json_event(stdout, event);
    else if (w->manner == SHOW_LINES)
        watch_view_write_line(&w->view, event, posed_now_ns(w->client), stdout);
    w->taken++;
    w->done = w->taken == w->options->count;
}

/* Everything that waits. False when posed cannot be understood. */
static bool take_messages(watch *w, error *e)
{
    const posed_event *event;
    int got = 0;
    while (!w->done && (got = posed_next(w->client, 0, &event)) > 0)
        show(w, event);
    if (fflush(stdout) != 0)
        return error_set(e, "standard output: %s", strerror(errno));
    return got >= 0 || error_set(e, "%s: %s", w->view.endpoint, posed_problem(w->client));
}

static void stop_until_continued(watch *w)
{
    if (w->manner == SHOW_SCREEN)
        terminal_leave(&w->screen);
    raise(SIGSTOP);
    if (w->manner == SHOW_SCREEN)
        terminal_enter(&w->screen);
}

static void take_signals(watch *w)
{
    struct signalfd_siginfo info;
    while (read(w->signals, &info, sizeof info) == (ssize_t)sizeof info) {
        if (info.ssi_signo == SIGTSTP)
            stop_until_continued(w);
        else if (info.ssi_signo != SIGWINCH)
            w->done = true;
        w->drawn_s = 0;
    }
}

static void take_keys(watch *w)
{
    for (char key; (key = terminal_key(&w->screen)) != 0;)
        w->done |= key == 'q' || key == 'Q';
}

/* Once, when nothing came: a reader of lines would see nothing at all otherwise. */
static void tell_what_we_wait_for(watch *w, double now_s)
{
    if (w->told || posed_latest_status(w->client) || now_s - w->start_s < patience_s)
        return;
    w->told = true;
    w->view.waiting = client_guess(w->view.endpoint);
    if (w->manner != SHOW_SCREEN)
        fprintf(stderr, "posed watch: waiting for posed on %s: %s\n", w->view.endpoint, w->view.waiting);
}

/* Seconds until something is due without a message. */
static double pause_s(const watch *w, double now_s)
{
    double pause = w->manner == SHOW_SCREEN ? fmax(w->drawn_s + redraw_s - now_s, 0) : patience_s;
    return isnan(w->options->for_s) ? pause : fmax(fmin(pause, w->start_s + w->options->for_s - now_s), 0);
}

static bool keep_watching(watch *w, error *e)
{
    struct pollfd fds[POLL_COUNT] = {
        [POLL_CLIENT] = {.fd = posed_fd(w->client), .events = POLLIN},
        [POLL_SIGNALS] = {.fd = w->signals, .events = POLLIN},
        [POLL_KEYS] = {.fd = w->manner == SHOW_SCREEN && w->screen.keys ? STDIN_FILENO : -1,
                       .events = POLLIN},
    };
    while (!w->done) {
        if (!take_messages(w, e))
            return false;
        double now_s = monotonic_s();
        w->done |= now_s >= w->start_s + w->options->for_s; /* false for NAN */
        tell_what_we_wait_for(w, now_s);
        if (w->manner == SHOW_SCREEN && now_s >= w->drawn_s + redraw_s)
            draw(w);
        if (!w->done && poll(fds, POLL_COUNT, (int)(1e3 * pause_s(w, monotonic_s())) + 1) < 0 &&
            errno != EINTR)
            return error_set(e, "cannot wait: %s", strerror(errno));
        take_signals(w);
        if (fds[POLL_KEYS].revents & (POLLHUP | POLLERR))
            fds[POLL_KEYS].fd = -1;
        take_keys(w);
    }
    return true;
}

/* Blocked before the client starts its threads, so that they go to the descriptor and nowhere else. */
static int open_signals(void)
{
    static const int list[] = {SIGINT, SIGTERM, SIGHUP, SIGTSTP, SIGWINCH, 0};
    return signals_open(list);
}

static unsigned kinds_of(const subscriber_options *o, watch_manner manner)
{
    const unsigned shown = 1u << POSED_KIND_POSE | 1u << POSED_KIND_STATUS | 1u << POSED_KIND_FAULT;
    return manner == SHOW_JSON && o->kinds != 0 ? o->kinds : shown | o->kinds;
}

static bool run_watch(watch *w, error *e)
{
    w->start_s = monotonic_s();
    if (w->manner == SHOW_SCREEN)
        terminal_enter(&w->screen);
    bool good = keep_watching(w, e);
    if (w->manner == SHOW_SCREEN)
        terminal_leave(&w->screen);
    if (good && !posed_latest_status(w->client) && !isnan(w->options->for_s))
        return error_set(e, "%s: nothing came within %g s; %s", w->view.endpoint, w->options->for_s,
                         client_guess(w->view.endpoint));
    return good;
}

static int run(int argc, char **argv)
{
    subscriber_options o;
    subscriber_target target;
    error e = {""};
    if (!subscriber_options_parse(argc, argv, SUBSCRIBER_WATCH, &o, &e))
        return command_fail("watch", EXIT_USAGE, "%s", e.text);
    watch w = {
        .options = &o, .signals = open_signals(), .view = {.endpoint = target.endpoint, .waiting = ""}};
    w.manner = o.nmea ? SHOW_NMEA : o.json ? SHOW_JSON : terminal_there() ? SHOW_SCREEN : SHOW_LINES;
    w.view.colour = w.manner == SHOW_SCREEN && (getenv("NO_COLOR") ? *getenv("NO_COLOR") == '\0' : true);
    bool good = subscriber_target_find(&target, &o, &e);
    if (good)
        w.client = subscriber_connect(&target, kinds_of(&o, w.manner), 0, &e);
    good = w.client && run_watch(&w, &e);
    posed_close(w.client);
    if (w.signals >= 0)
        close(w.signals);
    if (good)
        return EXIT_OK;
    return command_fail("watch", EXIT_BAD, "%s", e.text);
}

const command command_watch = {
    .name = "watch",
    .arguments = "[options]",
    .summary = "show a running posed, on a terminal, as JSON or NMEA",
    .help =
        "On a terminal: the pose with its 95 % ellipse, lane, age and expiry, the sources with their rates,\n"
        "latencies and counts, the map and what is missed of it, and the faults; redrawn in place, q quits.\n"
        "Into a pipe or file: a line for each status and fault.\n"
        "\n"
        "  --json               one JSON object a line for each message, with all its fields, named as in\n"
        "                       posed.proto; what is not known is null\n"
        "  --nmea               poses as NMEA 0183 (GGA, RMC, GST, HDT), for programs that know a receiver\n"
        "                       only; RMC's status is S for a usable pose, else U; a LOST one is no fix\n"
        "  --every S            sentences at least S seconds apart; default: 0.1\n"
        "  --topic WORD[,...]   which messages: pose, track, status, fault, verdict, all; default: pose,\n"
        "                       status, fault\n"
        "  --count N            end after N messages\n"
        "  --for S              end after S seconds; exit status 1 when no status came in that time\n"
        "  --endpoint ENDPOINT  where posed publishes; default: ipc:///run/posed/poses\n"
        "  -c, --config FILE    take endpoint and keys from its section bus\n"
        "  --key FILE           CURVE secret key of this side, for endpoints on other machines\n"
        "  --server-key KEY     public key of posed, as text or as its file\n"
        "\n"
        "Exit status: 0 it ended as asked; 1 a key, the endpoint or the connection failed; 2 the command\n"
        "line is wrong.\n",
    .run = run,
};
