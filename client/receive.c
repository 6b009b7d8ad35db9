/* Messages as they come: decoded, counted, and which of them matter. */
#include "client/receive.h"

#include "common/clock.h"
#include "wire/message.h"

#include <string.h>

static const char *const topics[POSED_KIND_COUNT] = {
    [POSED_KIND_POSE] = TOPIC_POSE,       [POSED_KIND_TRACK] = TOPIC_TRACK,
    [POSED_KIND_STATUS] = TOPIC_STATUS,   [POSED_KIND_FAULT] = TOPIC_FAULT,
    [POSED_KIND_VERDICT] = TOPIC_VERDICT,
};
_Static_assert((int)POSED_PROTOCOL == (int)WIRE_PROTOCOL, "one interface");

const char *client_topic(posed_kind kind)
{
    return topics[kind];
}

/* What lies between is missed. A number that goes back is a publisher that began anew. */
static void count_sequence(progress *p, uint32_t sequence)
{
    int32_t step = (int32_t)(sequence - p->sequence);
    if (p->counting && step > 1)
        p->missed += (uint32_t)step - 1;
    p->counting = true;
    p->sequence = sequence;
}

static void take_drive_time(posed_client *c, int64_t stamp_ns)
{
    c->drive_ns = stamp_ns;
    c->drive_taken_ns = monotonic_ns();
}

static bool fill_pose(posed_client *c, const bus_message *m, error *e)
{
    if (!decode_pose(m->payload, m->size, &c->incoming, e))
        return false;
    if (c->incoming.expires_ns == 0) /* who trusts it would trust it for ever */
        return error_set(e, "posed.v1.PoseEstimate: expires_ns: missing in a live pose");
    c->pose = c->incoming;
    c->has_pose = true;
    c->event.pose = &c->pose;
    count_sequence(&c->kinds[POSED_KIND_POSE], c->pose.sequence);
    take_drive_time(c, c->pose.stamp_ns);
    return true;
}

static bool fill_track(posed_client *c, const bus_message *m, error *e)
{
    if (!decode_pose(m->payload, m->size, &c->track, e))
        return false;
    c->event.pose = &c->track;
    count_sequence(&c->kinds[POSED_KIND_TRACK], c->track.sequence);
    return true;
}

static bool fill_fault(posed_client *c, const bus_message *m, error *e)
{
    if (!decode_fault(m->payload, m->size, &c->fault, e))
        return false;
    c->event.fault = &c->fault;
    count_sequence(&c->kinds[POSED_KIND_FAULT], c->fault.sequence);
    return true;
}

static bool fill_verdict(posed_client *c, const bus_message *m, error *e)
{
    c->event.verdict = &c->verdict;
    return decode_verdict(m->payload, m->size, &c->verdict, e);
}

static bool check_protocol(const posed_status *s, error *e)
{
    if (s->protocol == 0)
        return error_set(e, "the status names no protocol: this is not a running posed");
    if (s->protocol > POSED_PROTOCOL)
        return error_set(e,
                         "posed %s speaks version %u of its interface, and this program knows %d: update "
                         "libposed-client",
                         s->version, (unsigned)s->protocol, POSED_PROTOCOL);
    return true;
}

static void note_restart(posed_client *c, const posed_status *before, const posed_status *now)
{
    if (!before || before->started_ns == now->started_ns)
        return;
    c->restarts++;
    for (int i = 0; i < POSED_KIND_COUNT; i++)
        c->kinds[i].counting = false;
}

static taken take_status(posed_client *c, const bus_message *m)
{
    decoded_status *next = &c->statuses[!c->newest];
    error e = {""};
    if (!decode_status(m->payload, m->size, next, &e)) {
        c->malformed++;
        c->problem = e;
        return TAKEN_NOTHING;
    }
    c->accepted = check_protocol(&next->status, &e);
    if (!c->accepted) {
        c->problem = e;
        return TAKEN_INCOMPATIBLE;
    }
    const posed_status *before = client_status(c), *now = &next->status;
    if (before && before->started_ns == now->started_ns && before->sequence == now->sequence)
        return TAKEN_NOTHING; /* sent again for a new subscriber */
    note_restart(c, before, now);
    c->newest = !c->newest;
    c->has_status = true;
    count_sequence(&c->kinds[POSED_KIND_STATUS], now->sequence);
    c->kinds[POSED_KIND_STATUS].received++;
    take_drive_time(c, now->stamp_ns);
    c->event.status = now;
    return TAKEN_EVENT;
}

static taken take_other(posed_client *c, posed_kind kind, const bus_message *m)
{
    static bool (*const fill[])(posed_client * c, const bus_message *m, error *e) = {
        [POSED_KIND_POSE] = fill_pose,
        [POSED_KIND_TRACK] = fill_track,
        [POSED_KIND_FAULT] = fill_fault,
        [POSED_KIND_VERDICT] = fill_verdict,
    };
    error e = {""};
    if (!c->accepted)
        return TAKEN_NOTHING;
    if (!fill[kind](c, m, &e)) {
        c->malformed++;
        c->problem = e;
        return TAKEN_NOTHING;
    }
    c->kinds[kind].received++;
    return TAKEN_EVENT;
}

/* The kind of a topic; POSED_KIND_COUNT: none of ours. */
static posed_kind kind_of(const char *topic)
{
    unsigned kind = 0;
    while (kind < POSED_KIND_COUNT && strcmp(topic, topics[kind]) != 0)
        kind++;
    return (posed_kind)kind;
}

taken client_take(posed_client *c)
{
    bus_message m;
    while (bus_subscriber_take(c->subscriber, &m)) {
        posed_kind kind = kind_of(m.topic);
        if (kind == POSED_KIND_COUNT)
            continue;
        c->event = (posed_event){.kind = kind, .received_ns = utc_ns()};
        taken t = kind == POSED_KIND_STATUS ? take_status(c, &m) : take_other(c, kind, &m);
        if (t != TAKEN_NOTHING)
            return t;
    }
    return TAKEN_NOTHING;
}
