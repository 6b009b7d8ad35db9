/*
 * When each source was there and used, and what the filter found out about latency and calibration.
 */
#include "report/page_parts.h"

#include <math.h>
#include <stdlib.h>

/* What came of a source in one interval: bits, so that order does not matter. */
enum { CELL_FRAMES = 1, CELL_USED = 2, CELL_REFUSED = 4 };
/* As the page knows it. */
enum { SPAN_UNUSED, SPAN_USED, SPAN_PARTLY };

/* Intervals wide enough that a healthy source is in each of them. */
static double cell_width_s(const drive_page *p, size_t source)
{
    double rate_hz = p->status->sources[source].rate_hz;
    double period_s = rate_hz > 0 ? 1 / rate_hz : 0;
    return fmax(fmax(0.5, 1.5 * period_s), p->end_s / 2000);
}

static void mark(const drive_page *p, unsigned char *cells, size_t count, double width_s, int64_t stamp_ns,
                 unsigned bit)
{
    double at = page_seconds(p, stamp_ns) / width_s;
    if (at >= 0 && at < (double)count)
        cells[(size_t)at] |= (unsigned char)bit;
}

/* That a car does not slide sideways is nothing that the source said whose frame gave the occasion. */
static bool speaks_for_source(const verdict *v)
{
    return v->quantity != QUANTITY_NON_HOLONOMIC;
}

static void mark_all(const drive_page *p, size_t source, unsigned char *cells, size_t count, double width_s)
{
    const drive_log *log = p->log;
    for (size_t i = 0; i < log->frame_count; i++) {
        if (log->frames[i].source == source)
            mark(p, cells, count, width_s, log->frames[i].stamp_ns, CELL_FRAMES);
    }
    for (size_t i = 0; i < log->verdict_count; i++) {
        const verdict *v = &log->verdicts[i];
        if (v->source != source || !speaks_for_source(v))
            continue;
        if (v->decision == DECISION_FUSED || v->decision == DECISION_DOWN_WEIGHTED)
            mark(p, cells, count, width_s, v->stamp_ns, CELL_USED);
        else if (v->decision == DECISION_REJECTED)
            mark(p, cells, count, width_s, v->stamp_ns, CELL_REFUSED);
    }
}

/* An IMU's frames drive the prediction, and no verdict says so: the filter's own count does, where it has
 * grown from one status to the next. */
static void mark_prediction(const drive_page *p, size_t source, unsigned char *cells, size_t count,
                            double width_s)
{
    const drive_log *log = p->log;
    double from_s = 0;
    uint64_t used = 0;
    if (p->settings->sources[source].kind != SOURCE_IMU)
        return;
    for (size_t i = 0; i < log->status_count; i++) {
        const fusion_status *s = &log->statuses[i];
        double to_s = page_seconds(p, s->stamp_ns);
        for (double cell = floor(fmax(0, from_s) / width_s); s->sources[source].used > used; cell++) {
            if (!(cell * width_s <= to_s) || !(cell < (double)count))
                break;
            if (cells[(size_t)cell] & CELL_FRAMES)
                cells[(size_t)cell] |= CELL_USED;
        }
        used = s->sources[source].used;
        from_s = to_s;
    }
}

static int span_of(unsigned char cell)
{
    if (!(cell & (CELL_FRAMES | CELL_USED)))
        return -1;
    if (!(cell & CELL_USED))
        return SPAN_UNUSED;
    return cell & CELL_REFUSED ? SPAN_PARTLY : SPAN_USED;
}

static void write_spans(const unsigned char *cells, size_t count, double width_s, double end_s,
                        json_writer *w)
{
    for (size_t from = 0, to; from < count; from = to) {
        int span = span_of(cells[from]);
        for (to = from + 1; to < count && span_of(cells[to]) == span;)
            to++;
        if (span < 0)
            continue;
        json_open(w, NULL, '[');
        json_number(w, NULL, (double)from * width_s, 2);
        json_number(w, NULL, fmin(end_s, (double)to * width_s), 2);
        json_number(w, NULL, span, 0);
        json_close(w, ']');
    }
}

