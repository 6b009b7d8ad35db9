#include "daemon/run/outlet.h"

#include "daemon/fault_log.h"

static void send(outlet *o, const char *topic, size_t size)
{
    if (size > 0)
        bus_publish(o->publisher, topic, o->buffer, size);
}

void outlet_frame(outlet *o, const frame *f)
{
    char topic[TOPIC_SIZE];
    const char *name = o->settings->sources[f->source].name;
    if (topic_of_frame((frame_kind)f->kind, name, topic))
        send(o, topic, message_encode_frame(f, name, o->buffer, sizeof o->buffer));
}

void outlet_live_pose(outlet *o, const fusion_pose *p)
{
    send(o, TOPIC_POSE, message_encode_live_pose(p, p->stamp_ns + o->valid_ns, o->buffer, sizeof o->buffer));
}

void outlet_track(outlet *o, const fusion_pose *p)
{
    send(o, TOPIC_TRACK, message_encode_pose(p, o->buffer, sizeof o->buffer));
}

void outlet_verdict(outlet *o, const verdict *v)
{
    send(o, TOPIC_VERDICT,
         message_encode_verdict(v, o->settings->sources[v->source].name, o->buffer, sizeof o->buffer));
}

void outlet_fault(outlet *o, const fault_event *event)
{
    send(o, TOPIC_FAULT,
         message_encode_fault(event, fault_source_name(o->settings, event->source), o->fault_sequence++,
                              o->buffer, sizeof o->buffer));
}

void outlet_status(outlet *o, const fusion_status *status, const status_extra *extra)
{
    const char *names[SETTINGS_MAX_SOURCES];
    for (size_t i = 0; i < status->source_count; i++)
        names[i] = o->settings->sources[i].name;
    o->status_size =
        message_encode_status(status, names, o->status_sequence++, extra, o->status, sizeof o->status);
    if (o->status_size > 0)
        bus_publish(o->publisher, TOPIC_STATUS, o->status, o->status_size);
}

void outlet_greet(outlet *o)
{
    if (bus_publisher_subscribed(o->publisher, TOPIC_STATUS) && o->status_size > 0)
        bus_publish(o->publisher, TOPIC_STATUS, o->status, o->status_size);
}
