#include "daemon/watch/watch_view.h"

#include "daemon/utc_text.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <time.h>

static const float degrees = 57.2957795f;

/* ---- what is kept */

static bool same_fault(const posed_fault *a, const posed_fault *b)
{
    return a->code == b->code && strcmp(a->source, b->source) == 0;
}

static void take_fault(watch_view *v, const posed_fault *f)
{
    size_t i = 0;
    while (i < v->fault_count && !same_fault(&v->faults[i], f))
        i++;
    if (i < v->fault_count)
        v->faults[i] = v->faults[--v->fault_count];
    if (f->raised && v->fault_count < WATCH_MAX_FAULTS)
        v->faults[v->fault_count++] = *f;
}

void watch_view_take(watch_view *v, const posed_event *event)
{
    if (event->kind == POSED_KIND_POSE) {
        v->pose = *event->pose;
        v->has_pose = true;
    } else if (event->kind == POSED_KIND_FAULT) {
        take_fault(v, event->fault);
    }
}

/* ---- how it looks */

typedef struct {
    const watch_view *view;
    FILE *out;
    int64_t now_ns;
} painter;

static const char *style(const painter *p, const char *sequence)
{
    return p->view->colour ? sequence : "";
}

#define BOLD "\033[1m"
#define RED "\033[31m"
#define GREEN "\033[32m"
#define YELLOW "\033[33m"
#define PLAIN "\033[0m"

static const char *mode_style(posed_mode mode)
{
    return mode == POSED_MODE_NOMINAL ? BOLD GREEN : mode == POSED_MODE_DEGRADED ? BOLD YELLOW : BOLD RED;
}

/* "0.012 s", "3.4 s", "2 min 5 s", "3 h 4 min": from less than a second to weeks. */
static void print_span(FILE *out, double s)
{
    long long whole = (long long)fmin(fabs(s), 1e15);
    if (fabs(s) < 1)
        fprintf(out, "%.0f ms", 1e3 * s);
    else if (fabs(s) < 60)
        fprintf(out, "%.1f s", s);
    else if (whole < 3600)
        fprintf(out, "%lld min %lld s", whole / 60, whole % 60);
    else
        fprintf(out, "%lld h %lld min", whole / 3600, whole / 60 % 60);
}

static double seconds(int64_t from_ns, int64_t to_ns)
{
    return 1e-9 * ((double)to_ns - (double)from_ns);
}

static void print_cell(FILE *out, float value, int width, int digits)
{
    if (isfinite(value))
        fprintf(out, " %*.*f", width, digits, (double)value);
    else
        fprintf(out, " %*s", width, "-");
}

static void print_headline(const painter *p, const posed_client *client, const posed_status *s)
{
    fprintf(p->out, "%sposed%s %s  %s", style(p, BOLD), style(p, PLAIN), s->version, p->view->endpoint);
    if (!s->drive_time) {
        fputs("  up ", p->out);
        print_span(p->out, seconds(s->started_ns, p->now_ns));
    } else {
        fputs("  a replayed drive", p->out);
    }
    double silent_s = seconds(s->stamp_ns, p->now_ns);
    if (silent_s > 3) { /* it comes once a second */
        fprintf(p->out, "  %ssilent for ", style(p, BOLD RED));
        print_span(p->out, silent_s);
        fputs(style(p, PLAIN), p->out);
    }
    fprintf(p->out, "\ndropped %" PRIu32 "  malformed %" PRIu32 "  unauthenticated %" PRIu32, s->dropped,
            s->malformed, s->unauthenticated);
    if (client)
        fprintf(p->out, "  missed here %" PRIu64, posed_missed(client, POSED_KIND_POSE));
    fputs("\n\n", p->out);
}

static void print_age(const painter *p, const posed_pose *pose)
{
    fputs("age ", p->out);
    print_span(p->out, seconds(pose->stamp_ns, p->now_ns));
    fputs(", newest frame ", p->out);
    print_span(p->out, seconds(pose->based_on_ns, p->now_ns));
    bool over = p->now_ns >= pose->expires_ns;
    fprintf(p->out, " ago, %s%s ", over ? style(p, BOLD RED) : "", over ? "expired" : "expires in");
    print_span(p->out, fabs(seconds(p->now_ns, pose->expires_ns)));
    fprintf(p->out, "%s%s\n", over ? " ago" : "", style(p, PLAIN));
}