bool page_write_availability(const drive_page *p, json_writer *w)
{
    bool complete = true;
    json_open(w, "availability", '[');
    for (size_t s = 0; s < p->settings->source_count && complete; s++) {
        double width_s = cell_width_s(p, s);
        size_t count = 1 + (size_t)(fmax(0, p->end_s) / width_s);
        unsigned char *cells = calloc(count, 1);
        complete = cells != NULL;
        json_open(w, NULL, '[');
        if (cells) {
            mark_all(p, s, cells, count, width_s);
            mark_prediction(p, s, cells, count, width_s);
            write_spans(cells, count, width_s, p->end_s, w);
        }
        json_close(w, ']');
        free(cells);
    }
    json_close(w, ']');
    return complete;
}

/* ---- status ---- */

typedef double status_value(const fusion_status *s, size_t source);

static double value_time(const fusion_status *s, size_t source)
{
    (void)source;
    return (double)s->stamp_ns;
}

static double value_latency(const fusion_status *s, size_t source)
{
    return s->sources[source].latency_s;
}

static double value_latency_sigma(const fusion_status *s, size_t source)
{
    return s->sources[source].latency_sigma_s;
}

static double value_wheel_scale(const fusion_status *s, size_t source)
{
    (void)source;
    return s->wheel_scale;
}

static double value_wheel_scale_sigma(const fusion_status *s, size_t source)
{
    (void)source;
    return s->wheel_scale_sigma;
}

static double value_mount_pitch(const fusion_status *s, size_t source)
{
    (void)source;
    return s->mount_pitch_rad * 180 / M_PI;
}

static double value_mount_pitch_sigma(const fusion_status *s, size_t source)
{
    (void)source;
    return s->mount_pitch_sigma_rad * 180 / M_PI;
}

static double value_mount_yaw(const fusion_status *s, size_t source)
{
    (void)source;
    return s->mount_yaw_rad * 180 / M_PI;
}

static double value_mount_yaw_sigma(const fusion_status *s, size_t source)
{
    (void)source;
    return s->mount_yaw_sigma_rad * 180 / M_PI;
}

static void write_values(const drive_page *p, const char *key, status_value *value, size_t source,
                         json_writer *w)
{
    const drive_log *log = p->log;
    size_t every = 1 + log->status_count / 2000;
    json_open(w, key, '[');
    for (size_t i = 0; i < log->status_count; i += every) {
        double v = value(&log->statuses[i], source);
        json_number(w, NULL, value == value_time ? 1e-9 * (v - (double)p->start_ns) : v, 5);
    }
    json_close(w, ']');
}

static void write_by_source(const drive_page *p, const char *key, status_value *value, json_writer *w)
{
    json_open(w, key, '[');
    for (size_t s = 0; s < p->settings->source_count; s++)
        write_values(p, NULL, value, s, w);
    json_close(w, ']');
}

void page_write_status(const drive_page *p, json_writer *w)
{
    static const struct {
        const char *key;
        status_value *value;
    } rows[] = {
        {"t", value_time},
        {"wheel_scale", value_wheel_scale},
        {"wheel_scale_sigma", value_wheel_scale_sigma},
        {"mount_pitch", value_mount_pitch},
        {"mount_pitch_sigma", value_mount_pitch_sigma},
        {"mount_yaw", value_mount_yaw},
        {"mount_yaw_sigma", value_mount_yaw_sigma},
    };
    json_open(w, "status", '{');
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        write_values(p, rows[i].key, rows[i].value, 0, w);
    write_by_source(p, "latency", value_latency, w);
    write_by_source(p, "latency_sigma", value_latency_sigma, w);
    json_close(w, '}');
}
