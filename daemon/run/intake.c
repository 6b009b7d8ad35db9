#include "daemon/run/intake.h"

#include "common/log.h"
#include "daemon/run/rate_limit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* An adapter that was held up delivers what has gathered in this time at once. */
static const double burst_s = 0.5;

/* No line of the log more often than this for one cause. */
static const double log_period_s = 5.0;

typedef struct {
    fault_set faults;
    uint64_t malformed, refused, dropped;
    int64_t last_stamp_ns; /* INT64_MIN: never */
    rate_limit rate[FRAME_KIND_COUNT];
    log_limit log;
} door;

struct intake {
    const settings *settings;
    const run_settings *run;
    intake_sinks sinks;
    door doors[SETTINGS_MAX_SOURCES];
    fault_set system;
    uint64_t dropped, malformed, refused_peers, handshakes, shapeless;
    log_limit log_unknown, log_system;
    frame frame;
};

static void open_doors(intake *in)
{
    for (uint16_t i = 0; i < SETTINGS_MAX_SOURCES; i++) {
        fault_set_init(&in->doors[i].faults, i);
        in->doors[i].last_stamp_ns = INT64_MIN;
    }
}

intake *intake_create(const settings *s, const run_settings *r, const intake_sinks *sinks)
{
    intake *in = calloc(1, sizeof *in);
    if (!in)
        return NULL;
    in->settings = s;
    in->run = r;
    in->sinks = *sinks;
    fault_set_init(&in->system, FAULT_SOURCE_SYSTEM);
    open_doors(in);
    return in;
}

void intake_destroy(intake *in)
{
    free(in);
}

void intake_reconfigure(intake *in, const settings *s, const run_settings *r)
{
    bool same = s->source_count == in->settings->source_count;
    for (size_t i = 0; same && i < s->source_count; i++)
        same = strcmp(s->sources[i].name, in->settings->sources[i].name) == 0;
    in->settings = s;
    in->run = r;
    if (same)
        return;
    memset(in->doors, 0, sizeof in->doors);
    open_doors(in);
}

static void flag(intake *in, fault_set *set, fault_code code, int64_t now_ns, double evidence, double limit)
{
    fault_report(set, code, true, now_ns, (float)evidence, (float)limit, in->sinks.fault, in->sinks.context);
}

/* ---- one message */

typedef struct {
    frame_kind kind;
    char name[FRAME_SOURCE_NAME_SIZE];
    door *door;
} speaker;

/* Who speaks, by the topic; false: nobody that is known. */
static bool find_speaker(intake *in, const char *topic, speaker *s)
{
    if (!topic_parse_frame(topic, &s->kind, s->name)) {
        in->malformed++;
        log_say_limited(&in->log_unknown, log_period_s, LOG_WARN, "no topic of a sensor: \"%s\"", topic);
        return false;
    }
    for (size_t i = 0; i < in->settings->source_count; i++) {
        if (strcmp(in->settings->sources[i].name, s->name) == 0) {
            s->door = &in->doors[i];
            in->frame.source = (uint16_t)i;
            return true;
        }
    }
    log_say_limited(&in->log_unknown, log_period_s, LOG_WARN,
                    "frames of %s, which the configuration does not have under sources:", s->name);
    return false;
}

/* A peer that is known by its key may speak for what its key is bound to, and nothing else. */
static bool may_speak(const intake *in, const char *peer, const char *source)
{
    if (!peer)
        return true; /* local: the socket's mode has decided */
    for (size_t i = 0; i < in->run->peer_count; i++) {
        const peer_settings *p = &in->run->peers[i];
        if (strcmp(p->name, peer) != 0)
            continue;
        for (size_t k = 0; k < p->source_count; k++) {
            if (strcmp(p->sources[k], source) == 0)
                return true;
        }
    }
    return false;
}

static void refuse(intake *in, speaker *s, fault_code code, int64_t now_ns, double evidence, double limit)
{
    s->door->refused++;
    flag(in, &s->door->faults, code, now_ns, evidence, limit);
}

static bool decode(intake *in, speaker *s, const bus_message *m, int64_t now_ns)
{
    error e = {""};
    char name[FRAME_SOURCE_NAME_SIZE];
    const uint16_t index = in->frame.source;
    bool good = message_decode_frame(s->kind, m->payload, m->size, &in->frame, name, &e);
    in->frame.source = index;
    if (good && strcmp(name, s->name) != 0)
        good = error_set(&e, "it says that it is of %s", name);
    if (good)
        return true;
    in->malformed++;
    s->door->malformed++;
    flag(in, &s->door->faults, FAULT_MALFORMED, now_ns, (double)s->door->malformed, 0.0);
    log_say_limited(&s->door->log, log_period_s, LOG_WARN, "%s: a message that is malformed: %s", s->name,
                    e.text);
    return false;
}

/* A frame cannot have been received later than now; one that comes after its time has been dealt with counts
 * from now. Far off, it is not of this time. */