static void print_accuracy(const painter *p, const posed_pose *pose)
{
    posed_ellipse e = posed_pose_ellipse95(pose);
    if (!isfinite(e.major_m))
        return;
    fprintf(p->out,
            "  95 %%       %.2f m x %.2f m, long axis at %.0f deg, height ±%.2f m, heading ±%.2f deg\n",
            (double)e.major_m, (double)e.minor_m, (double)(e.azimuth_rad * degrees),
            1.96 * (double)sqrtf(pose->covariance[2][2]),
            1.96 * (double)(sqrtf(pose->covariance[5][5]) * degrees));
    if (isfinite(pose->protection_along_m) || isfinite(pose->protection_cross_m))
        fprintf(p->out, "  bound      %.2f m along, %.2f m across, %.2f m vertical, %.2f deg heading\n",
                (double)pose->protection_along_m, (double)pose->protection_cross_m,
                (double)pose->protection_vertical_m, (double)(pose->protection_heading_rad * degrees));
    if (isfinite(pose->confidence))
        fprintf(p->out, "  inside the alert limits with %.1f %%\n", 100 * (double)pose->confidence);
    if (pose->lane_id != 0)
        fprintf(p->out, "  lane       %" PRId64 " with %.1f %%\n", (int64_t)pose->lane_id,
                100 * (double)pose->lane_probability);
}

static void print_pose(const painter *p)
{
    const posed_pose *pose = &p->view->pose;
    if (!p->view->has_pose) {
        fputs("  no pose yet\n\n", p->out);
        return;
    }
    bool usable = posed_pose_usable(pose, p->now_ns);
    fprintf(p->out, "  %s%s%s  %s%s%s  ", style(p, mode_style(pose->mode)), posed_mode_name(pose->mode),
            style(p, PLAIN), style(p, usable ? GREEN : BOLD RED), usable ? "usable" : "NOT USABLE",
            style(p, PLAIN));
    print_age(p, pose);
    if (isfinite(pose->latitude_deg)) {
        fprintf(p->out, "  position   %.7f, %.7f deg, %.2f m\n", pose->latitude_deg, pose->longitude_deg,
                pose->height_m);
        fprintf(p->out,
                "  motion     heading %.1f deg, %.2f m/s, climbing %.2f m/s, pitch %.1f deg, roll %.1f deg\n",
                (double)(pose->heading_rad * degrees), (double)posed_pose_speed_mps(pose),
                (double)pose->velocity_enu_mps[2], (double)(pose->pitch_rad * degrees),
                (double)(pose->roll_rad * degrees));
        print_accuracy(p, pose);
    }
    fputc('\n', p->out);
}

static void print_source(const painter *p, const posed_source *s)
{
    bool well = s->state == POSED_SOURCE_ALIVE;
    fprintf(p->out, "  %-22s %s%-10s%s", s->name, style(p, well ? GREEN : YELLOW),
            posed_source_state_name(s->state), style(p, PLAIN));
    print_cell(p->out, s->rate_hz, 7, 1);
    print_cell(p->out, s->age_s * 1e3f, 7, 0);
    print_cell(p->out, s->latency_s * 1e3f, 7, 0);
    print_cell(p->out, s->nis_ratio, 6, 2);
    fprintf(p->out,
            " %10" PRIu32 " %10" PRIu32 " %8" PRIu32 " %6" PRIu32 " %6" PRIu32 " %7" PRIu32 " %7" PRIu32 "\n",
            s->frames, s->used, s->rejected, s->late, s->malformed, s->refused, s->dropped);
}

static void print_sources(const painter *p, const posed_status *s)
{
    fprintf(p->out, "  %s%-22s %-10s %7s %7s %7s %6s %10s %10s %8s %6s %6s %7s %7s%s\n", style(p, BOLD),
            "source", "state", "Hz", "age ms", "lat. ms", "NIS", "frames", "used", "rejected", "late",
            "malf.", "refused", "dropped", style(p, PLAIN));
    for (size_t i = 0; i < s->source_count; i++)
        print_source(p, s->sources[i]);
}

static void print_calibration(const painter *p, const posed_status *s)
{
    if (isfinite(s->mount_pitch_rad) && isfinite(s->mount_yaw_rad))
        fprintf(p->out, "\n  IMU mount  pitch %.2f ± %.2f deg, yaw %.2f ± %.2f deg\n",
                (double)(s->mount_pitch_rad * degrees), (double)(s->mount_pitch_sigma_rad * degrees),
                (double)(s->mount_yaw_rad * degrees), (double)(s->mount_yaw_sigma_rad * degrees));
    if (isfinite(s->wheel_scale))
        fprintf(p->out, "  wheels     measure %.4f ± %.4f of the speed\n", (double)s->wheel_scale,
                (double)s->wheel_scale_sigma);
}

static const char *day_text(int32_t day, char out[16])
{
    const time_t at = (time_t)day * 86400;
    struct tm parts;
    const bool good = gmtime_r(&at, &parts) && strftime(out, 16, "%Y-%m-%d", &parts) > 0;
    return good ? out : "?";
}

static void print_map(const painter *p, const posed_status *s)
{
    char first[16], last[16];
    const posed_map *map = &s->map;
    if (!s->has_map)
        return;
    fprintf(p->out, "\n  map        %s (%08" PRIx32 "), %" PRIu32 " marks, %" PRIu32 " lanes", map->file,
            map->checksum, map->marks, map->lanes);
    if (map->has_survey)
        fprintf(p->out, ", surveyed %s to %s", day_text(map->first_survey_day, first),
                day_text(map->last_survey_day, last));
    fputc('\n', p->out);
    for (size_t i = 0; i < s->missed_count; i++)
        fprintf(p->out, "%s %" PRId64, i == 0 ? "  missed    " : ",", (int64_t)s->missed[i]);
    fputs(s->missed_count > 0 ? "\n" : "", p->out);
}

