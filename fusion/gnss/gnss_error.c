#include "fusion/gnss/gnss_error.h"

#include "fusion/core/core.h"
#include "fusion/gnss/gnss.h"
#include "fusion/gnss/gnss_fix.h"
#include "fusion/gnss/gnss_late.h"

#include <math.h>

_Static_assert((int)SLOW_VELOCITY + 2 == (int)GNSS_OWN_STATES, "all own states have a name");

/* The geoid is within this of the ellipsoid, one sigma over the earth (EGM96: -107..+85 m, rms 30 m). */
static const float geoid_sigma_m = 30.0f;

/* No claim is believed below this: antennas, clocks and lever arms are not better. */
static const float least_sigma_m = 0.01f, least_velocity_sigma_mps = 0.03f;

/* Claims that fall below this share of the modelled error mean that the error is a new one, where they are of
 * GNSS_CARRIER_M: an ambiguity was fixed, and the carrier's phase has nothing of the code's error. Too small:
 * a receiver that does not tell its kind of solution is late; too large: claims of code solutions that waver
 * are new errors. */
static const float renewal = 0.33f;

/* The source that started the filter is not gated before this many of its positions have agreed: until then
 * what they are compared with is itself one of them. Too small: an odd first fix locks the others out; too
 * large: outliers early on. */
enum { PROVEN_POSITIONS = 10 };

/* A receiver that has moved away by so much may do so again; forgotten with this time constant, s. Too short:
 * each of its places is believed anew; too long: one that is good again is of no use. */
static const float moved_memory_s = 200.0f;

/* Latencies creep with the receiver's load, s^2/s: 10 ms in a quarter of an hour. */
static const float latency_walk = 1e-7f;

/* What a fix is worth by its kind of solution: the error where nothing is claimed, as a share of
 * position_sigma_m and of velocity_sigma_mps, and which share of the former the least claim is that is
 * believed. Claims lag behind a carrier-phase solution that is lost by a second; a code solution with the
 * corrections of a satellite service is half a metre good at best. */
typedef struct {
    float position, velocity, least_claim;
} solution_worth;

static solution_worth by_fix_type(uint8_t fix)
{
    switch (fix) {
    case GNSS_FIX_DGNSS:
        return (solution_worth){0.7f, 1.0f, 0.25f};
    case GNSS_FIX_FLOAT:
        return (solution_worth){0.2f, 0.5f, 0.5f};
    case GNSS_FIX_FIXED:
        return (solution_worth){0.015f, 0.25f, 0.5f};
    default:
        return (solution_worth){1.0f, 1.0f, 0.25f};
    }
}

/* Under a full sky HDOP is below 1, and what satellites have in common (atmosphere) is left; a receiver that
 * says more than this says that it has no solution. */
static const float dilution_most = 20.0f;

/* HDOP by how many satellites were used: 0.55 + 3.5 / (n - 3) is its median over random skies with a mask of
 * 10 degrees, to 8 % from 4 to 12 satellites. Three give no height, and one that is assumed. */
static float dilution_of(int satellites)
{
    return 0.55f + 3.5f / fmaxf((float)(satellites - 3), 0.75f);
}

/* By how much the geometry of the satellites makes errors larger than under an open sky. */
static float dilution(const frame_gnss *g)
{
    float hdop = g->hdop > 0.0f ? g->hdop : g->satellites > 0 ? dilution_of(g->satellites) : 1.0f;
    return fminf(fmaxf(hdop, 1.0f), dilution_most);
}

float gnss_claim(const source_run *s, const frame_gnss *g)
{
    const gnss_settings *set = &s->set->of.gnss;
    const receiver_manner *manner = gnss_manner(s);
    solution_worth worth = by_fix_type(g->fix);
    float sigma = g->h_acc_m * (float)set->claim_scale;
    float unclaimed = (float)set->position_sigma_m * worth.position * dilution(g) * manner->position;
    float least = fmaxf(worth.least_claim, manner->least_claim) * unclaimed;
    return fmaxf(sigma > 0.0f ? fmaxf(sigma, least) : unclaimed, least_sigma_m);
}

