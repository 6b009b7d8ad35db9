#include "daemon/explain/explain.h"

#include <jansson.h>
#include <math.h>

static const double deg = 180 / M_PI;

/* JSON knows no NAN: what is not known is null. */
static json_t *number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

/* Seconds from the drive's start; null: not in this drive. */
static json_t *time_of(const explanation *x, int64_t time_ns)
{
    return time_ns == INT64_MAX || time_ns == INT64_MIN ? json_null()
                                                        : json_real(explain_seconds(x, time_ns));
}

static json_t *sources_array(const settings *s, uint32_t sources)
{
    json_t *names = json_array();
    for (size_t i = 0; i < s->source_count; i++) {
        if (sources >> i & 1u)
            json_array_append_new(names, json_string(s->sources[i].name));
    }
    return names;
}

/* Along, across, vertical in metres, heading in degrees. */
static json_t *directions_object(const float v[EXPLAIN_DIRECTIONS])
{
    return json_pack("{s:o, s:o, s:o, s:o}", "along_m", number(v[0]), "cross_m", number(v[1]), "vertical_m",
                     number(v[2]), "heading_deg", number(deg * v[3]));
}

/* ---- flags */

static json_t *flag_object(const explanation *x, size_t i)
{
    const explain_flag *flag = &x->log.flags[i];
    const fault_info *info = fault_describe((fault_code)flag->code);
    static const char *const effects[] = {
        [EFFECT_NONE] = "none", [EFFECT_DOWN_WEIGHT] = "down-weight", [EFFECT_EXCLUDE] = "exclude"};
    json_t *o = json_object();
    json_object_set_new(o, "fault", json_integer((json_int_t)i + 1));
    json_object_set_new(o, "source", json_string(fault_source_name(explain_settings(x), flag->source)));
    json_object_set_new(o, "code", json_string(info->name));
    json_object_set_new(o, "severity", json_string(fault_severity_word(info->severity)));
    json_object_set_new(o, "text", json_string(info->text));
    json_object_set_new(o, "effect", json_string(effects[info->effect]));
    json_object_set_new(o, "begin_s", time_of(x, flag->begin_ns));
    json_object_set_new(o, "from_s", time_of(x, flag->rise_ns));
    json_object_set_new(o, "gone_s", time_of(x, flag->gone_ns));
    json_object_set_new(o, "to_s", time_of(x, flag->clear_ns));
    json_object_set_new(o, "fused", json_integer((json_int_t)flag->fused));
    json_object_set_new(o, "refused", json_integer((json_int_t)flag->refused));
    json_object_set_new(o, "evidence", number(flag->evidence));
    json_object_set_new(o, "limit", number(flag->limit));
    json_object_set_new(o, "evidence_is", json_string(info->evidence));
    json_object_set_new(o, "unit", json_string(info->unit));
    json_object_set_new(o, "worst", number(flag->worst));
    json_object_set_new(o, "worst_s", isfinite(flag->worst) ? time_of(x, flag->worst_ns) : json_null());
    return o;
}

static json_t *subjects_array(const explanation *x)
{
    json_t *list = json_array();
    for (size_t i = 0; i < x->subject_count; i++)
        json_array_append_new(list, flag_object(x, x->subjects[i]));
    return list;
}

/* Of each told flag, what was seen about the moment. */
static json_t *evidence_array(const explanation *x, const explain_flag *flag)
{
    json_t *list = json_array();
    for (size_t i = 0; i < x->log.look_count; i++) {
        const explain_look *look = &x->log.looks[i];
        if (look->source != flag->source || look->code != flag->code)
            continue;
        json_t *row = json_array();
        json_array_append_new(row, time_of(x, look->stamp_ns));
        json_array_append_new(row, json_boolean(look->present));
        json_array_append_new(row, number(look->evidence));
        json_array_append_new(row, number(look->limit));
        json_array_append_new(list, row);
    }
    return list;
}

