/*
 * What an explanation knows of a source that was left out.
 */
#include "daemon/explain/explain.h"

#include <math.h>
#include <string.h>

/* The flag of one of its sources. */
static const explain_flag *flag_of(const explanation *x, const explain_exclusion *e)
{
    for (size_t i = 0; i < x->log.flag_count; i++) {
        const explain_flag *flag = &x->log.flags[i];
        if (flag->code == FAULT_EXCLUDED && flag->rise_ns == e->stamp_ns &&
            flag->source < SETTINGS_MAX_SOURCES && (e->sources >> flag->source & 1u))
            return flag;
    }
    return NULL;
}

int64_t explain_exclusion_end(const explanation *x, const explain_exclusion *e)
{
    const explain_flag *flag = flag_of(x, e);
    return flag ? flag->gone_ns : INT64_MAX;
}

/* The monitor has left its source out while it rises: SPOOFED then follows from that. */
static bool follows_exclusion(const explanation *x, const explain_flag *flag)
{
    for (size_t i = 0; i < x->log.exclusion_count; i++) {
        const explain_exclusion *e = &x->log.exclusions[i];
        if ((e->sources >> flag->source & 1u) && e->stamp_ns <= flag->rise_ns &&
            flag->rise_ns < explain_exclusion_end(x, e))
            return true;
    }
    return false;
}

bool explain_flag_excludes(const explanation *x, const explain_flag *flag)
{
    return fault_describe((fault_code)flag->code)->effect == EFFECT_EXCLUDE && flag->code != FAULT_EXCLUDED &&
           flag->source < SETTINGS_MAX_SOURCES && flag->rise_ns <= x->log.to_ns &&
           flag->clear_ns >= x->log.from_ns && !follows_exclusion(x, flag);
}

double explain_exclusion_jump(const explanation *x, const explain_exclusion *e, uint32_t *resets)
{
    const replay_result *r = &x->runs[0].result;
    uint32_t before = 0;
    for (size_t i = 0; i < r->pose_count; i++) {
        const fusion_pose *p = &r->poses[i];
        if (p->stamp_ns < e->stamp_ns)
            before = p->resets;
        else if (p->resets > before) {
            *resets = p->resets;
            return p->reset_m;
        }
    }
    return NAN;
}

const fusion_hypothesis *explain_exclusion_hypothesis(const explain_exclusion *e)
{
    const fusion_hypothesis *found = NULL;
    for (size_t h = 0; h < e->status.hypothesis_count; h++) {
        const fusion_hypothesis *of = &e->status.hypotheses[h];
        if (!of->live || of->quantities || (of->sources & e->sources) != e->sources)
            continue;
        if (!found || of->sources == e->sources)
            found = of;
    }
    return found;
}

const char *explain_off_in_unit(const verdict *v, double *off)
{
    const double deg = 180 / M_PI;
    *off = explain_off(v);
    switch (v->quantity) {
    case QUANTITY_POSITION:
    case QUANTITY_RAIL:
    case QUANTITY_RETURN: /* its first is the range */
        return "m";
    case QUANTITY_VELOCITY:
    case QUANTITY_SPEED:
    case QUANTITY_EGO_VELOCITY:
    case QUANTITY_STANDSTILL:
        return "m/s";
    case QUANTITY_YAW_RATE:
    case QUANTITY_ZERO_RATE:
        *off *= deg;
        return "deg/s";
    case QUANTITY_HEADING:
    case QUANTITY_LANDMARK:
        *off *= deg;
        return "deg";
    default:
        return "";
    }
}

double explain_separation(const fusion_hypothesis *of, double limit)
{
    double most = 0;
    for (int i = 0; i < EXPLAIN_DIRECTIONS; i++) {
        if (i != EXPLAIN_VERTICAL && of->live && of->threshold[i] > 0)
            most = fmax(most, limit * fabs((double)of->separation[i]) / of->threshold[i]);
    }
    return of->live ? most : NAN;
}

const fusion_hypothesis *explain_exclusion_alarm(const explain_exclusion *e)
{
    const fusion_hypothesis *most = NULL;
    for (size_t h = 0; h < e->status.hypothesis_count; h++) {
        const fusion_hypothesis *of = &e->status.hypotheses[h];
        double separation = explain_separation(of, e->limit);
        if (!of->quantities && separation > e->limit &&
            (!most || separation > explain_separation(most, e->limit)))
            most = of;
    }
    return most;
}

double explain_exclusion_doubt(const explain_exclusion *e)
{
    double most = NAN;
    for (size_t h = 0; h < e->status.hypothesis_count; h++) {
        const fusion_hypothesis *of = &e->status.hypotheses[h];
        if (of->live && !(of->sources & e->sources) && !(of->doubt <= most))
            most = of->doubt;
    }
    return most;
}

void explain_name_sources(const settings *s, uint32_t sources, char *out, size_t size)
{
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < s->source_count && used < size; i++) {
        if (!(sources >> i & 1u))
            continue;
        bool last = !(sources >> i >> 1);
        int more = snprintf(out + used, size - used, "%s%s",
                            used == 0 ? ""
                            : last    ? " and "
                                      : ", ",
                            s->sources[i].name);
        used += more > 0 ? (size_t)more : 0;
    }
}

void explain_name_hypothesis(const settings *s, const fusion_hypothesis *of, char *out, size_t size)
{
    explain_name_sources(s, of->sources, out, size);
    const char *between = "'s ";
    for (int q = 0; q < QUANTITY_COUNT; q++) {
        if (!(of->quantities >> q & 1u))
            continue;
        size_t used = strlen(out);
        bool last = !(of->quantities >> q >> 1);
        snprintf(out + used, size - used, "%s%ss", used > 0 && last && *between == ',' ? " and " : between,
                 verdict_quantity_word((verdict_quantity)q));
        between = ", ";
    }
}

void explain_why_unusable(const explanation *x, char *out, size_t size)
{
    static const char *const words[EXPLAIN_DIRECTIONS] = {"along", "across", "vertical", "heading"};
    const fusion_pose *p = &x->pose;
    size_t used = 0;
    out[0] = '\0';
    if (x->posed && p->usable)
        return;
    if (!x->posed || p->mode == MODE_INITIALIZING || p->mode == MODE_LOST) {
        snprintf(out, size, x->posed ? "the mode is %s" : "there is no pose yet",
                 fusion_mode_word((fusion_mode)p->mode));
        return;
    }
    for (int i = 0; i < EXPLAIN_DIRECTIONS && used < size; i++) {
        const explain_bound *b = &x->bounds[i];
        if (b->level < b->alert)
            continue;
        const bool turn = i == EXPLAIN_HEADING;
        const double unit = turn ? 180 / M_PI : 1;
        int more = snprintf(out + used, size - used, "%s%s %.2f %s, limit %.2f", used ? "; " : "", words[i],
                            unit * b->level, turn ? "deg" : "m", unit * b->alert);
        used += more > 0 ? (size_t)more : 0;
    }
}