float gnss_sigma(const source_run *s, const frame_gnss *g)
{
    const gnss_settings *set = &s->set->of.gnss;
    float sigma = g->h_acc_m * (float)set->claim_scale;
    float doubt = sigma > 0.0f ? sigma / (float)set->doubt_claims_m : 0.0f;
    return fmaxf(gnss_claim(s, g), sigma > 0.0f ? sigma * sqrtf(1.0f + doubt * doubt) : 0.0f);
}

/* A receiver that has been no worse than this for so long, s, is good, and what contradicts it then is no
 * word about how good it is: somebody lies. Too short: a bad one passes for a good one; too long: what
 * another does to the filter is laid at its door, and nobody is found out. */
static const float settled_worse = 1.2f, settle_s = 20.0f, settled_step_s = 2.0f;

bool gnss_is_settled(const source_run *s)
{
    return s->gnss.settled_s >= settle_s;
}

/* Where nothing is claimed, how good the receiver is is one unknown for both: what makes its velocity worse
 * than is usual (a filter that lags, reflections, a weak antenna) makes its positions worse, and the other
 * way round. And a bad receiver is bad for longer than its innovations show: the filter follows them. One
 * that begins to claim, or no longer does, is as good as it was before: what it says of itself has to be
 * shown. */
void gnss_remember(source_run *s, const frame_gnss *g, float dt_s)
{
    bool silent = !(g->h_acc_m > 0.0f);
    float sigma = gnss_sigma(s, g);
    if (s->gnss.assumed_m > 0.0f && silent != s->gnss.silent) {
        s->noise_scale = gnss_position_scale(s) * s->gnss.assumed_m / sigma;
        s->gnss.velocity_scale = fmaxf(s->gnss.velocity_scale, s->gnss.silent ? s->gnss.worse : 1.0f);
    }
    s->gnss.assumed_m = sigma;
    s->gnss.silent = silent;
    s->gnss.settled_s += s->gnss.worse < settled_worse ? fminf(dt_s, settled_step_s) : 0.0f;
    s->gnss.worse = 1.0f + (s->gnss.worse - 1.0f) * expf(-dt_s / (float)s->set->of.gnss.correlation_s);
}

float gnss_position_scale(const source_run *s)
{
    return fmaxf(s->noise_scale, s->gnss.silent ? s->gnss.worse : 1.0f);
}

float gnss_velocity_scale(const source_run *s, const frame_gnss *g)
{
    return fmaxf(s->gnss.velocity_scale, g->speed_acc_mps > 0.0f ? 1.0f : s->gnss.worse);
}

float gnss_vertical_sigma(const source_run *s, const frame_gnss *g, float horizontal)
{
    const gnss_settings *set = &s->set->of.gnss;
    float sigma = g->v_acc_m * (float)set->claim_scale;
    if (!(sigma > 0.0f))
        sigma = horizontal * (float)set->vertical_factor;
    sigma *= gnss_manner(s)->vertical;
    return g->datum == HEIGHT_MSL ? hypotf(sigma, geoid_sigma_m) : sigma;
}

bool gnss_velocity(const source_run *s, const frame_gnss *g, float enu[3], float *sigma_mps)
{
    const gnss_settings *set = &s->set->of.gnss;
    const receiver_manner *manner = gnss_manner(s);
    float sigma = g->speed_acc_mps * (float)set->claim_scale;
    if (!(sigma > 0.0f))
        sigma = (float)set->velocity_sigma_mps * by_fix_type(g->fix).velocity * dilution(g);
    sigma = fmaxf(sigma, g->speed_acc_mps > 0.0f ? manner->claimed_mps : manner->silent_mps);
    *sigma_mps = fmaxf(sigma, least_velocity_sigma_mps);
    if (isfinite(g->velocity_enu_mps[0]) && isfinite(g->velocity_enu_mps[1])) {
        for (int i = 0; i < 3; i++)
            enu[i] = g->velocity_enu_mps[i];
        return true;
    }
    if (!isfinite(g->speed_mps) || !isfinite(g->course_rad))
        return false;
    if (g->speed_mps < (float)set->course_min_speed_mps)
        *sigma_mps += g->speed_mps; /* any direction */
    enu[0] = g->speed_mps * sinf(g->course_rad);
    enu[1] = g->speed_mps * cosf(g->course_rad);
    enu[2] = NAN;
    return true;
}