static json_t *looks_object(const explanation *x)
{
    json_t *list = json_array();
    for (size_t i = 0; i < x->subject_count; i++) {
        const size_t k = x->subjects[i];
        json_t *o = json_object();
        json_object_set_new(o, "fault", json_integer((json_int_t)k + 1));
        json_object_set_new(o, "t_holds_evidence_limit", evidence_array(x, &x->log.flags[k]));
        json_array_append_new(list, o);
    }
    return list;
}

/* ---- the pose */

static json_t *decider_object(const explanation *x, const explain_bound *b)
{
    static const char *const words[] = {[DECIDER_FAULT_FREE] = "fault_free",
                                        [DECIDER_HYPOTHESIS] = "hypothesis",
                                        [DECIDER_HELD] = "held",
                                        [DECIDER_MAP] = "map",
                                        [DECIDER_SINCE] = "since"};
    if (b->decider == DECIDER_NONE)
        return json_null();
    json_t *o = json_object();
    json_object_set_new(o, "by", json_string(words[b->decider]));
    json_object_set_new(o, "widened", json_boolean(b->widened));
    if (b->decider == DECIDER_HYPOTHESIS)
        json_object_set_new(o, "without",
                            sources_array(explain_settings(x), x->status->hypotheses[b->hypothesis].sources));
    return o;
}

static json_t *bounds_object(const explanation *x)
{
    static const char *const words[EXPLAIN_DIRECTIONS] = {"along_m", "cross_m", "vertical_m", "heading_deg"};
    json_t *bounds = json_object();
    for (int i = 0; i < EXPLAIN_DIRECTIONS; i++) {
        const explain_bound *b = &x->bounds[i];
        const double unit = i == EXPLAIN_HEADING ? deg : 1;
        json_t *o = json_object();
        json_object_set_new(o, "sigma", number(unit * b->sigma));
        json_object_set_new(o, "level", number(unit * b->level));
        json_object_set_new(o, "limit", number(unit * b->alert));
        json_object_set_new(o, "decided", decider_object(x, b));
        json_object_set_new(bounds, words[i], o);
    }
    return bounds;
}

static json_t *hypothesis_object(const explanation *x, const fusion_hypothesis *of)
{
    json_t *o = json_object(), *only = json_array();
    json_object_set_new(o, "without", sources_array(explain_settings(x), of->sources));
    for (int q = 0; q < QUANTITY_COUNT; q++) {
        if (of->quantities >> q & 1u)
            json_array_append_new(only, json_string(verdict_quantity_word((verdict_quantity)q)));
    }
    json_object_set_new(o, "only", only);
    json_object_set_new(o, "separation", directions_object(of->separation));
    json_object_set_new(o, "threshold", directions_object(of->threshold));
    json_object_set_new(o, "sigma", directions_object(of->sigma));
    json_object_set_new(o, "level", directions_object(of->level));
    json_object_set_new(o, "doubt", number(of->doubt));
    return o;
}

/* `status` may be NULL. */
static json_t *hypotheses_array(const explanation *x, const fusion_status *status)
{
    json_t *list = json_array();
    for (size_t h = 0; status && h < status->hypothesis_count; h++) {
        if (status->hypotheses[h].live)
            json_array_append_new(list, hypothesis_object(x, &status->hypotheses[h]));
    }
    return list;
}

static json_t *pose_object(const explanation *x)
{
    const fusion_pose *p = &x->pose;
    char why[256];
    if (!x->posed)
        return json_null();
    explain_why_unusable(x, why, sizeof why);
    json_t *o = json_object();
    json_object_set_new(o, "at_s", time_of(x, p->stamp_ns));
    json_object_set_new(o, "mode", json_string(fusion_mode_word((fusion_mode)p->mode)));
    json_object_set_new(o, "usable", json_boolean(p->usable));
    json_object_set_new(o, "why_not", why[0] ? json_string(why) : json_null());
    json_object_set_new(o, "latitude_deg", number(deg * p->latitude_rad));
    json_object_set_new(o, "longitude_deg", number(deg * p->longitude_rad));
    json_object_set_new(o, "height_m", number(p->height_m));
    json_object_set_new(o, "speed_mps", number(hypot(p->velocity_enu_mps[0], p->velocity_enu_mps[1])));
    json_object_set_new(o, "heading_deg", number(deg * p->heading_rad));
    json_object_set_new(o, "confidence", number(p->confidence));
    json_object_set_new(o, "fault_free_sigmas",
                        x->status ? number(x->status->fault_free_sigmas) : json_null());
    json_object_set_new(o, "bounds", bounds_object(x));
    return o;
}