static bool fit_reception(intake *in, speaker *s, const intake_time *at)
{
    frame *f = &in->frame;
    const double age_s = 1e-9 * ((double)at->now_ns - (double)f->received_ns),
                 most_s = in->run->bus.max_age_s;
    if (!(fabs(age_s) <= most_s)) {
        if (!(at->stepped_ns != 0 && fabs(age_s - 1e-9 * (double)at->stepped_ns) <= most_s)) {
            refuse(in, s, FAULT_TIME_JUMP, at->now_ns, age_s, most_s);
            return false;
        }
        f->received_ns += at->stepped_ns; /* from before the clock was stepped */
        f->stamp_ns += at->stepped_ns;
    }
    if (f->received_ns > at->now_ns || f->received_ns <= at->released_ns)
        f->received_ns = at->now_ns;
    return true;
}

static void overload(intake *in, speaker *s, int64_t now_ns, double evidence, double limit)
{
    in->dropped++;
    s->door->dropped++;
    flag(in, &in->system, FAULT_OVERLOAD, now_ns, evidence, limit);
    log_say_limited(&s->door->log, log_period_s, LOG_WARN,
                    "%s sends more than can be taken; %llu frames dropped", s->name,
                    (unsigned long long)s->door->dropped);
}

void intake_message(intake *in, const bus_message *m, const intake_time *at)
{
    speaker s;
    if (!find_speaker(in, m->topic, &s))
        return;
    if (!may_speak(in, m->peer, s.name)) {
        in->refused_peers++;
        refuse(in, &s, FAULT_UNAUTHENTICATED, at->now_ns, (double)in->refused_peers, 0.0);
        log_say_limited(&s.door->log, log_period_s, LOG_WARN, "%s: the key of %s may not speak for it",
                        s.name, m->peer);
        return;
    }
    const source_settings *set = &in->settings->sources[in->frame.source];
    if (!at->drive && !rate_limit_pass(&s.door->rate[s.kind], set->max_rate_hz, burst_s, at->now_ns)) {
        overload(in, &s, at->now_ns, NAN, set->max_rate_hz);
        return;
    }
    if (!decode(in, &s, m, at->now_ns))
        return;
    if (!at->drive && !fit_reception(in, &s, at))
        return;
    s.door->last_stamp_ns = in->frame.stamp_ns;
    if (!in->sinks.frame(in->sinks.context, &in->frame))
        overload(in, &s, at->now_ns, NAN, NAN);
}

/* ---- what it is told */

void intake_refused(intake *in, uint64_t handshakes, int64_t now_ns)
{
    if (handshakes == in->handshakes)
        return;
    log_say_limited(&in->log_system, log_period_s, LOG_WARN,
                    "%llu connections were refused: wrong key, or none", (unsigned long long)handshakes);
    in->handshakes = handshakes;
    flag(in, &in->system, FAULT_UNAUTHENTICATED, now_ns, (double)handshakes, 0.0);
}

void intake_shapeless(intake *in, uint64_t messages)
{
    in->shapeless = messages;
}

void intake_clock_step(intake *in, double step_s, int64_t now_ns)
{
    flag(in, &in->system, FAULT_CLOCK_STEP, now_ns, step_s, 0.0);
    log_say(LOG_WARN, "the system clock was stepped by %.3f s", step_s);
}

static void clear(intake *in, fault_set *set, int64_t now_ns)
{
    for (uint64_t mask = set->raised_mask; mask; mask &= mask - 1)
        fault_report(set, (fault_code)__builtin_ctzll(mask), false, now_ns, NAN, NAN, in->sinks.fault,
                     in->sinks.context);
}

void intake_tick(intake *in, int64_t now_ns)
{
    clear(in, &in->system, now_ns);
    for (size_t i = 0; i < in->settings->source_count; i++)
        clear(in, &in->doors[i].faults, now_ns);
}

void intake_shift_time(intake *in, int64_t delta_ns)
{
    fault_set_shift(&in->system, delta_ns);
    for (size_t i = 0; i < SETTINGS_MAX_SOURCES; i++) {
        fault_set_shift(&in->doors[i].faults, delta_ns);
        for (int k = 0; k < FRAME_KIND_COUNT; k++)
            rate_limit_shift(&in->doors[i].rate[k], delta_ns);
        if (in->doors[i].last_stamp_ns != INT64_MIN)
            in->doors[i].last_stamp_ns += delta_ns;
    }
}

void intake_fill(const intake *in, fusion_status *status, status_extra *extra)
{
    status->system_fault_mask |= in->system.raised_mask;
    extra->dropped = in->dropped;
    extra->malformed = in->malformed + in->shapeless;
    extra->unauthenticated = in->handshakes + in->refused_peers;
    for (size_t i = 0; i < status->source_count && i < SETTINGS_MAX_SOURCES; i++) {
        const door *d = &in->doors[i];
        status->sources[i].fault_mask |= d->faults.raised_mask;
        if (d->faults.raised_mask && status->sources[i].state == SOURCE_STATE_ALIVE)
            status->sources[i].state = SOURCE_STATE_FLAGGED;
        const bool seen = d->last_stamp_ns != INT64_MIN;
        extra->sources[i] = (source_status_extra){
            .malformed = d->malformed,
            .refused = d->refused,
            .dropped = d->dropped,
            .last_stamp_ns = seen ? d->last_stamp_ns : 0,
            .age_s = seen ? (float)(1e-9 * ((double)status->stamp_ns - (double)d->last_stamp_ns)) : NAN,
        };
    }
}