/* On a map a velocity adds up to what landmarks hold to decimetres: where the vehicle stands, or between two
 * of them. There its lasting part is taken for no less than this share: half of the white one (0.5 /
 * sqrt(1.25)). Too small: the pose at a red light is too sure. */
static const float lasting_on_map = 0.45f;

/* What makes a velocity worse than is usual is a filter that lags, or reflections: of that, this share lasts
 * (of the variance). Too small: the heading follows a velocity that is off by the same for long. */
static const float worse_lasts = 0.64f;

float gnss_velocity_lasting(const fusion *c, const source_run *s, const frame_gnss *g)
{
    float share = fmaxf((float)s->set->of.gnss.velocity_slow_fraction, gnss_manner(s)->lasting);
    float worse = gnss_velocity_scale(s, g), usual = 1.0f / (worse * worse);
    if (c->map.view)
        share = fmaxf(share, lasting_on_map);
    if (g->speed_acc_mps > 0.0f || !(worse > 1.0f))
        return share;
    return sqrtf(usual * share * share + (1.0f - usual) * worse_lasts);
}

float gnss_follow_velocity(fusion *c, source_run *s, const frame_gnss *g, float sigma_mps)
{
    float share = gnss_velocity_lasting(c, s, g);
    float wanted = share * sigma_mps * share * sigma_mps;
    slow_state *slow = &c->f.slow[s->first_state - STATE_SOURCES + SLOW_VELOCITY];
    for (int i = 0; i < 2; i++) {
        if (wanted > slow[i].stationary)
            core_widen(c, s->first_state + SLOW_VELOCITY + i, wanted - slow[i].stationary);
        slow[i].stationary = wanted;
    }
    return sigma_mps * sqrtf(fmaxf(1.0f - share * share, 0.1f));
}

void gnss_setup(fusion *c, source_run *s)
{
    const gnss_settings *set = &s->set->of.gnss;
    slow_state *slow = &c->f.slow[s->first_state - STATE_SOURCES];
    for (int i = 0; i < 3; i++)
        slow[SLOW + i].rate = (float)(1.0 / set->correlation_s);
    for (int i = 0; i < 2; i++)
        slow[SLOW_VELOCITY + i].rate = (float)(1.0 / set->velocity_slow_s);
    core_own_state(c, s->first_state + LATENCY, set->latency_s, set->latency_sigma_s, latency_walk);
    core_own_state(c, s->first_state + VELOCITY_LAG, set->velocity_lag_s, set->velocity_lag_sigma_s,
                   latency_walk);
    s->gnss.slow_variance = 0.0f;
    gnss_doubt_forget(s);
    s->gnss.smooths = false;
}

/* A receiver that stamps its fixes before their reception knows its latency, or most of it. */
void gnss_stamp_latency(fusion *c, source_run *s, const frame *in)
{
    float sigma = (float)s->set->of.gnss.stamped_latency_sigma_s;
    if (s->tried_ns == INT64_MIN && !s->gnss.latency_set && late_known(c, s))
        s->gnss.latency_set = true;
    if (s->tried_ns != INT64_MIN || in->received_ns - in->stamp_ns < 1000000 || s->gnss.latency_set)
        return;
    c->f.source[s->first_state - STATE_SOURCES + LATENCY] = 0.0;
    core_reset(c, s->first_state + LATENCY, sigma * sigma);
    s->gnss.latency_set = true;
}

/* Forgets the slow error: the next one is independent of it. */
static void renew_slow_error(fusion *c, source_run *s, float horizontal_var, float vertical_var)
{
    float horizontal = horizontal_var + s->gnss.moved_variance;
    const float variance[3] = {horizontal, horizontal, vertical_var};
    for (int i = 0; i < 3; i++) {
        core_reset(c, s->first_state + SLOW + i, variance[i]);
        c->f.source[s->first_state - STATE_SOURCES + SLOW + i] = 0.0;
    }
    s->gnss.slow_variance = horizontal_var;
}

bool gnss_is_unproven(const fusion *c, const source_run *s)
{
    return c->start.fix_source == (int)s->index && s->gnss.proven < PROVEN_POSITIONS;
}

