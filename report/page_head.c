/*
 * The drive in numbers, its sources, modes and faults.
 */
#include "report/page_parts.h"

#include <math.h>
#include <time.h>

static void write_start(const drive_page *p, json_writer *w)
{
    char text[64] = "";
    const time_t seconds = (time_t)(p->start_ns / 1000000000);
    struct tm parts;
    /* Before 2000 it is no date but a clock that began with the drive. */
    if (seconds > 946684800 && gmtime_r(&seconds, &parts))
        strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S UTC", &parts);
    json_text(w, "start_utc", text);
}

/* Share of the time in NOMINAL or DEGRADED. */
static double working_share(const drive_page *p)
{
    double working_s = 0, all_s = 0;
    for (size_t i = 0; i < p->mode_count; i++) {
        double span_s = p->modes[i].to_s - p->modes[i].from_s;
        all_s += span_s;
        if (p->modes[i].mode == MODE_NOMINAL || p->modes[i].mode == MODE_DEGRADED)
            working_s += span_s;
    }
    return all_s > 0 ? working_s / all_s : NAN;
}

static void write_evaluation(const evaluation *v, json_writer *w)
{
    json_open(w, "evaluation", '{');
    json_whole(w, "samples", v->samples);
    json_number(w, "availability", v->availability, 4);
    json_number(w, "available_fraction", v->integrity.available_fraction, 4);
    json_number(w, "horizontal_rmse_m", v->horizontal_rmse_m, 4);
    json_number(w, "horizontal_p95_m", v->horizontal_p95_m, 4);
    json_number(w, "horizontal_max_m", v->horizontal_max_m, 4);
    json_number(w, "vertical_rmse_m", v->vertical_rmse_m, 4);
    json_number(w, "heading_rmse_deg", v->heading_rmse_deg, 4);
    json_number(w, "heading_offset_deg", v->heading_offset_deg, 4);
    json_number(w, "velocity_east_rmse_mps", v->velocity_east_rmse_mps, 4);
    json_number(w, "velocity_north_rmse_mps", v->velocity_north_rmse_mps, 4);
    json_number(w, "coverage95", v->coverage95_horizontal, 4);
    json_number(w, "nees_mean", v->nees_horizontal_mean, 3);
    json_close(w, '}');
}

static const char *state_word(source_state state)
{
    static const char *const words[] = {
        [SOURCE_STATE_NEVER_SEEN] = "never seen", [SOURCE_STATE_ALIVE] = "alive",
        [SOURCE_STATE_FLAGGED] = "flagged",       [SOURCE_STATE_STALE] = "stale",
        [SOURCE_STATE_DISABLED] = "disabled",
    };
    size_t i = (size_t)state;
    return i < sizeof words / sizeof *words && words[i] ? words[i] : "?";
}

static void write_sources(const drive_page *p, json_writer *w)
{
    json_open(w, "sources", '[');
    for (size_t i = 0; i < p->settings->source_count; i++) {
        const fusion_source_status *s = &p->status->sources[i];
        json_open(w, NULL, '{');
        json_text(w, "name", p->settings->sources[i].name);
        json_whole(w, "frames", s->frames);
        json_whole(w, "used", s->used);
        json_whole(w, "rejected", s->rejected);
        json_whole(w, "late", s->late);
        json_whole(w, "malformed", p->malformed[i]);
        json_number(w, "rate_hz", s->rate_hz, 1);
        json_number(w, "latency_s", s->latency_s, 4);
        json_number(w, "latency_sigma_s", s->latency_sigma_s, 4);
        json_number(w, "nis_ratio", s->nis_ratio, 3);
        json_text(w, "state", state_word(s->state));
        json_close(w, '}');
    }
    json_close(w, ']');
}

static void write_faults(const char *key, const page_fault *faults, size_t count, json_writer *w)
{
    json_open(w, key, '[');
    for (size_t i = 0; i < count; i++) {
        json_open(w, NULL, '{');
        json_text(w, "source", faults[i].source);
        json_text(w, "code", faults[i].code);
        json_text(w, "severity", faults[i].severity);
        json_text(w, "text", faults[i].text);
        json_number(w, "from", faults[i].from_s, 3);
        json_number(w, "to", faults[i].to_s, 3);
        json_close(w, '}');
    }
    json_close(w, ']');
}

static void write_modes(const drive_page *p, json_writer *w)
{
    json_open(w, "modes", '[');
    for (size_t i = 0; i < p->mode_count; i++) {
        json_open(w, NULL, '[');
        json_number(w, NULL, p->modes[i].mode, 0);
        json_number(w, NULL, p->modes[i].from_s, 3);
        json_number(w, NULL, p->modes[i].to_s, 3);
        json_close(w, ']');
    }
    json_close(w, ']');
}

void page_write_head(const drive_page *p, json_writer *w)
{
    json_text(w, "kind", "drive");
    json_text(w, "version", POSED_VERSION);
    json_text(w, "name", p->name);
    json_text(w, "damage", p->damage);
    write_start(p, w);
    json_open(w, "head", '{');
    json_number(w, "end_s", p->end_s, 3);
    json_number(w, "duration_s", p->duration_s, 2);
    json_number(w, "distance_m", p->distance_m, 1);
    json_number(w, "working_share", working_share(p), 4);
    json_whole(w, "frames", p->log->frame_count);
    json_whole(w, "poses", p->pose_count);
    json_close(w, '}');
    if (p->evaluation)
        write_evaluation(p->evaluation, w);
    write_sources(p, w);
    write_modes(p, w);
    write_faults("faults", p->faults, p->fault_count, w);
    write_faults("injected", p->injected, p->injected_count, w);
}
