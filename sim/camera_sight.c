#include "sim/camera_sight.h"

#include "sim/vec.h"

/* Of daylight, from a tunnel with its lamps to noon. */
static const double daylight_of[SIM_LIGHT_COUNT] = {
    [SIM_LIGHT_DAY] = 1, [SIM_LIGHT_DUSK] = 0.5, [SIM_LIGHT_NIGHT] = 0, [SIM_LIGHT_GLARE] = 1};
static const double daylight_in_tunnel = 0.2;
/* The exposure follows within this. Coming out of a tunnel the picture is burnt for that long. */
static const double exposure_tau_s = 0.4;
/* Assumed shares of detections that are lost, and of errors that come on top, in the dark, in a downpour and
 * against the sun. */
static const double lost_dark = 0.4, lost_rain = 0.35, lost_blind = 0.6;
static const double noise_dark = 0.5, noise_rain = 0.5, noise_blind = 0.5;

void camera_sight_start(camera_sight *c, const sim_moment *first, rng *r)
{
    const double(*R)[3] = first->now->R;
    double yaw = atan2(R[1][0], R[0][0]);
    *c = (camera_sight){.seen_ns = first->stamp_ns};
    /* A drive with a low sun is one towards it, more or less. */
    c->sun_yaw_rad = yaw + rng_between(r, -0.6, 0.6);
    c->daylight =
        first->road.sky == SKY_TUNNEL ? daylight_in_tunnel : daylight_of[first->scenario->weather.light];
}

static double sun_in_picture(const camera_sight *c, const sim_moment *m, double yaw_rad)
{
    if (m->scenario->weather.light != SIM_LIGHT_GLARE || m->road.sky == SKY_TUNNEL)
        return 0;
    double off = cos(yaw_rad - c->sun_yaw_rad), shade = m->road.sky == SKY_TREES ? 0.5 : 1;
    /* Fades out towards 60 degrees off the axis. */
    return shade * fmin(fmax((off - 0.5) / 0.4, 0), 1);
}

void camera_sight_next(camera_sight *c, const sim_moment *m, double yaw_rad, rng *r)
{
    const sim_weather_settings *w = &m->scenario->weather;
    double light = daylight_of[w->light], step_s = (double)(m->stamp_ns - c->seen_ns) * 1e-9;
    double outside = m->road.sky == SKY_TUNNEL ? daylight_in_tunnel : light;
    double keep = exp(-step_s / exposure_tau_s);
    c->daylight = keep * c->daylight + (1 - keep) * outside;
    c->seen_ns = m->stamp_ns;
    c->dark = 1 - fmin(c->daylight, outside);
    double burnt = fmin(fmax(outside - c->daylight, 0) / 0.6, 1);
    double flare = sun_in_picture(c, m, yaw_rad) * rng_between(r, 0.8, 1);
    c->blind = fmax(burnt, flare);
    c->detection = (1 - lost_dark * c->dark) * (1 - lost_rain * w->rain) * (1 - lost_blind * c->blind);
    c->noise = 1 + noise_dark * c->dark + noise_rain * w->rain + noise_blind * c->blind;
    /* From 1000 m at the first haze to 50 m at 1, evenly in the logarithm. */
    c->fog_m = w->fog > 0 && m->road.sky != SKY_TUNNEL ? 1000 * pow(0.05, w->fog) : INFINITY;
}

double camera_sight_at(const camera_sight *c, double distance_m)
{
    /* Koschmieder: contrast falls with exp(-3 d / range), to the eye's and the camera's threshold of 0.05. */
    double contrast = isfinite(c->fog_m) ? exp(-3 * distance_m / c->fog_m) : 1;
    return c->detection * fmin(fmax((contrast - 0.05) / 0.95, 0), 1);
}

/* Kept within what a share can be. */
static float share(double value)
{
    return (float)fmin(fmax(value, 0), 1);
}

void camera_sight_health(const camera_sight *c, const sim_moment *m, rng *r, frame_camera_health *out)
{
    const sim_weather_settings *w = &m->scenario->weather;
    double fog = isfinite(c->fog_m) ? w->fog : 0, clear = (1 - 0.6 * fog) * (1 - 0.3 * w->rain);
    double luminance = 0.45 - 0.3 * c->dark + 0.35 * c->blind + 0.1 * fog * (1 - c->dark);
    double contrast = (0.22 - 0.1 * c->dark - 0.12 * c->blind) * clear;
    double sharpness = (24 - 15 * c->dark - 8 * c->blind) * clear * clear;
    out->mean_luminance = share(luminance + rng_normal(r, 0.01));
    out->saturated_fraction = share(0.02 + 0.38 * c->blind + fabs(rng_normal(r, 0.005)));
    out->dark_fraction = share((0.06 + 0.5 * c->dark) * (1 - c->blind) + fabs(rng_normal(r, 0.01)));
    out->contrast = (float)fmin(fmax(contrast + rng_normal(r, 0.007), 0.002), 0.5);
    out->sharpness = (float)fmax(sharpness * (1 + rng_normal(r, 0.06)), 0.6);
    /* Drops on the glass. */
    out->blocked_fraction = share(0.03 + 0.15 * w->rain + 0.2 * fog + fabs(rng_normal(r, 0.01)));
}