/* A code solution that claims less all at once still has a part of the error that it had, and nobody knows
 * which. Where the pose is worse than the fix is said to be, the two are brought together by covariance
 * intersection with even weights (Julier and Uhlmann, ACC 1997): each variance counts twice, which holds
 * whatever they share, and never makes the pose better than the fix. Where it is better, the fix is no news.
 */
static void share_slow_error(fusion *c, source_run *s, float wanted, float ratio)
{
    float pose = 0.5f * core_horizontal_variance(c);
    if (!(pose > wanted))
        return;
    for (int i = 0; i < 3; i++)
        core_widen(c, STATE_POSITION + i, pose);
    renew_slow_error(c, s, 2.0f * wanted, 2.0f * wanted * ratio);
    s->gnss.slow_variance = wanted;
}

/* What a position is computed from. When that changes, its error is another one: a carrier-phase solution
 * that is fixed has nothing of the float one's error. */
typedef enum { SOLUTION_NONE, SOLUTION_CODE, SOLUTION_FLOAT, SOLUTION_FIXED } solution;

static solution solution_of(uint8_t fix)
{
    return fix == GNSS_FIX_FLOAT ? SOLUTION_FLOAT : fix == GNSS_FIX_FIXED ? SOLUTION_FIXED : SOLUTION_CODE;
}

/* Of two errors, each with its time, as they are at first: the smooth receiver's own, which is new by as much
 * as it is restless, and what it has moved away by, which is of reflections and does not last longer for
 * being smooth. */
static float slow_rate(const source_run *s, float own, float moved)
{
    float unrest = fminf(s->noise_scale, 1.0f);
    return (own * unrest * unrest + moved) / ((own + moved) * (float)s->set->of.gnss.correlation_s);
}

/* The slow error's model follows the sigma that the fix deserves: more at once, less as it decays. */
void gnss_follow_sigma(fusion *c, source_run *s, const frame_gnss *g, float dt_s, float horizontal,
                       float vertical)
{
    solution kind = solution_of(g->fix);
    bool other = kind != s->gnss.solution && s->gnss.solution != SOLUTION_NONE;
    slow_state *slow = &c->f.slow[s->first_state - STATE_SOURCES];
    float white = (float)s->set->of.gnss.white_fraction; /* its part of the whole error that a claim is */
    float wanted = horizontal * horizontal * fmaxf(1.0f - white * white, 0.1f);
    float ratio = vertical * vertical / (horizontal * horizontal);
    float decay = expf(-2.0f * slow[SLOW].rate * dt_s);
    s->gnss.slow_variance = decay * s->gnss.slow_variance + (1.0f - decay) * wanted;
    s->gnss.moved_variance *= expf(-dt_s / moved_memory_s);
    for (int i = 0; i < 3; i++) {
        slow[SLOW + i].stationary = i < 2 ? wanted + s->gnss.moved_variance : wanted * ratio;
        slow[SLOW + i].rate = slow_rate(s, i < 2 ? wanted : 1.0f, i < 2 ? s->gnss.moved_variance : 0.0f);
    }
    s->gnss.solution = (uint8_t)kind;
    bool smaller = wanted < renewal * renewal * s->gnss.slow_variance;
    if (smaller && !other && wanted > GNSS_CARRIER_M * GNSS_CARRIER_M) {
        share_slow_error(c, s, wanted, ratio);
    } else if (other || smaller || s->gnss.slow_variance <= 0.0f) {
        if (wanted <= GNSS_CARRIER_M * GNSS_CARRIER_M)
            gnss_fix_begins(c, s);
        renew_slow_error(c, s, wanted, wanted * ratio);
    } else if (wanted > s->gnss.slow_variance) {
        float more = wanted - s->gnss.slow_variance;
        for (int i = 0; i < 3; i++) {
            core_widen(c, s->first_state + SLOW + i, i < 2 ? more : more * ratio);
            if (gnss_is_unproven(c, s)) /* what turns out worse than thought is what the position rests on */
                core_widen(c, STATE_POSITION + i, more);
        }
        if (!gnss_is_unproven(c, s))
            gnss_is_worse(c, s, more);
        s->gnss.slow_variance = wanted;
    }
}