/* ---- sources */

static json_t *verdict_object(const explanation *x, const verdict *v)
{
    static const char *const decisions[] = {"none", "fused", "down-weighted", "rejected", "ignored"};
    json_t *o = json_object();
    json_object_set_new(o, "at_s", time_of(x, v->stamp_ns));
    json_object_set_new(o, "decision", json_string(v->decision < 5 ? decisions[v->decision] : "?"));
    json_object_set_new(o, "reason", json_string(verdict_reason_word((verdict_reason)v->reason)));
    json_object_set_new(o, "nis", v->dim > 0 ? number(v->nis) : json_null());
    json_object_set_new(o, "limit", v->dim > 0 ? number(v->limit) : json_null());
    double off;
    const char *unit = explain_off_in_unit(v, &off);
    json_object_set_new(o, "off", v->dim > 0 ? number(off) : json_null());
    json_object_set_new(o, "off_unit", json_string(unit));
    return o;
}

static json_t *source_object(const explanation *x, size_t i)
{
    const explain_voice *voice = &x->log.voices[i];
    json_t *o = json_object(), *verdicts = json_object();
    json_object_set_new(o, "last_frame_s", time_of(x, voice->stamp_ns));
    for (int q = 0; q < QUANTITY_COUNT; q++) {
        if (voice->judged[q])
            json_object_set_new(verdicts, verdict_quantity_word((verdict_quantity)q),
                                verdict_object(x, &voice->last[q]));
    }
    json_object_set_new(o, "verdicts", verdicts);
    json_object_set_new(o, "latency_s", x->status ? number(x->status->sources[i].latency_s) : json_null());
    json_object_set_new(o, "latency_sigma_s",
                        x->status ? number(x->status->sources[i].latency_sigma_s) : json_null());
    return o;
}

static json_t *sources_object(const explanation *x)
{
    const settings *s = explain_settings(x);
    json_t *sources = json_object();
    for (size_t i = 0; i < s->source_count; i++) {
        if (s->sources[i].enabled)
            json_object_set_new(sources, s->sources[i].name, source_object(x, i));
    }
    return sources;
}

/* ---- what was left out, and what would have happened */

/* What each said while it was out: the first, and the furthest off. */
static json_t *heard_object(const explanation *x, const explain_exclusion *e)
{
    const settings *s = explain_settings(x);
    json_t *heard = json_object();
    for (size_t i = 0; i < s->source_count; i++) {
        if (e->after[i].dim == 0)
            continue;
        json_t *o = json_object();
        json_object_set_new(o, "quantity",
                            json_string(verdict_quantity_word((verdict_quantity)e->after[i].quantity)));
        json_object_set_new(o, "first", verdict_object(x, &e->after[i]));
        json_object_set_new(o, "furthest", verdict_object(x, &e->furthest[i]));
        json_object_set_new(heard, s->sources[i].name, o);
    }
    return heard;
}