static const posed_fault *find_report(const watch_view *v, const char *source, uint32_t code)
{
    for (size_t i = 0; i < v->fault_count; i++) {
        const posed_fault *f = &v->faults[i];
        bool system = strcmp(source, "system") == 0 && strcmp(f->source, "map") == 0; /* listed as one */
        if (f->code == code && (system || strcmp(f->source, source) == 0))
            return f;
    }
    return NULL;
}

static void print_evidence(FILE *out, const posed_fault *f)
{
    if (isfinite(f->evidence))
        fprintf(out, "  %.4g", (double)f->evidence);
    if (isfinite(f->evidence) && isfinite(f->limit))
        fprintf(out, " (limit %.4g)", (double)f->limit);
}

/* Since when and why is known of those that rose while we listened. */
static void print_fault(const painter *p, const char *source, uint32_t code)
{
    const posed_fault *report = find_report(p->view, source, code);
    fprintf(p->out, "  %-22s %s%-16s%s", source, style(p, YELLOW), posed_fault_name(code), style(p, PLAIN));
    if (report) {
        fputs("  for ", p->out);
        print_span(p->out, seconds(report->since_ns, p->now_ns));
        print_evidence(p->out, report);
    }
    fprintf(p->out, "  %s\n", posed_fault_text(code));
}

static void print_faults(const painter *p, const posed_status *s)
{
    size_t count = s->fault_count;
    for (size_t i = 0; i < s->source_count; i++)
        count += s->sources[i]->fault_count;
    fprintf(p->out, "\n  %s%s%s\n", style(p, BOLD), count > 0 ? "faults" : "no faults", style(p, PLAIN));
    for (size_t i = 0; i < s->fault_count; i++)
        print_fault(p, "system", s->faults[i]);
    for (size_t i = 0; i < s->source_count; i++) {
        for (size_t k = 0; k < s->sources[i]->fault_count; k++)
            print_fault(p, s->sources[i]->name, s->sources[i]->faults[k]);
    }
}

void watch_view_write(const watch_view *v, const posed_client *client, FILE *out)
{
    const posed_status *s = posed_latest_status(client);
    const painter p = {v, out, posed_now_ns(client)};
    if (!s) {
        fprintf(out, "%sposed%s  %s\n\n  waiting for its status%s%s\n", style(&p, BOLD), style(&p, PLAIN),
                v->endpoint, *v->waiting ? ": " : "", v->waiting);
        return;
    }
    print_headline(&p, client, s);
    print_pose(&p);
    print_sources(&p, s);
    print_calibration(&p, s);
    print_map(&p, s);
    print_faults(&p, s);
}

/* ---- as a log */

static void print_time(FILE *out, int64_t ns)
{
    char text[UTC_TEXT_SIZE];
    utc_text(ns, text);
    fputs(text, out);
}

static void print_status_line(const watch_view *v, const posed_status *s, int64_t now_ns, FILE *out)
{
    const posed_pose *pose = &v->pose;
    size_t alive = 0, faults = s->fault_count;
    for (size_t i = 0; i < s->source_count; i++) {
        alive += s->sources[i]->state == POSED_SOURCE_ALIVE;
        faults += s->sources[i]->fault_count;
    }
    print_time(out, s->stamp_ns);
    fprintf(out, " %s", posed_mode_name(s->mode));
    if (v->has_pose && posed_pose_usable(pose, now_ns)) {
        posed_ellipse e = posed_pose_ellipse95(pose);
        fprintf(out, " %.7f %.7f deg, %.2f m, heading %.1f deg, %.2f m/s, 95 %% %.2f x %.2f m",
                pose->latitude_deg, pose->longitude_deg, pose->height_m,
                (double)(pose->heading_rad * degrees), (double)posed_pose_speed_mps(pose), (double)e.major_m,
                (double)e.minor_m);
        if (pose->lane_id != 0)
            fprintf(out, ", lane %" PRId64 " with %.0f %%", (int64_t)pose->lane_id,
                    100 * (double)pose->lane_probability);
    } else {
        fputs(" no usable pose", out);
    }
    fprintf(out, ", %zu of %zu sources alive, %zu faults\n", alive, s->source_count, faults);
}

void watch_view_write_line(const watch_view *v, const posed_event *event, int64_t now_ns, FILE *out)
{
    if (event->kind == POSED_KIND_STATUS)
        print_status_line(v, event->status, now_ns, out);
    if (event->kind != POSED_KIND_FAULT)
        return;
    const posed_fault *f = event->fault;
    print_time(out, f->stamp_ns);
    fprintf(out, " %s %s %s %s", posed_severity_name(f->severity), f->source, posed_fault_name(f->code),
            f->raised ? "raised" : "cleared");
    print_evidence(out, f);
    fprintf(out, "  %s\n", posed_fault_text(f->code));
}
