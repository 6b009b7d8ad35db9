/*
 * posed status: how a running posed is, once, with an exit status that a script can act on.
 */
#include "common/clock.h"
#include "daemon/command.h"

#include "daemon/watch/message_json.h"
#include "daemon/watch/subscriber_options.h"
#include "daemon/watch/watch_view.h"

#include <math.h>
#include <stdlib.h>

/* The worse it is for somebody who drives by the pose, the higher. */
enum {
    EXIT_DEGRADED = 3,
    EXIT_DEAD_RECKONING = 4,
    EXIT_NO_POSE = 5,
};

/* Poses come a hundred times a second: after this long none will. */
static const double pose_patience_s = 1;

static int health(const posed_pose *pose, int64_t now_ns)
{
    if (!posed_pose_usable(pose, now_ns))
        return EXIT_NO_POSE;
    switch (pose->mode) {
    case POSED_MODE_NOMINAL:
        return EXIT_OK;
    case POSED_MODE_DEGRADED:
        return EXIT_DEGRADED;
    case POSED_MODE_DEAD_RECKONING:
        return EXIT_DEAD_RECKONING;
    default:
        return EXIT_NO_POSE;
    }
}

/* The view with the first pose that says that it must not be used, or that may be used now: one that has
 * expired may have waited in a queue. */
static void wait_for_pose(posed_client *client, double timeout_s, watch_view *view)
{
    const double until_s = monotonic_s() + fmin(timeout_s, pose_patience_s);
    for (;;) {
        const posed_event *event;
        double rest_s = until_s - monotonic_s();
        if (rest_s <= 0 || posed_next(client, rest_s, &event) < 0)
            return;
        if (event)
            watch_view_take(view, event);
        if (event && event->pose &&
            (!event->pose->usable || posed_pose_usable(event->pose, posed_now_ns(client))))
            return;
    }
}

static void print_json(const watch_view *view, const posed_client *client, int code)
{
    printf("{\"endpoint\":");
    message_json_text(stdout, view->endpoint);
    printf(",\"exit_status\":%d,\"usable\":%s,\"pose\":", code, code == EXIT_NO_POSE ? "false" : "true");
    message_json_pose(stdout, view->has_pose ? &view->pose : NULL);
    printf(",\"status\":");
    message_json_status(stdout, posed_latest_status(client));
    printf("}\n");
}

static int describe(posed_client *client, const subscriber_options *o, const char *endpoint)
{
    watch_view view = {.endpoint = endpoint, .waiting = "", .colour = false};
    wait_for_pose(client, o->timeout_s, &view);
    int code = health(view.has_pose ? &view.pose : NULL, posed_now_ns(client));
    if (o->json)
        print_json(&view, client, code);
    else
        watch_view_write(&view, client, stdout);
    return code;
}

static int run(int argc, char **argv)
{
    subscriber_options o;
    subscriber_target target;
    error e = {""};
    if (!subscriber_options_parse(argc, argv, SUBSCRIBER_STATUS, &o, &e))
        return command_fail("status", EXIT_USAGE, "%s", e.text);
    posed_client *client = NULL;
    if (subscriber_target_find(&target, &o, &e))
        client =
            subscriber_connect(&target, 1u << POSED_KIND_POSE | 1u << POSED_KIND_STATUS, o.timeout_s, &e);
    int code = client ? describe(client, &o, target.endpoint) : EXIT_BAD;
    if (client && fflush(stdout) != 0) {
        error_set(&e, "cannot write to standard output");
        code = EXIT_BAD;
    }
    posed_close(client);
    if (e.text[0] != '\0')
        fprintf(stderr, "posed status: %s\n", e.text);
    return code;
}

const command command_status = {
    .name = "status",
    .arguments = "[options]",
    .summary = "say how a running posed is; exit status by health",
    .help =
        "One look at a running posed: its pose, sources and faults.\n"
        "\n"
        "  --json               one JSON object: endpoint, exit_status, usable, pose, status (named as in\n"
        "                       posed.proto; what is not known is null)\n"
        "  --timeout S          wait this long for its status; default: 3\n"
        "  --endpoint ENDPOINT  where posed publishes; default: ipc:///run/posed/poses\n"
        "  -c, --config FILE    take endpoint and keys from its section bus\n"
        "  --key FILE           CURVE secret key of this side, for endpoints on other machines\n"
        "  --server-key KEY     public key of posed, as text or as its file\n"
        "\n"
        "Exit status: 0 NOMINAL; 1 no posed could be reached, or it is of a version that this program does\n"
        "not know; 2 the command line is wrong; 3 DEGRADED; 4 DEAD_RECKONING; 5 there is no pose to use:\n"
        "INITIALIZING, LOST, or none came that has not expired.\n",
    .run = run,
};