static json_t *exclusion_object(const explanation *x, const explain_exclusion *e)
{
    const fusion_hypothesis *of = explain_exclusion_hypothesis(e);
    uint32_t resets = 0;
    const double jump_m = explain_exclusion_jump(x, e, &resets);
    json_t *o = json_object();
    json_object_set_new(o, "sources", sources_array(explain_settings(x), e->sources));
    json_object_set_new(o, "from_s", time_of(x, e->stamp_ns));
    json_object_set_new(o, "to_s", time_of(x, explain_exclusion_end(x, e)));
    json_object_set_new(o, "separation_sigmas", number(e->evidence));
    json_object_set_new(o, "limit_sigmas", number(e->limit));
    json_object_set_new(o, "separation", of ? directions_object(of->separation) : json_null());
    json_object_set_new(o, "doubt_without", of ? number(of->doubt) : json_null());
    json_object_set_new(o, "doubt_with", number(explain_exclusion_doubt(e)));
    json_object_set_new(o, "hypotheses", hypotheses_array(x, &e->status));
    json_object_set_new(o, "heard", heard_object(x, e));
    json_object_set_new(o, "jump_m", number(jump_m));
    json_object_set_new(o, "resets", isfinite(jump_m) ? json_integer(resets) : json_null());
    return o;
}

static json_t *exclusions_array(const explanation *x)
{
    json_t *list = json_array();
    for (size_t i = 0; i < x->exclusion_count; i++)
        json_array_append_new(list, exclusion_object(x, &x->log.exclusions[x->exclusions[i]]));
    return list;
}

/* Sources that their own flags kept out. */
static json_t *by_flags_array(const explanation *x)
{
    json_t *list = json_array();
    for (size_t i = 0; i < x->log.flag_count; i++) {
        if (explain_flag_excludes(x, &x->log.flags[i]))
            json_array_append_new(list, json_integer((json_int_t)i + 1));
    }
    return list;
}

static json_t *run_object(const explain_run *run)
{
    json_t *o = json_object();
    json_object_set_new(o, "played", json_string(run->label));
    json_object_set_new(o, "error_at_m", number(run->error_at_m));
    json_object_set_new(o, "level_at_m", number(run->level_at_m));
    json_object_set_new(o, "error_rms_m", number(run->error_rms_m));
    json_object_set_new(o, "error_max_m", number(run->error_max_m));
    json_object_set_new(o, "error_max_s", number(run->error_max_s));
    json_object_set_new(o, "error_over_level_max", number(run->worst_ratio));
    json_object_set_new(o, "above_level_s", number(run->outside_s));
    json_object_set_new(o, "usable_fraction", number(run->usable_share));
    json_object_set_new(o, "apart_at_m", number(run->apart_at_m));
    json_object_set_new(o, "apart_max_m", number(run->apart_max_m));
    return o;
}

static json_t *runs_array(const explanation *x)
{
    json_t *list = json_array();
    for (size_t i = 0; i < x->run_count; i++)
        json_array_append_new(list, run_object(&x->runs[i]));
    return list;
}

static json_t *moment_object(const explanation *x)
{
    json_t *o = json_object();
    json_object_set_new(o, "at_s", number(x->at_s));
    json_object_set_new(o, "fault", x->fault > 0 ? json_integer((json_int_t)x->fault) : json_null());
    json_object_set_new(o, "flags", subjects_array(x));
    json_object_set_new(o, "evidence", looks_object(x));
    json_object_set_new(o, "excluded", exclusions_array(x));
    json_object_set_new(o, "excluded_by_faults", by_flags_array(x));
    json_object_set_new(o, "over_s", json_pack("[o, o]", time_of(x, x->from_ns), time_of(x, x->to_ns)));
    json_object_set_new(o, "runs", runs_array(x));
    json_object_set_new(o, "pose", pose_object(x));
    json_object_set_new(o, "hypotheses", hypotheses_array(x, x->status));
    json_object_set_new(o, "sources", sources_object(x));
    return o;
}

bool explain_print_json(const explanation *x, FILE *out)
{
    json_t *o = json_object(), *faults = json_array();
    for (size_t i = 0; i < x->log.flag_count; i++)
        json_array_append_new(faults, flag_object(x, i));
    json_object_set_new(o, "drive", json_string(x->drive));
    json_object_set_new(o, "faults", faults);
    json_object_set_new(o, "moment", x->has_moment ? moment_object(x) : json_null());
    bool good = json_dumpf(o, out, JSON_INDENT(2) | JSON_REAL_PRECISION(10)) == 0 && putc('\n', out) != EOF;
    json_decref(o);
    return good && !ferror(out);
}
